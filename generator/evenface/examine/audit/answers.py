"""Answers of a system: checks them and keeps them on disk by the hash of the picture, in files that are complete or absent.

``OUT/answers/<system>-<digest of what is on record about it>/`` holds ``about.json``, ``00000.parquet`` ... and, for systems that
compare pictures themselves, ``pairs-00000.parquet`` ... Another version of a system has another folder. No system is trusted: an
answer with an invalid value becomes a failure that states it.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Compared
from evenface.files.codec import canonical_json, to_json
from evenface.files.storage import explain_os_errors, make_folder, write_file
from evenface.rng import digest
from evenface.vocabulary import gender_word

__all__ = ["PART_PICTURES", "PART_SECONDS", "AnswerStore", "Answers", "check_answer", "check_score", "folder_of"]

_LONGEST = 512
_BOXES = 1_000


def check_answer(answer: Answer) -> Answer:
    """Return the answer with its gender as ``woman`` or ``man`` where it means that, or a failure that states an invalid value.

    Invalid are e.g. a number that is not finite, a box without area, a template of length 0.
    """
    wrong = next(_find_errors(answer), None)
    if wrong is not None:
        return Answer(failure=wrong)
    word = gender_word(answer.gender)
    return answer if word == answer.gender else replace(answer, gender=word)


def check_score(found: Compared) -> Compared:
    """Return the comparison, or a failure where its score is not a finite number."""
    if found.failure is not None or _number(found.score):
        return found
    return Compared(None, "no score" if found.score is None else f"a score of {found.score!r}"[:_LONGEST])


def _find_errors(answer: Answer) -> Iterator[str]:
    if answer.failure is not None:
        if not isinstance(answer.failure, str) or len(answer.failure) > _LONGEST:
            yield str(answer.failure)[:_LONGEST]
        return
    for face in answer.faces or ():
        if len(face.box) != 4 or not all(map(_number, face.box)) or min(face.box[2:]) <= 0:
            yield f"a box of {face.box!r}"[:_LONGEST]
        if face.score is not None and not _number(face.score):
            yield f"a score of {face.score!r}"[:_LONGEST]
    if len(answer.faces or ()) > _BOXES:
        yield f"{len(answer.faces or ()):,} faces"
    if answer.gender is not None and not (isinstance(answer.gender, str) and 0 < len(answer.gender) <= 40):
        yield f"a gender of {answer.gender!r}"[:_LONGEST]
    for name, low, high in (("gender_confidence", 0, 1), ("age_years", 0, 150)):
        value = getattr(answer, name)
        if value is not None and not (_number(value) and low <= value <= high):
            yield f"{name} of {value!r}"[:_LONGEST]
    yield from _template_errors(answer.embedding)


def _template_errors(embedding: Iterable[Any] | None) -> Iterator[str]:
    if embedding is None:
        return
    numbers = list(embedding)
    if not numbers or not all(map(_number, numbers)):
        yield "a template with an entry that is not a finite number" if numbers else "an empty template"
    elif not any(numbers) or max(map(abs, numbers)) > np.finfo(np.float32).max:
        yield "a template of length 0, or too large for float32"


def _number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool) and isfinite(value)


PART_PICTURES, PART_SECONDS = 256, 10.0
"""A part is written at this number of answers, or at this age of its first one; a killed process loses at most that."""
_BOX = pa.struct([(name, pa.float64()) for name in ("x", "y", "width", "height", "score")])
_ANSWERS = pa.schema(
    [
        ("sha256", pa.string()),
        ("faces", pa.list_(_BOX)),
        ("gender", pa.string()),
        ("gender_confidence", pa.float64()),
        ("age_years", pa.float64()),
        ("embedding", pa.list_(pa.float32())),
        ("failure", pa.string()),
    ]
)
_PAIRS = pa.schema([("a", pa.string()), ("b", pa.string()), ("score", pa.float64()), ("failure", pa.string())])


class Answers:
    """Answers of a system to all pictures, in the order of the pictures; can be read repeatedly."""

    def __init__(self, records: list[Answer], embeddings: NDArray[np.float32]) -> None:
        """Hold answers.

        Args:
            records: The answers, with an empty template in place of each template.
            embeddings: The templates, pictures x numbers, NaN where there is none.
        """
        self.embeddings, self._records = embeddings, records

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Answers:
        """Return ``answers`` as such an object."""
        held = [check_answer(answer) for answer in answers]
        sizes = Counter(len(each.embedding) for each in held if each.embedding is not None)
        made = _empty(len(held), sizes)
        for at, answer in enumerate(held):
            made.put((at,), answer)
        return made

    def put(self, places: Iterable[int], answer: Answer) -> None:
        """Set the answer to the pictures at ``places``."""
        size, template = self.embeddings.shape[1], answer.embedding
        if template is not None and len(template) != size:
            answer, template = Answer(failure=f"a template of {len(template)} numbers, but others have {size}"), None
        for at in places:
            if template is not None:
                self.embeddings[at] = template
            self._records[at] = answer if template is None else replace(answer, embedding=())

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Answer]:
        for at, record in enumerate(self._records):
            own = None if record.embedding is None else tuple(map(float, self.embeddings[at]))
            yield replace(record, embedding=own)

    @property
    def failures(self) -> Counter[str]:
        """Number of failures by reason."""
        return Counter(each.failure for each in self._records if each.failure is not None)


def folder_of(out: Path, about: About) -> Path:
    """Return the folder of the answers of a system."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", about.name).strip("-.")[:60] or "system"
    return out / "answers" / f"{name}-{digest(canonical_json(to_json(about)).decode())}"


