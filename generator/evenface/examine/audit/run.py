"""The run of an audit: a set and systems come in, what each system said of each picture and of each pair goes out.

Pictures are streamed, by lots, under running numbers; answers are on disk as they come (``answers``), so that the same command
goes on where it was stopped, and no picture is asked about twice.
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
from evenface.examine.audit.asking import Asking
from evenface.examine.audit.comparisons import Comparisons
from evenface.examine.audit.pairs import Pairs, limited, pairs_of
from evenface.examine.audit.records import About
from evenface.examine.audit.source import Asked, Source
from evenface.examine.audit.subjects import Problem, Subjects, read_subjects
from evenface.examine.audit.systems import PAIR_DEFAULT, Settings, Table
from evenface.examine.audit.systems.opening import Opened, find_system, open_system
from evenface.files.storage import in_words, lock, make_folder

__all__ = ["Asked", "Audited", "Comparisons", "audit"]


@dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """What a report is made of. Systems go by the name on record, in the order in which they were asked for."""

    asked: Asked
    source: str
    kind: str
    """``LabelledSet.kind``; ``evenface`` is one of ours."""
    subjects: Subjects
    abouts: dict[str, About]
    answers: dict[str, Answers]
    """Empty of a system that compares alone and is known by a file."""
    comparisons: dict[str, Comparisons]
    """Of the systems that embed or compare."""
    problems: tuple[Problem, ...]
    choosers: tuple[str, ...]
    """Recognisers that chose the people of the set: it favours them."""


def audit(place: str | Path, asked: Asked, *, on_progress: Callable[[int], None] = lambda _pictures: None) -> Audited:
    """Ask systems about every picture of a set.

    Args:
        on_progress: Told how many more pictures are done: once for the reading of the set, and once for each system.
    """
    _check(asked)
    source = Source(Path(place), asked.columns)
    subjects, problems = read_subjects(source.open(), dataset=source.dataset, scale=asked.scale, on_progress=on_progress)
    with in_words(asked.out):
        make_folder(asked.out / "answers")
    with lock(asked.out / "answers" / ".lock", f"auditing into {asked.out}"), ExitStack() as stack:
        settings = Settings(workers=asked.workers, folder=asked.out, time_limit=asked.time_limit, price=asked.price)
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
    """Refuse what could not be done, before anything is read."""
    if not asked.systems:
        raise UsageFault("no system is named", "e.g. --system yunet-sface")
    twice = [name for name, count in Counter(asked.systems).items() if count > 1]
    if twice:
        raise UsageFault(f"the system {twice[0]} is named twice", "name each once")
    for name in asked.systems:
        find_system(name)
    out = asked.out
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "answers").is_dir())):
        what = "is a file" if not out.is_dir() else "is not empty and holds no audit"
        raise UsageFault(f"{out} {what}", "choose another folder with --out")


class _Choice:
    """Which pairs each system is compared on; each kind of choice is made once."""

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
            self._made[every], told = pairs_of(self._subjects, self._dataset, every=every, seed=self._asked.seed)
            self.problems += told
        pairs = self._made[every]
        return pairs if most is None else limited(pairs, self._subjects, most, seed=self._asked.seed)


def _agree(runs: Sequence[Asking], asked: Asked) -> None:
    """Refuse to spend what nobody has agreed to."""
    for run in runs:
        costs = run.cost()
        if costs is not None and not asked.agreed:
            amount, priced = costs
            calls = f"{len(run.pictures):,} pictures and {len(run.couples):,} pairs"
            what = f"{run.name} would be sent {calls}, for about ${amount:,.2f} ({priced})"
            raise UsageFault(what, "add --yes to agree, or --max-pairs N for fewer pairs; the pictures leave this machine")


def _distinct(names: Sequence[str]) -> list[str]:
    met: Counter[str] = Counter()
    found = []
    for name in names:
        met[name] += 1
        found.append(name if met[name] == 1 else f"{name} ({met[name]})")
    return found
