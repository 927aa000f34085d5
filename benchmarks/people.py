"""Are the people of a set apart, themselves in every picture, and of the presentation and tone that were designed?

Makes a set, lets the public face models and the tone measurement look at it, and prints the table of docs/figures.md.
What is there already is kept: the same command goes on.

python benchmarks/people.py [--people 6] [--images 5] [--size 128] [--seed 5] [--select sface+dlib] [--out people]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenface.dataset import Dataset
from evenface.dataset.tables import steps_apart
from evenface.vocabulary import SCALES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=6, help="in each of the twenty cells")
    parser.add_argument("--images", type=int, default=5, help="of each person, besides the reference")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--select", default="sface+dlib")
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("people"))
    options = parser.parse_args()
    asked = {
        "--identities-per-cell": options.people,
        "--images-per-identity": options.images,
        "--size": options.size,
        "--seed": options.seed,
        "--select": options.select,
        "--candidates": options.candidates,
        "--workers": options.workers,
        "--out": options.out,
    }
    evenface("generate", "--preset", "demo", "--yes", *(str(part) for pair in asked.items() for part in pair))
    figures = options.out.with_name(f"{options.out.name}.figures")
    found = evenface("measure", str(options.out), "--out", str(figures), "--json", "--quiet", "--workers", str(options.workers))
    print("| figure | aim | reached |\n|---|---|---|")
    for line in (*recognition(json.loads(found)), *tones(Dataset.open(options.out))):
        print(f"| {' | '.join(line)} |")


def evenface(*arguments: str) -> str:
    """Run the command line and return what it prints; findings (exit code 1) are in the tables."""
    done = subprocess.run([sys.executable, "-m", "evenface", *arguments], stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)
    return done.stdout


def recognition(report: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    def of(system: str, metric: str, group: str = "overall", impostors: str | None = None) -> str:
        chosen = report["worst"] if group == "worst" else report["estimates"]
        wanted = {"system": system, "metric": metric} | ({} if group == "worst" else {"group": group, "impostors": impostors})
        found = next((each for each in chosen if all(each[name] == value for name, value in wanted.items())), None)
        return "-" if found is None else format_estimate(found, group == "worst")

    for system, unit, aim in (("sface", "cosine 0.363", "< 1 %"), ("dlib", "distance 0.6", "< 2 %")):
        yield f"FMR at the public threshold, {system} ({unit}), all pairs", aim, of(system, "fmr", impostors="all")
        yield f"the same, pairs within one cell, worst cell, {system}", "< 5 %", of(system, "fmr", "worst")
        yield f"FNMR at the public threshold, worst cell, {system}", "<= 2 %", of(system, "fnmr", "worst")
        yield f"EER, {system}, all", "< 0.5 %", of(system, "eer", impostors="all")
        yield f"EER, {system}, within one cell, worst cell", "< 2 %", of(system, "eer", "worst")
    yield "gender annotation recovered, all", ">= 96 %", of("age_and_gender", "gender_recovered")
    yield "gender annotation recovered, worst cell", ">= 90 %", of("age_and_gender", "gender_recovered", "worst")
    for detector, aim in (("yunet", "100 %"), ("hog", ">= 97 %"), ("blazeface", "100 %")):
        yield f"faces found, {detector}, worst cell", aim, of(detector, "detection", "worst")


def format_estimate(estimate: dict[str, Any], worst: bool) -> str:
    if estimate["value"] is None:
        return "-"
    value, low, high = (f"{100 * estimate[key]:.2f}" if estimate[key] is not None else "-" for key in ("value", "low", "high"))
    where = f", {estimate['group']}" if worst else ""
    return f"{value} % ({low} to {high}; n = {estimate['n']:,}{where})"


def tones(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    scale = SCALES[dataset.manifest.spec.scale]
    for config, kind, limits in (
        ("reference", "reference shots", ((0, "90 %"), (1, "100 %"))),
        ("default", "all shots", ((1, "95 %"),)),
    ):
        rows = list(dataset.rows(config, ("tone", "measured_tone")))
        apart = [steps_apart(scale, row["tone"], row["measured_tone"]) for row in rows if row["measured_tone"] is not None]
        for limit, aim in limits:
            near = sum(steps <= limit for steps in apart)
            name = "equals the designed one" if limit == 0 else "within one step of the designed one"
            yield f"{kind}: measured tone {name}", aim, f"{100 * near / len(rows):.1f} % ({near} of {len(rows)})"


if __name__ == "__main__":
    main()
