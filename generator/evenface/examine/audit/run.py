"""The run of an audit: asks each system about every picture and pair of a set.

Pictures are streamed in batches with opaque numbers. Answers are written to disk as they arrive (``answers``), so that the same
command continues where it was stopped, and no picture is asked about twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from evenface.dataset import Dataset
from evenface.errors import UsageFault
from evenface.examine.audit.answers import Answers
from evenface.examine.audit.asking import Asked, Asking
from evenface.examine.audit.pairs import Comparisons, Pairs, limit_pairs, pairs_of
from evenface.examine.audit.records import About
from evenface.examine.audit.subjects import Problem, Source, Subjects, read_subjects
from evenface.examine.audit.systems import PAIR_DEFAULT, Settings, Table
from evenface.examine.audit.systems.opening import Opened, find_system, open_system
from evenface.examine.readings import may_keep
from evenface.files.storage import explain_os_errors, lock, make_folder

__all__ = ["Asked", "Audited", "Comparisons", "audit"]


@dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """Results of an audit. Systems have the names that they state, in the requested order."""

    asked: Asked
    source: str
    kind: str
    """``LabelledSet.kind``; ``evenface`` for a dataset."""
    subjects: Subjects
    abouts: dict[str, About]
    answers: dict[str, Answers]
    """Empty for a file that holds comparisons alone."""
    comparisons: dict[str, Comparisons]
    """Scores of the systems that embed or compare."""
    problems: tuple[Problem, ...]
    choosers: tuple[str, ...]
    """Recognisers that chose the people of the set, which favours them."""


def audit(place: str | Path, asked: Asked, *, on_progress: Callable[[int], None] = lambda _pictures: None) -> Audited:
    """Ask systems about every picture of a set.

    Args:
        on_progress: Called with the number of pictures done since the last call: all once for reading, and once for each system.
    """
    _check(asked)
    source = Source(Path(place), asked.columns)
    subjects, problems = read_subjects(source.open(), dataset=source.dataset, scale=asked.scale, on_progress=on_progress)
    with explain_os_errors(asked.out):
        make_folder(asked.out / "answers")
    with lock(asked.out / "answers" / ".lock", f"auditing into {asked.out}"), ExitStack() as stack:
        settings = Settings(
            workers=asked.workers,
            folder=asked.out,
            time_limit=asked.time_limit,
            keep=may_keep(source.kind),
            price=asked.price,
        )
        opened = [stack.enter_context(open_system(name, settings)) for name in asked.systems]
        choice = _Choice(subjects, source.dataset, asked)
        runs = [Asking(each, source, subjects, choice.pairs_for(each), asked) for each in opened]
        _agree(runs, asked)
        names = _distinct([each.about.name for each in opened])
        found = {name: run.ask(on_progress) for name, run in zip(names, runs, strict=True)}
    return Audited(
        asked=asked,
        source=str(place),
        kind=source.kind,
        subjects=subjects,
        abouts=dict(zip(names, (each.about for each in opened), strict=True)),
        answers={name: answers for name, (answers, _) in found.items()},
        comparisons={name: scored for name, (_, scored) in found.items() if scored is not None},
        problems=(*problems, *choice.problems, *(problem for run in runs for problem in run.problems)),
        choosers=source.dataset.manifest.recognisers if source.dataset else (),
    )


def _check(asked: Asked) -> None:
    """Raise for options that cannot work, before anything is read."""
    if not asked.systems:
        raise UsageFault("no system is given", "e.g. --system yunet-sface")
    twice = [name for name, count in Counter(asked.systems).items() if count > 1]
    if twice:
        raise UsageFault(f"the system {twice[0]} is given twice", "give each once")
    for name in asked.systems:
        find_system(name)
    out = asked.out
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "answers").is_dir())):
        what = "is a file" if not out.is_dir() else "is not empty and holds no audit"
        raise UsageFault(f"{out} {what}", "choose another folder with --out")


class _Choice:
    """Chooses the pairs for each system; each kind of choice is made once."""

    def __init__(self, subjects: Subjects, dataset: Dataset | None, asked: Asked) -> None:
        self._subjects, self._dataset, self._asked = subjects, dataset, asked
        self._made: dict[bool, Pairs] = {}
        self.problems: tuple[Problem, ...] = ()

    def pairs_for(self, opened: Opened) -> Pairs:
        can, most = opened.about.capabilities, self._asked.max_pairs
        table = isinstance(opened.system, Table)
        if most is None and "compare" in can and "embed" not in can and not table:
            most = PAIR_DEFAULT
        every = "embed" in can
        if every not in self._made:
            self._made[every], problems = pairs_of(self._subjects, self._dataset, every=every, seed=self._asked.seed)
            self.problems += problems
        pairs = self._made[every]
        return pairs if most is None else limit_pairs(pairs, self._subjects, most, seed=self._asked.seed)


def _agree(runs: Sequence[Asking], asked: Asked) -> None:
    """Raise where asking costs money and the cost is not accepted."""
    for run in runs:
        costs = run.cost()
        if costs is not None and not asked.agreed:
            amount, priced = costs
            calls = f"{len(run.pictures):,} pictures and {len(run.couples):,} pairs"
            what = f"{calls} would be sent to {run.name}, for about ${amount:,.2f} ({priced})"
            raise UsageFault(what, "add --yes to accept, or --max-pairs N for fewer pairs; the pictures leave this machine")


def _distinct(names: Sequence[str]) -> list[str]:
    met: Counter[str] = Counter()
    found = []
    for name in names:
        met[name] += 1
        found.append(name if met[name] == 1 else f"{name} ({met[name]})")
    return found
