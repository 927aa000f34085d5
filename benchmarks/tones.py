"""Do the reference shots measure as their tones? Renders N people and prints the table that the README quotes.

python benchmarks/tones.py [--people 200] [--size 128] [--seed 7] [--scale monk]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping
from io import BytesIO

import numpy as np
from PIL import Image

from evenface.backends.cycles.engine import Cycles
from evenface.identity import person
from evenface.measure.tone import TooFewPixels, delta_e_2000, measure_tone
from evenface.plan import make_plan
from evenface.records import Measurement
from evenface.shots import shots_for
from evenface.spec import Spec, override, preset
from evenface.statistics import wilson_interval
from evenface.vocabulary import SCALES, Scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", default="monk", choices=tuple(SCALES))
    options = parser.parse_args()
    scale = SCALES[options.scale]
    demo = preset("demo")
    each = max(1, options.people // (2 * len(scale.tones)))
    spec = (
        Spec(scale=scale.name, tones=tuple(t.name for t in scale.tones), samples=demo.samples) if scale.name != "monk" else demo
    )
    spec = override(spec, size_px=options.size, seed=options.seed, identities_per_cell=each, images_per_identity=1)
    backend = Cycles()
    found: dict[str, list[Measurement | TooFewPixels]] = defaultdict(list)
    for slot in make_plan(spec).slots():
        identity, shot = person(spec.seed, spec.design, slot), shots_for(spec, slot)[0]
        frame = backend.render(identity, scale.tone(slot.cell.tone), shot)
        read = measure_tone(
            np.asarray(Image.open(BytesIO(frame.image_png))), np.asarray(Image.open(BytesIO(frame.mask_png))), scale
        )
        found[slot.cell.tone].append(read)
    report(scale, found)


def report(scale: Scale, found: Mapping[str, list[Measurement | TooFewPixels]]) -> None:
    print("| tone | n | mean L* - swatch | SD L* | mean delta E 2000 | nearest is designed | worst steps |")
    print("|---|---|---|---|---|---|---|")
    right = total = 0
    for tone in scale.tones:
        reads = [read for read in found[tone.name] if not isinstance(read, TooFewPixels)]
        lightness = np.array([read.l_star for read in reads])
        labs = np.array([(read.l_star, read.a_star, read.b_star) for read in reads])
        steps = [merged(scale, scale.tone(read.nearest).step) - merged(scale, tone.step) for read in reads]
        hits = sum(step == 0 for step in steps)
        right, total = right + hits, total + len(found[tone.name])
        cells = (
            tone.name,
            len(reads),
            f"{lightness.mean() - tone.lab[0]:+.2f}",
            f"{lightness.std():.2f}",
            f"{float(np.mean(delta_e_2000(labs, np.array(tone.lab)))):.2f}",
            f"{hits}/{len(found[tone.name])}",
            f"{max(map(abs, steps))}",
        )
        print("| " + " | ".join(map(str, cells)) + " |")
    interval = wilson_interval(right, total)
    print(f"\nall: {right}/{total}, 95 % Wilson interval {interval.low:.3f} to {interval.high:.3f}; Monk 1 and 2 count as one")


def merged(scale: Scale, step: int) -> int:
    return max(step, 2) if scale.name == "monk" else step


if __name__ == "__main__":
    main()
