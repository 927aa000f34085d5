"""Which image encoder an IP-Adapter reads: its first layer has the width of what the encoder gives."""

from __future__ import annotations

from pathlib import PurePosixPath

from evenface.backends.diffusion.weights.files import read_config
from evenface.backends.diffusion.weights.place import Place

__all__ = ["FACE_EMBEDDING", "encoder_of", "reads"]

FACE_EMBEDDING = 512
"""Numbers of an embedding of a face, as FaceID adapters read it."""
_LAYERS = {
    "image_proj.proj.weight": "projection_dim",  # the plain adapter reads the projected embedding of a picture
    "image_proj.proj_in.weight": "hidden_size",  # Plus reads the last but one layer
    "image_proj.proj.0.weight": "hidden_size",  # so does full-face
}


def reads(place: Place, adapter: str) -> tuple[str, int]:
    """Return which of an encoder's widths an adapter reads, and how many numbers that are."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(place.folder / adapter, framework="numpy") as file:
            names = set(file.keys())
            for layer, width in _LAYERS.items():
                if layer in names and any(name.startswith("ip_adapter.") for name in names):
                    return width, int(file.get_slice(layer).get_shape()[1])
    except SafetensorError as error:
        raise place.fault(f"{adapter} is no safetensors file: {error}") from error
    raise place.fault(
        f"{adapter} is no IP-Adapter that is known here", "choose a plain, Plus or full-face CLIP IP-Adapter, or a FaceID"
    )


def encoder_of(place: Place, adapter: str) -> str:
    """Return the folder of the image encoder that an adapter was trained with: beside it, or where its makers keep both."""
    width, numbers = reads(place, adapter)
    beside = (PurePosixPath(adapter).parent / "image_encoder").as_posix()
    tried = dict.fromkeys((beside, "models/image_encoder", "sdxl_models/image_encoder"))
    there = [folder for folder in tried if (place.folder / folder / "config.json").is_file()]
    for folder in there:
        if read_config(place, f"{folder}/config.json").get(width) == numbers:
            return folder
    what = f"{adapter} reads {numbers} numbers of an image encoder, and no image_encoder beside it gives as many"
    raise place.fault(what, f"put the encoder it was trained with into the folder image_encoder beside {adapter}")
