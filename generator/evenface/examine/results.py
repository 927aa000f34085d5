"""Writes the reports that lie beside a dataset, and reads what documents quote of them.

``evenface measure --out DATASET/figures`` writes ``figures/report.json``; ``evenface generate`` and ``evenface validate --json``
write ``validation.json``. Either counts only if it is of this dataset.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any, cast

from evenface.dataset import Dataset, Manifest
from evenface.errors import EvenfaceError
from evenface.examine.measure.figures import ALL, HISTOGRAM_BINS, SAME_CELL, Estimate, worst
from evenface.examine.measure.report import SeparationJson, SeparationReport
from evenface.examine.validate.findings import Finding, Report
from evenface.files.codec import from_json
from evenface.files.storage import explain_os_errors, write_file
from evenface.report import Entry, Table

__all__ = [
    "FIGURES",
    "VALIDATION",
    "Histogram",
    "Separation",
    "Validation",
    "read_findings",
    "read_separation",
    "read_validation",
    "write_separation",
    "write_validation",
]

FIGURES = "figures/report.json"
VALIDATION = "validation.json"
LARGEST_BYTES = 32 * 1024 * 1024
MOST_DISTINCT = 100
"""Codes of findings that are listed."""

_RATES = ("fmr", "fnmr", "eer")


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often scores lie in equal bins from ``low`` to ``high``, in the unit of the recogniser."""

    system: str
    unit: str
    threshold: float
    low: float
    high: float
    mated: tuple[int, ...]
    non_mated: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Separation:
    """What public face models measured on the pictures."""

    pictures: int
    judges: tuple[str, ...]
    recognition: Table
    detection: Table
    worst: Table
    histograms: tuple[Histogram, ...]
    within_cell_pairs: int


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome of a validation."""

    errors: int
    warnings: int
    codes: tuple[str, ...]
    """Of the findings, each with its number, e.g. ``tone-off x 3``."""


def write_separation(report: SeparationReport, out: Path) -> None:
    """Write a measurement as ``report.json`` into ``out``, from which ``read_separation`` reads it if ``out`` is ``figures``."""
    write_file(out / Path(FIGURES).name, json.dumps(report.to_json(), indent=1).encode())


def write_validation(report: Report, folder: Path) -> None:
    """Write a validation into the folder of its dataset, from which ``read_findings`` reads it."""
    with explain_os_errors(folder):
        write_file(folder / VALIDATION, (json.dumps(report.to_json(), indent=1) + "\n").encode())


def read_separation(dataset: Dataset, folder: Path, remarks: list[str]) -> Separation | None:
    """Return what face models measured on this dataset; None, with a remark, where the file is of another one or damaged."""
    try:
        data = _read(folder / FIGURES)
        return None if data is None else _separation(cast(SeparationJson, data), dataset)
    except EvenfaceError as problem:
        reason = problem.what
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        reason = f"it is not as evenface measure writes it ({problem!r})"
    remarks.append(f"{FIGURES} was left out: {reason}")
    return None


def read_validation(manifest: Manifest, folder: Path, remarks: list[str]) -> Validation | None:
    """Return the outcome of the validation of this dataset; None, with a remark, where the file is of another or damaged."""
    try:
        findings = read_findings(folder, manifest.plan_hash)
    except EvenfaceError as problem:
        remarks.append(problem.what)
        return None
    if findings is None:
        return None
    severities = Counter(found.severity for found in findings)
    codes = Counter(found.code[:60] for found in findings if found.severity != "note").most_common(MOST_DISTINCT)
    return Validation(severities["error"], severities["warning"], tuple(f"{code} x {count}" for code, count in sorted(codes)))


def read_findings(folder: Path, plan_hash: str) -> tuple[Finding, ...] | None:
    """Return the findings of ``validation.json`` in ``folder``; None where there is no such file.

    Raises:
        EvenfaceError: It is damaged, or of a dataset of another plan than ``plan_hash``.
    """
    try:
        data = _read(folder / VALIDATION)
        if data is not None and data["plan_hash"] != plan_hash:
            raise EvenfaceError("it is of a dataset of another plan")
        return None if data is None else tuple(_finding(each) for each in data["findings"])
    except EvenfaceError as problem:
        reason = problem.what
    except (AttributeError, KeyError, TypeError):
        reason = "it is not as evenface validate writes it"
    raise EvenfaceError(f"{VALIDATION} was left out: {reason}")


def _finding(data: dict[str, Any]) -> Finding:
    known = {field.name: str(data.get(field.name, "")) for field in fields(Finding)}
    return Finding(**known | {"code": str(data["code"]), "severity": str(data["severity"])})


def _read(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in ``path``; None where there is no file."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
        data = json.loads(text) if len(text) <= LARGEST_BYTES else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise EvenfaceError("it cannot be read")
    return data


def _separation(data: SeparationJson, dataset: Dataset) -> Separation:
    _check_same_pictures(data, dataset)
    estimates = [_check_finite(from_json(Estimate, each)) for each in data["estimates"]]
    within = [each.n for each in estimates if (each.metric, each.group, each.impostors) == ("fmr", "overall", SAME_CELL)]
    return Separation(
        pictures=int(data["source"]["pictures"]),
        judges=tuple(_face_model(each) for each in data["judges"]),
        recognition=_recognition(estimates),
        detection=_detection([each for each in estimates if each.group == "overall"]),
        worst=_worst(estimates),
        histograms=tuple(_histograms(data)),
        within_cell_pairs=max(within, default=0),
    )


def _check_same_pictures(data: SeparationJson, dataset: Dataset) -> None:
    """Raise ``EvenfaceError`` unless the counts and the names of the people most alike are those of the dataset."""
    source, cells, lost = data["source"], dataset.manifest.cells, data["problems_count"]
    pictures, people = sum(cell.pictures for cell in cells), sum(cell.people for cell in cells)
    alike = source["pictures"] + lost == pictures and (lost or source["people"] == people)
    if source["kind"] != "evenface":
        raise EvenfaceError(f"it is of a set of the kind {source['kind']}")
    if not alike:
        found = f"{source['pictures']} pictures of {source['people']} people"
        raise EvenfaceError(f"it is of {found}, not of {pictures} of {people}")
    named = {pair[side] for pair in data["closest"] for side in ("one", "other")}
    for row in dataset.rows("identities", ("identity_id",)):
        named.discard(row["identity_id"])
    if named:
        raise EvenfaceError(f"it names people who are not in this dataset, {min(map(str, named))} among them")


def _check_finite(each: Estimate) -> Estimate:
    if not all(isfinite(value) for value in (each.value, each.low, each.high) if value is not None):
        raise EvenfaceError(f"the {each.metric} of {each.system} is no number")
    return each


def _face_model(model: dict[str, Any]) -> str:
    digests = ", ".join(f"{name} sha256 {str(digest)[:16]}..." for name, digest in sorted(model["weights_sha256"].items()))
    return f"{model['model']}: {model['package']} {model['version']}, {model['licence']}" + (f", {digests}" if digests else "")


def _entries(each: Estimate) -> tuple[Entry, ...]:
    return each.n, each.people, each.value, each.low, each.high


def _recognition(estimates: Sequence[Estimate]) -> Table:
    rows = tuple(
        (each.system, each.metric.upper(), _compared(each), *_entries(each))
        for each in estimates
        if each.metric in _RATES and each.group == "overall" and each.value is not None
    )
    return Table(
        "Recognition at the public thresholds", ("system", "rate", "pairs of", "pairs", "people", "value", "low", "high"), rows
    )


def _compared(each: Estimate) -> str:
    if each.impostors is None:
        return "one person"
    return "everybody" if each.impostors == ALL else "people of one cell"


def _detection(estimates: Sequence[Estimate]) -> Table:
    names = {
        "detection": "face found",
        "gender_recovered": "annotation recovered",
        "read_as_woman": "androgynous read as a woman",
    }
    rows = tuple((each.system, names[each.metric], *_entries(each)) for each in estimates if each.metric in names)
    return Table("Detection and gender", ("system", "what", "pictures", "people", "share", "low", "high"), rows)


def _worst(estimates: Sequence[Estimate]) -> Table:
    rows = tuple(
        (each.system, each.metric.replace("_", " "), each.group, *_entries(each))
        for each in worst(estimates)
        if each.metric != "d_prime" and each.n
    )
    return Table("The cell that does worst", ("system", "what", "cell", "n", "people", "value", "low", "high"), rows)


def _histograms(data: SeparationJson) -> Iterator[Histogram]:
    for system, frame in sorted(data["method"]["histogram"].items()):
        found = {
            each["pairs"]: each["histogram"] for each in data["scores"] if (each["system"], each["group"]) == (system, "overall")
        }
        known = data["thresholds"][system]
        content = {
            "system": system,
            "unit": known["unit"],
            "threshold": known["threshold"],
            "low": frame["range"][0],
            "high": frame["range"][1],
            "mated": found["mated"],
            "non_mated": found[ALL],
        }
        shape = from_json(Histogram, content)
        if (
            {len(shape.mated), len(shape.non_mated)} != {HISTOGRAM_BINS}
            or not isfinite(shape.threshold)
            or not shape.low < shape.high
        ):
            raise EvenfaceError(f"the histogram of {system} has no {HISTOGRAM_BINS} bins")
        yield shape
