"""Checked settings of the ``[diffusion]`` table of a spec: how a trained model makes the pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

__all__ = ["CHECKS", "CONDITIONS", "DTYPES", "FAMILIES", "MODELS", "PROFILES", "Diffusion", "Machine", "without_folders"]

PROFILES = ("edit", "controlnet", "text")
CHECKS = ("face", "tone", "identity")
CONDITIONS = ("depth", "normal", "landmarks")
DTYPES = ("bfloat16", "float16", "float32")
MODELS = {"edit": "black-forest-labs/FLUX.2-klein-4B"}
"""The default model of a profile."""
FAMILIES = ("photograph.v2",)
"""The prompt families, files of ``prompts/``."""


@dataclass(frozen=True, slots=True)
class Diffusion:
    """Settings that photographs depend on. A zero, or an empty text, stands for the default of the profile."""

    profile: str = "edit"
    model: str = ""
    """A folder, or an id of the Hub with its files in the cache."""
    revision: str = ""
    controlnets: tuple[str, ...] = ()
    """``kind=model``, with a kind of ``CONDITIONS``."""
    controlnet_scale: float = 0.6
    ip_adapter: str = ""
    """Model of a CLIP IP-Adapter, which takes the anchor."""
    ip_adapter_scale: float = 0.6
    face_id: str = ""
    """Model of an IP-Adapter FaceID, or of Arc2Face: research only."""
    embedder: str = ""
    """Recogniser that embeds the anchor for ``face_id``: ``insightface``, or your own ``module:Class``."""
    prompts: str = "photograph.v2"
    steps: int = 0
    strength: float = 0.0
    guidance: float = -1.0
    """Classifier-free guidance; -1 stands for the profile's own."""
    dtype: str = "bfloat16"
    batch: int = 4
    """Pictures that are drawn together; a picture does not depend on its neighbours, but on their number."""
    checks: tuple[str, ...] = CHECKS
    tries: int = 4
    tone_tolerance_delta_e: float = 2.0
    """CIEDE2000 up to which a measured tone counts as designed."""
    tone_correction_delta_e: float = 8.0
    """CIEDE2000 up to which a measured tone is corrected in linear light; above it the picture is drawn again."""
    render: str = "cycles"
    """The backend that makes the renders behind the photographs."""
    licence: str = ""
    """Licence of the weights, where their card does not state one."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine does the work; a change here moves pixels by rounding alone."""

    device: str = "auto"
    """``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``."""
    offload: bool = False
    """Keep only the part of the model that is in use in the memory of the card."""
    compiled: bool = False
    """Compile the model first: minutes at the start, quicker pictures."""


def without_folders(settings: Diffusion) -> Diffusion:
    """Return the settings with the names of model folders in place of their paths, which are those of one machine.

    An id of the Hub stays.
    """
    kinds = (each.partition("=") for each in settings.controlnets)
    return replace(
        settings,
        model=_folder_name(settings.model),
        controlnets=tuple(f"{kind}={_folder_name(model)}" for kind, _, model in kinds),
        ip_adapter=_folder_name(settings.ip_adapter),
        face_id=_folder_name(settings.face_id),
    )


def _folder_name(model: str) -> str:
    return PurePath(model).name if model.startswith(("/", "~", ".")) else model
