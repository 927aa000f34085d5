"""The record ``Spec``, the tables of its file, and the limits of its values."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from evenface.records.diffusion import MODELS, Diffusion
from evenface.records.maker import Maker
from evenface.vocabulary import ADULT, SCALES

__all__ = ["ABOUT_PICTURES", "DEFAULT", "DEFAULT_DIFFUSION", "HOME", "LIMITS", "NOT_EMPTY", "RECORDS", "SECTIONS", "Spec"]

RECORDS: dict[str, type[Diffusion] | type[Maker]] = {"diffusion": Diffusion, "maker": Maker}
"""Tables that are records in a field of the spec, by name."""
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
"""Keys and tables that people and pictures depend on; the others may change without a new plan."""
HOME = {key: section for section, keys in SECTIONS.items() for key in keys}
"""The table of each key; ``licence``, a key of two tables, belongs to the maker."""
LIMITS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**53 - 1),  # not every reader of JSON keeps greater whole numbers
    "identities_per_cell": (1, 10**9),
    "candidates": (2, 64),
    "images_per_identity": (1, 10_000),
    "size_px": (32, 2048),
    "samples": (1, 4096),
    "pairs_per_cell": (1, 10**7),
    "controlnet_scale": (0, 2),
    "ip_adapter_scale": (0, 2),
    "steps": (0, 1000),
    "strength": (0, 1),
    "guidance": (-1, 50),
    "batch": (1, 64),
    "tries": (1, 64),
    "tone_tolerance_delta_e": (0.5, 20),
    "tone_correction_delta_e": (0.5, 40),
}
"""Least and greatest value of each number."""
NOT_EMPTY = ("backend", "render")
"""Texts that must not be empty."""


@dataclass(frozen=True, slots=True)
class Spec:
    """The input of a plan. ``images_per_identity`` counts the probe shots, without the reference shot."""

    scale: str = "monk"
    tones: tuple[str, ...] = ()
    """Names in the order of the scale; the whole scale by default."""
    genders: tuple[str, ...] = ("woman", "man")
    age_bands: tuple[str, ...] = (ADULT,)
    design: str = "independent"
    identities_per_cell: int = 1
    select: str = "none"
    """One of ``vocabulary.SELECTIONS``."""
    candidates: int = 6
    """Number of people drawn for each place if recognisers choose."""
    images_per_identity: int = 3
    size_px: int = 128
    samples: int = 12
    seed: int = 0
    backend: str = "cycles"
    diffusion: Diffusion | None = None
    """How photographs are made; None unless ``backend`` is ``diffusion``."""
    pairs_per_cell: int = 30_000
    """Greatest length of each list of verification pairs; the rule of 30 asks for 30,000 at a false match rate of 0.001."""
    maker: Maker = field(default_factory=Maker)

    def __post_init__(self) -> None:
        if not self.tones:
            object.__setattr__(self, "tones", tuple(tone.name for tone in SCALES[self.scale].tones))
        if self.backend == "diffusion" and self.diffusion is None:
            object.__setattr__(self, "diffusion", Diffusion(model=MODELS["edit"]))

    @property
    def renderer(self) -> str:
        """The backend that renders, also the pictures behind photographs."""
        return self.diffusion.render if self.diffusion else self.backend


DEFAULT = Spec()
DEFAULT_DIFFUSION = Diffusion()
