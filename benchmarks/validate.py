"""How fast is a dataset examined, and does memory stay flat? The figures stand in docs/figures.md.

    python benchmarks/validate.py FOLDER [--rows 10000 100000] [--size 64] [--workers 2] [--rounds 1]

Draws and packs, once, a set of flat drawings for each number of rows in FOLDER (100,000 take some 20 minutes and 1 GB), then runs
``evenface validate`` on it and prints rows a second, and the greatest memory of the process with all its workers: RSS, in which
what they share counts for each of them, and PSS, in which it counts once. Reads /proc, so Linux alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from evenface.people.plan import make_plan
from evenface.publish.package import package
from evenface.render import render_run
from evenface.spec import Spec, override

CELLS, PICTURES = 20, 10


def made(folder: Path, rows: int, size: int, workers: int) -> Path:
    """Return a dataset of that many rows; one that is there is kept."""
    out = folder / f"swatch-{rows}-{size}px"
    if not (out / "evenface.json").is_file():
        people = rows // (CELLS * PICTURES)
        spec = override(Spec(), identities_per_cell=people, images_per_identity=PICTURES - 1, size_px=size, backend="swatch")
        run = folder / f"{out.name}.run"
        render_run(make_plan(spec), run, backend="swatch", workers=workers)
        package(run, out)
    return out


def memory(process: int) -> tuple[int, int]:
    """Return RSS and PSS of a process and its descendants, in bytes."""
    rss = pss = 0
    for member in family(process):
        try:
            lines = dict(line.split(":", 1) for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()[1:])
        except OSError:  # it has just ended
            continue
        rss, pss = (total + 1024 * int(lines[name].split()[0]) for name, total in (("Rss", rss), ("Pss", pss)))
    return rss, pss


def family(process: int) -> Iterator[int]:
    yield process
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = listed.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from family(int(child))


def examine(dataset: Path, workers: int) -> tuple[float, int, int, int]:
    """Return seconds, errors and warnings, and the peaks of RSS and PSS."""
    command = [sys.executable, "-m", "evenface", "validate", str(dataset), "--json", "--quiet", "--workers", str(workers)]
    report = dataset.with_name(f"{dataset.name}.report.json")
    peaks, start = (0, 0), time.perf_counter()
    with report.open("wb") as file, subprocess.Popen(command, stdout=file) as running:
        while running.poll() is None:
            now = memory(running.pid)
            peaks = max(peaks[0], now[0]), max(peaks[1], now[1])
            time.sleep(0.2)
    seconds = time.perf_counter() - start
    return seconds, len(json.loads(report.read_bytes())["findings"]), *peaks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    sets = {rows: made(options.folder, rows, options.size, options.workers) for rows in options.rows}
    print(f"load before: {os.getloadavg()[0]:.1f}; {options.workers} workers")
    print("| rows | seconds | rows/s | peak RSS, MB | peak PSS, MB | findings |\n|---|---|---|---|---|---|")
    for rows, dataset in sets.items():
        for _ in range(options.rounds):
            seconds, findings, rss, pss = examine(dataset, options.workers)
            figures = f"{seconds:.1f} | {rows / seconds:,.0f} | {rss / 1e6:.0f} | {pss / 1e6:.0f} | {findings}"
            print(f"| {rows:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
