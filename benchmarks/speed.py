"""How fast are pictures made? Ratios within one run; the figures stand in docs/figures.md.

    python benchmarks/speed.py [--people 10] [--workers 2] [--sizes 128 256] [--without-naive]

Prints, for each size: pictures per second of a whole `render` with workers, the share of one worker's time spent outside Cycles'
own render call, and how many times faster a picture is than in a script that starts one process for each.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evenface.people.plan import make_plan
from evenface.render import render_run
from evenface.spec import Spec, override, preset

ONE = """
import sys
from evenface.backends.cycles.engine import Cycles
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.shots import shots_for
from evenface.spec import override, preset
from evenface.vocabulary import SCALES
spec = override(preset("demo"), size_px=int(sys.argv[1]), identities_per_cell=1)
slot = next(iter(make_plan(spec).slots()))
Cycles().render(person(spec.seed, spec.design, slot), SCALES["monk"].tone(slot.cell.tone), shots_for(spec, slot)[1])
"""


def spec_for(size: int, people: int) -> Spec:
    tones = ("monk_02", "monk_04", "monk_06", "monk_08", "monk_10")
    return override(preset("demo"), size_px=size, tones=tones, identities_per_cell=max(1, people // 10))


def pictures_per_second(size: int, people: int, workers: int) -> float:
    plan = make_plan(spec_for(size, people))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        report = render_run(plan, Path(folder) / "run", backend="cycles", workers=workers)
        return float(report.done / (time.perf_counter() - start))


def share_outside(size: int, people: int) -> float:
    """Return the share of a warm worker's time that is not Cycles' render call."""
    from evenface.backends.cycles.engine import Cycles
    from evenface.backends.cycles.scene import Stage
    from evenface.people.identity import person
    from evenface.shots import shots_for
    from evenface.vocabulary import SCALES

    inside = [0.0]
    render = Stage.render

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        result = render(*arguments, **named)
        inside[0] += time.perf_counter() - start
        return result

    Stage.render = timed  # type: ignore[method-assign]
    spec, backend = spec_for(size, people), Cycles()
    jobs = [
        (person(spec.seed, spec.design, slot), slot, shot) for slot in make_plan(spec).slots() for shot in shots_for(spec, slot)
    ]
    backend.render(jobs[0][0], SCALES["monk"].tone(jobs[0][1].cell.tone), jobs[0][2])
    inside[0], start = 0.0, time.perf_counter()
    for identity, slot, shot in jobs:
        backend.render(identity, SCALES["monk"].tone(slot.cell.tone), shot)
    Stage.render = render  # type: ignore[method-assign]
    return 1 - inside[0] / (time.perf_counter() - start)


def naive_seconds(size: int) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", ONE, str(size)], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--without-naive", action="store_true")
    options = parser.parse_args()
    # Rates first: once Blender has been imported here, its own folders stand first in the module path that workers inherit.
    rates = {size: pictures_per_second(size, options.people, options.workers) for size in options.sizes}
    for size, rate in rates.items():
        outside = share_outside(size, options.people)
        ratio = "" if options.without_naive else f", {rate * naive_seconds(size):.1f} times one process a picture"
        print(
            f"{size} px: {rate:.2f} pictures/s with {options.workers} workers, {100 * outside:.0f} % outside Cycles{ratio}",
            flush=True,
        )


if __name__ == "__main__":
    main()
