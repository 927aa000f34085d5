"""Types of the fields of records: a colour, the range of a number, and whether a field may differ between two pictures.

A person's pictures differ in pose, face, light, camera and clothes, in whether the glasses are on and long hair is tied; not in
bone, skin, beard, make-up or jewellery, nor in the cut, the texture and the colour of the hair.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, NamedTuple, TypeVar, get_type_hints

__all__ = ["Constancy", "Constant", "Label", "PerShot", "Range", "Rgb", "Share", "ShownByShot", "Signed", "fields_that_are"]

T = TypeVar("T")

Rgb = tuple[float, float, float]
"""Linear-light sRGB primaries, 0 to 1."""


class Range(NamedTuple):
    """The least and the greatest number that a field, or each entry of a tuple, is drawn with. Records do not check it."""

    least: float
    greatest: float


Share = Annotated[float, Range(0.0, 1.0)]
Signed = Annotated[float, Range(-1.0, 1.0)]


class Constancy(Enum):
    """Whether a field of ``Identity`` or ``Shot`` may differ between two pictures of one person."""

    LABEL = "label"
    """A name or an annotation; nothing of it is drawn."""
    CONSTANT = "constant"
    """The same in every picture of the person."""
    SHOWN_BY_SHOT = "shown by shot"
    """The same whenever it is seen; the shot says whether it is."""
    PER_SHOT = "per shot"
    """Drawn anew for every picture, from the schedule that all cells share."""


Label = Annotated[T, Constancy.LABEL]
Constant = Annotated[T, Constancy.CONSTANT]
ShownByShot = Annotated[T, Constancy.SHOWN_BY_SHOT]
PerShot = Annotated[T, Constancy.PER_SHOT]


def fields_that_are(record: type, *kinds: Constancy) -> tuple[str, ...]:
    """Return the names of the fields of ``record`` that have one of the kinds, in their order."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(name for name, hint in hints.items() if not set(kinds).isdisjoint(getattr(hint, "__metadata__", ())))
