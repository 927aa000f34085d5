"""Records of how a picture was made: the renderer and the processor, and the trained model where one took part."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OUTCOMES", "REJECTIONS", "Making", "Recipe", "RenderRecipe", "WeightFile", "Weights"]

OUTCOMES = ("photograph", "render", "unchecked", "failed")
"""What a row shows: a photograph that passed every check; the render, since no try passed; a photograph that was not checked;
or the last try, which failed, where there is no render behind it."""
REJECTIONS = ("blank", "face", "tone", "identity")
"""Why a try was drawn again: blanked by the model's safety checker or flat; not exactly one face in its place; another skin
tone than designed; another person than the anchor."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model."""

    name: str
    """Path within the model's folder, with forward slashes."""
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
    """Whether the licence of the weights, or of their training data, excludes commercial use."""
    files: tuple[WeightFile, ...]


@dataclass(frozen=True, slots=True)
class RenderRecipe:
    """Everything that the bytes of all renders of a run depend on."""

    backend: str
    """A name of ``backends.BACKENDS``, or ``module:Class``."""
    revision: int
    """Of the backend's code: higher whenever the same person and shot give other pixels. 0 where a backend states none."""
    packages: tuple[tuple[str, str], ...]
    """Name and version of the libraries."""
    data: tuple[tuple[str, str], ...]
    """What else the bytes depend on, by name with its digest in hex: the head model, the source file of a backend that states no
    revision."""
    processor: str
    """Family of processors, as ``processor.processor_family`` names it. Ray tracers and denoisers have code for several
    instruction sets, and their last bits differ."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that the bytes of all photographs of a run depend on."""

    profile: str
    pipeline: str
    """Class of diffusers."""
    prompts: str
    """Prompt family with its version, a file of ``prompts/``."""
    scheduler: str
    steps: int
    strength: float
    """Share of the render that is replaced by noise before the model paints, 0 to 1; 1 where nothing of it is kept."""
    guidance: float
    batch: int
    dtype: str
    device: str
    """``cpu``, ``cuda`` or ``mps``, with the name of the card."""
    checks: tuple[str, ...]
    settings_sha256: str
    """Digest of the whole ``[diffusion]`` table."""
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
    """Seed of the sampler for the try that is shown, or for the last try where the render is shown."""
    tries: int
    """Photographs drawn for this row."""
    rejections: tuple[str, ...]
    """Why tries were rejected, in order: words of ``REJECTIONS``, several joined by ``+``. One fewer than ``tries`` where the
    last try was accepted, as many where none was."""
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
    """Why tries of the anchor were rejected, as ``rejections``; the same in all rows of a person."""
