"""Do the shots measure as their tones? Renders N people and prints the tables of docs/figures.md.

python benchmarks/tones.py [--people 200] [--size 128] [--seed 7] [--scale monk] [--all-shots [--shots 4]]

Without ``--all-shots`` only the reference shots are rendered; with it the probes alone are, and every measured tone is counted.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping
from io import BytesIO

import numpy as np
from PIL import Image

from evenface.backends.cycles.engine import Cycles
from evenface.faces.tone import TooFewPixels, delta_e_2000, measure_tone
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.records import Measurement
from evenface.shots import shots_for
from evenface.spec import Spec, override, preset
from evenface.statistics.intervals import wilson_interval
from evenface.vocabulary import SCALES, Scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", default="monk", choices=tuple(SCALES))
    parser.add_argument("--all-shots", action="store_true", help="measure the probes instead of the reference")
    parser.add_argument("--shots", type=int, default=4, help="probes of each person")
    options = parser.parse_args()
    scale = SCALES[options.scale]
    demo = preset("demo")
    each = max(1, options.people // (2 * len(scale.tones)))
    spec = (
        Spec(scale=scale.name, tones=tuple(t.name for t in scale.tones), samples=demo.samples) if scale.name != "monk" else demo
    )
    spec = override(spec, size_px=options.size, seed=options.seed, identities_per_cell=each, images_per_identity=options.shots)
    backend = Cycles()
    found: dict[str, list[Measurement | TooFewPixels]] = defaultdict(list)
    for slot in make_plan(spec).slots():
        identity, (reference, *probes) = person(spec.seed, spec.design, slot), shots_for(spec, slot)
        for shot in probes if options.all_shots else [reference]:
            frame = backend.render(identity, scale.tone(slot.cell.tone), shot)
            picture, mask = (np.asarray(Image.open(BytesIO(data))) for data in (frame.image_png, frame.mask_png))
            found[slot.cell.tone].append(measure_tone(picture, mask, scale))
    report(scale, found)
    if options.all_shots:
        confusion(scale, found)


def report(scale: Scale, found: Mapping[str, list[Measurement | TooFewPixels]]) -> None:
    print("| tone | n | mean L* - designed | SD L* | mean delta E 2000 | nearest is designed | worst steps |")
    print("|---|---|---|---|---|---|---|")
    right = total = 0
    for tone in scale.tones:
        reads = [read for read in found[tone.name] if not isinstance(read, TooFewPixels)]
        lightness = np.array([read.l_star for read in reads])
        labs = np.array([(read.l_star, read.a_star, read.b_star) for read in reads])
        steps = [scale.tone(read.nearest).step - tone.step for read in reads]
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
    print(f"\nall: {right}/{total}, 95 % Wilson interval {interval.low:.3f} to {interval.high:.3f}")


def confusion(scale: Scale, found: Mapping[str, list[Measurement | TooFewPixels]]) -> None:
    """Print how often each designed tone measured as which, and the share within one step."""
    names = [tone.name for tone in scale.tones]
    print("\n| designed | " + " | ".join(names) + " | within one step |")
    print("|---" * (len(names) + 2) + "|")
    near = total = 0
    for tone in scale.tones:
        reads = [read.nearest for read in found[tone.name] if not isinstance(read, TooFewPixels)]
        steps = [abs(scale.tone(read).step - tone.step) for read in reads]
        close, near, total = sum(s <= 1 for s in steps), near + sum(s <= 1 for s in steps), total + len(found[tone.name])
        counts = " | ".join(str(reads.count(name) or "") for name in names)
        print(f"| {tone.name} | {counts} | {close}/{len(found[tone.name])} |")
    interval = wilson_interval(near, total)
    print(f"\nall: {near}/{total} within one step, 95 % Wilson interval {interval.low:.3f} to {interval.high:.3f}")


if __name__ == "__main__":
    main()
