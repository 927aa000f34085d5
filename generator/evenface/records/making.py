"""How a picture was made: by which renderer on which processor, and by which trained model, if one took part."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OUTCOMES", "REJECTIONS", "Making", "Recipe", "RenderRecipe", "WeightFile", "Weights"]

OUTCOMES = ("photograph", "render", "unchecked", "failed")
"""What a row shows: a photograph that passed every check; the render itself, since no try passed; a photograph of which nothing
was checked; or the last try though it failed, where there is no render behind it."""
REJECTIONS = ("blank", "face", "tone", "identity")
"""Why a try was drawn again: the model's safety checker or a flat picture; no single face where one should be; another skin tone
than designed; another person than the anchor."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model."""

    name: str
    """From the model's folder, with forward slashes."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One model that took part."""

    role: str
    """``pipeline``, ``controlnet_depth``, ``controlnet_normal``, ``controlnet_landmarks``, ``ip_adapter``, ``face_id`` ..."""
    model: str
    """Hub id, or the name of the folder without its path."""
    revision: str
    """Commit on the Hub, or empty for a folder."""
    licence: str
    """As its card states it, or ``not stated``."""
    research_only: bool
    """Whether the licence of the weights, or of what they were trained with, leaves out commercial use."""
    files: tuple[WeightFile, ...]


@dataclass(frozen=True, slots=True)
class RenderRecipe:
    """Everything that the renders of a run have in common, and their bytes depend on."""

    backend: str
    """A name of ``backends.BACKENDS``, or ``module:Class``."""
    revision: int
    """Of the backend's code: it counts up whenever the same person and shot give other pixels. 0 where a backend states none."""
    packages: tuple[tuple[str, str], ...]
    """Name and version of the libraries."""
    data: tuple[tuple[str, str], ...]
    """What else the bytes depend on, by name with its digest in hex: the head model, the source file of a backend that states no
    revision."""
    processor: str
    """Family of processors, as ``processor.processor_family`` names it. Ray tracers and denoisers bring code for several
    instruction sets, whose last bits differ."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that the photographs of a run have in common, and their bytes depend on."""

    profile: str
    pipeline: str
    """Class of diffusers."""
    prompts: str
    """Prompt family with its version, a file of ``prompts/``."""
    scheduler: str
    steps: int
    strength: float
    """Share of the render that is noised before it is painted anew, 0 to 1; 1 where nothing of it is kept."""
    guidance: float
    batch: int
    dtype: str
    device: str
    """``cpu``, ``cuda`` or ``mps``, with the name of the card."""
    checks: tuple[str, ...]
    settings_sha256: str
    """Digest of the whole ``[diffusion]`` table as it was used."""
    packages: tuple[tuple[str, str], ...]
    """Name and version of the libraries."""
    weights: tuple[Weights, ...]
    render: str = ""
    """Digest of the ``RenderRecipe`` of the renders behind the photographs; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Making:
    """How one picture came about."""

    outcome: str
    """One of ``OUTCOMES``."""
    recipe: str
    """Digest of the ``Recipe``."""
    sampler_seed: int
    """Of the try that is shown, or of the last one where the render is; it is the first number of the sampler's generator."""
    tries: int
    """Pictures drawn for this row, the one that is shown included where it is no render."""
    rejections: tuple[str, ...]
    """Why tries were not taken, in order: words of ``REJECTIONS``, several joined by ``+``. One fewer than ``tries`` where the
    last one was taken, as many where none was."""
    tone_error_delta_e_2000: float | None
    """Distance of the drawn skin, before it was corrected, from that of the render, which is the designed tone in its light, or
    from the skin colour of the tone where there is no render; None where it was not measured."""
    tone_correction_delta_e_2000: float | None
    """How far the correction moved it; 0 where it was not needed."""
    anchor_similarity: float | None
    """Cosine of the face's embedding with the anchor's, by the first recogniser; None where it was not measured."""
    anchor_sha256: str | None
    """Digest of the pixels of the anchor; None where there is none."""
    anchor_outcome: str | None = None
    """What the anchor is, one of ``OUTCOMES``; ``render`` where none of its tries passed."""
    anchor_rejections: tuple[str, ...] = ()
    """Why tries of the anchor were not taken, as ``rejections``; the same in all rows of a person."""
