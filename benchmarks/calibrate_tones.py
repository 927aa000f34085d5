"""Find the pigments with which every tone's reference shot measures as its skin colour, and write the calibration table.

    python benchmarks/calibrate_tones.py [--people 8] [--size 128]

For each tone: choose pigments for an aimed colour, render the reference shots of the same people, measure them as validate
does, move the aim by what is missing, some rounds. The people are drawn with a seed that no preset uses.
"""

from __future__ import annotations

import argparse
import json
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import lsq_linear

from evenface.backends.cycles import pigment
from evenface.backends.cycles.engine import Cycles
from evenface.faces.tone import TooFewPixels, delta_e_2000, linear_of_lab, measure_tone
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.shots import shots_for
from evenface.spec import override, preset
from evenface.vocabulary import SCALES, Scale, Tone

SEED = 20_011
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
TABLE = Path(__file__).parents[1] / "generator/evenface/backends/cycles/calibration.json"
# Skin holds some of each: no tone is fitted without blood.
BOUNDS = ((0.0, 7.0), (0.0, 1.0), (0.03, 1.2))


def fit_pigments(aim: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pigments whose reflectance is nearest to ``aim`` (linear sRGB), with exactly its luminance."""
    low, high = np.array(BOUNDS).T
    aim = np.clip(aim, 0.0008, 0.99)
    amounts = lsq_linear(pigment.SPECTRA.T, -np.log(aim), bounds=(low, high)).x
    for _ in range(40):  # Bounds may have cost lightness, which a tone is read by first: eumelanin makes it good.
        amounts[0] += np.log((pigment.reflectance(amounts) @ LUMINANCE) / (aim @ LUMINANCE))
        amounts[0] = np.clip(amounts[0], low[0], high[0])
    return np.asarray(amounts)


def skin_aim(tone: Tone) -> NDArray[np.float64]:
    """Return the L*a*b* that the reference shot is to have: the skin colour of the tone."""
    return np.array(tone.lab)


def room(scale: Scale, tone: Tone) -> float:
    """Return how far L* may shift within a cell: a share of the way to the nearest other skin colour."""
    others = [t for t in scale.tones if t is not tone]
    return round(0.25 * min(float(delta_e_2000(np.array([t.lab]), np.array(tone.lab))[0]) for t in others), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    spec = override(
        preset("demo"),
        seed=SEED,
        size_px=options.size,
        images_per_identity=1,
        tones=("monk_06",),
        identities_per_cell=options.people // 2,
    )
    people = [(person(SEED, spec.design, slot), shots_for(spec, slot)[0]) for slot in make_plan(spec).slots()]
    tones = [(scale, tone) for scale in SCALES.values() for tone in scale.tones]
    aims = {tone.name: linear_of_lab(skin_aim(tone)) for _, tone in tones}
    amounts = {tone.name: fit_pigments(aims[tone.name]) for _, tone in tones}
    backend = Cycles({name: pigment.Pigments((1.0, 0.2, 0.1), 0.0) for name in aims})
    rows: dict[str, dict[str, object]] = {}
    for turn in range(options.rounds):
        backend.use_pigments(
            {tone.name: pigment.Pigments(tuple(map(float, amounts[tone.name])), room(scale, tone)) for scale, tone in tones}
        )
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in aims}
        for identity, shot in people:
            for scale, tone in tones:
                frame = backend.render(identity, tone, shot)
                picture, mask = (np.asarray(Image.open(BytesIO(data))) for data in (frame.image_png, frame.mask_png))
                read = measure_tone(picture, mask, scale)
                if not isinstance(read, TooFewPixels):
                    found[tone.name].append((read.l_star, read.a_star, read.b_star))
        for scale, tone in tones:
            # One deep fringe or covering shades a forehead, and would move the mean of a few people.
            middle = np.median(found[tone.name], axis=0)
            rows[tone.name] = {
                "amounts": [round(float(x), 4) for x in amounts[tone.name]],
                "lightness_room": room(scale, tone),
                "measured_lab": [round(float(x), 2) for x in middle],
                "measured_l_star_sd": round(float(np.std([lab[0] for lab in found[tone.name]])), 2),
                "delta_e_2000": round(float(delta_e_2000(middle[None], np.array(tone.lab))[0]), 2),
            }
            print(turn, tone.name, rows[tone.name], flush=True)
            if turn + 1 < options.rounds:
                wanted = linear_of_lab(skin_aim(tone))
                # On the darkest skin gloss is a third of what is read: no channel of the aim may vanish below it.
                aims[tone.name] = np.maximum(aims[tone.name] + wanted - linear_of_lab(middle), 0.35 * wanted)
                amounts[tone.name] = fit_pigments(aims[tone.name])
    header = {"made_by": "benchmarks/calibrate_tones.py", "seed": SEED, "people": len(people), "size_px": options.size}
    TABLE.write_text(json.dumps({**header, "tones": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