class AnswerStore:
    """The answers of one system on disk, and those still to be written; a context manager."""

    def __init__(self, out: Path, about: About, *, again: bool = False) -> None:
        """Open the folder of a system.

        Args:
            again: Ignore stored failures, so that those pictures are asked again.
        """
        self.folder, self._again = folder_of(out, about), again
        with explain_os_errors(self.folder):
            make_folder(self.folder)
            write_file(self.folder / "about.json", canonical_json(to_json(about)))
        self._rows: dict[str, list[dict[str, Any]]] = {"": [], "pairs-": []}
        self._since = time.monotonic()

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def hashes(self) -> set[str]:
        """Return the hashes of the pictures with an answer on disk."""
        return {row["sha256"] for row in self._parts("", _ANSWERS, ("sha256", "failure"))}

    def collect(self, hashes: Sequence[str]) -> Answers:
        """Return the answers on disk to the pictures with these hashes; of several answers to one, the last."""
        places: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(hashes):
            places[each].append(at)
        sizes = Counter(
            row["embedding"] for row in self._parts("", _ANSWERS, ("embedding", "failure"), sized=True) if row["embedding"]
        )
        found = _empty(len(hashes), sizes)
        for row in self._parts("", _ANSWERS):
            if row["sha256"] in places:
                found.put(places[row["sha256"]], _answer_of(row))
        return found

    def known_pairs(self) -> dict[tuple[str, str], Compared]:
        """Return the comparisons on disk by the hashes of the two pictures."""
        return {(row["a"], row["b"]): Compared(row["score"], row["failure"]) for row in self._parts("pairs-", _PAIRS)}

    def add(self, sha256: str, answer: Answer) -> None:
        """Add an answer; it is on disk after ``flush`` at the latest."""
        self._add("", {"sha256": sha256, **_row_of(answer)})

    def add_pair(self, one: str, other: str, found: Compared) -> None:
        """Add a comparison."""
        self._add("pairs-", {"a": one, "b": other, "score": found.score, "failure": found.failure})

    def _add(self, kind: str, row: dict[str, Any]) -> None:
        rows = self._rows[kind]
        if not rows:
            self._since = time.monotonic()
        rows.append(row)
        if len(rows) >= PART_PICTURES or time.monotonic() - self._since >= PART_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write all answers that are not on disk yet."""
        for (kind, rows), schema in zip(self._rows.items(), (_ANSWERS, _PAIRS), strict=True):
            if rows:
                made = BytesIO()
                pq.write_table(pa.Table.from_pylist(rows, schema=schema), made, compression="zstd")
                with explain_os_errors(self.folder):
                    write_file(self.folder / f"{kind}{self._next(kind):05d}.parquet", made.getvalue())
                rows.clear()

    def _next(self, kind: str) -> int:
        return max((int(path.stem[-5:]) for path in self._paths(kind)), default=-1) + 1

    def _paths(self, kind: str) -> list[Path]:
        return sorted(path for path in self.folder.glob(f"{kind}*.parquet") if re.fullmatch(rf"{kind}\d{{5}}", path.stem))

    def _parts(
        self, kind: str, schema: pa.Schema, columns: Sequence[str] | None = None, *, sized: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of all parts; with ``sized``, the length of each template in its place."""
        for path in self._paths(kind):
            try:
                table = pq.read_table(path, schema=schema, columns=None if columns is None else list(columns))
            except (pa.ArrowException, OSError, ValueError) as problem:
                first = str(problem).partition("\n")[0]
                hint = f"remove it to ask its pictures again: rm {path}"
                raise EvenfaceError(f"{path} cannot be read: {first}", hint) from problem
            if sized:
                at = table.schema.get_field_index("embedding")
                table = table.set_column(at, "embedding", pc.list_value_length(table.column("embedding")))
            yield from (row for row in table.to_pylist() if not (self._again and row["failure"] is not None))


def _empty(count: int, sizes: Mapping[int, int]) -> Answers:
    """Return answers that are all missing; templates have the most frequent size."""
    size = max(sizes, key=lambda each: (sizes[each], each), default=0)
    return Answers([Answer(failure="no answer")] * count, np.full((count, size), np.nan, dtype=np.float32))


def _row_of(answer: Answer) -> dict[str, Any]:
    faces = (
        None
        if answer.faces is None
        else [{**dict(zip(("x", "y", "width", "height"), face.box, strict=True)), "score": face.score} for face in answer.faces]
    )
    row = {name: getattr(answer, name) for name in ("gender", "gender_confidence", "age_years", "embedding", "failure")}
    return {"faces": faces, **row}


def _answer_of(row: Mapping[str, Any]) -> Answer:
    faces = (
        None
        if row["faces"] is None
        else tuple(Detection((each["x"], each["y"], each["width"], each["height"]), each["score"]) for each in row["faces"])
    )
    embedding = None if row["embedding"] is None else tuple(row["embedding"])
    return Answer(faces, row["gender"], row["gender_confidence"], row["age_years"], embedding, row["failure"])
