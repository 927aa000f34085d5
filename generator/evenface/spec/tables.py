"""What a spec holds, and in which table of its file."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from evenface.records.diffusion import MODELS, Diffusion
from evenface.records.maker import Maker
from evenface.vocabulary import ADULT, SCALES

__all__ = ["ABOUT_PICTURES", "HOME", "RECORDS", "SECTIONS", "Spec"]

RECORDS: dict[str, type[Diffusion] | type[Maker]] = {"diffusion": Diffusion, "maker": Maker}
"""Tables that are a record of their own, in a field of the spec with their name."""
SECTIONS: dict[str, tuple[str, ...]] = {
    "": ("seed", "design"),
    "cells": ("scale", "tones", "genders", "age_bands", "identities_per_cell"),
    "people": ("select", "candidates"),
    "shots": ("images_per_identity", "size_px", "samples", "backend"),
    "diffusion": tuple(each.name for each in fields(Diffusion)),
    "protocols": ("pairs_per_cell",),
    "maker": tuple(each.name for each in fields(Maker)),
}
ABOUT_PICTURES = ("seed", "design", "cells", "people", "shots", "diffusion")
"""Keys and tables that people and pictures depend on; what is not here may change without a new plan."""
HOME = {key: section for section, keys in SECTIONS.items() for key in keys}
"""The table of a key; ``licence``, which two have, is the maker's."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a plan is made from. ``images_per_identity`` counts the probe shots; the reference shot comes on top."""

    scale: str = "monk"
    tones: tuple[str, ...] = ()
    """Names in the order of the scale; all of the scale when left out."""
    genders: tuple[str, ...] = ("woman", "man")
    age_bands: tuple[str, ...] = (ADULT,)
    design: str = "independent"
    identities_per_cell: int = 1
    select: str = "none"
    """One of ``vocabulary.SELECTIONS``."""
    candidates: int = 6
    """How many people are drawn for each place, where recognisers choose."""
    images_per_identity: int = 3
    size_px: int = 128
    samples: int = 12
    seed: int = 0
    backend: str = "cycles"
    diffusion: Diffusion | None = None
    """How photographs are made; None where ``backend`` is not ``diffusion``."""
    pairs_per_cell: int = 30_000
    """At most, in each list of verification pairs: what the rule of 30 wants at a false match rate of 0.001."""
    maker: Maker = field(default_factory=Maker)

    def __post_init__(self) -> None:
        if not self.tones:
            object.__setattr__(self, "tones", tuple(tone.name for tone in SCALES[self.scale].tones))
        if self.backend == "diffusion" and self.diffusion is None:
            object.__setattr__(self, "diffusion", Diffusion(model=MODELS["edit"]))

    @property
    def renderer(self) -> str:
        """The backend that renders: the one behind the photographs, where there are any."""
        return self.diffusion.render if self.diffusion else self.backend
