"""Which files of a model are read, and their SHA-256. Safetensors and small JSON alone are read: they hold nothing but numbers.

A folder is refused where its weights are pickles, where it brings code of its own, or where it is not whole. Each large file is
hashed once; its SHA-256 is kept with the size and the time of change for which it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from evenface.backends.diffusion.weights.place import Place
from evenface.files.storage import cache_folder, make_folder, sha256_of, write_file
from evenface.records import WeightFile
from evenface.rng import digest

__all__ = [
    "FACE_EMBEDDING",
    "adapter_files",
    "encoder_of",
    "is_half_precision",
    "model_files",
    "pipeline_class",
    "pipeline_files",
    "read_config",
    "weight_files",
]

MAXIMUM_CONFIG_BYTES = 4_000_000
"""Of a config; the list of the parts of a large model has some hundred thousand."""
MAXIMUM_VOCABULARY_BYTES = 200_000_000
_READ = {".json", ".txt", ".model", ".jinja", ".safetensors"}
_PICKLES = {".bin", ".ckpt", ".pkl", ".pickle", ".pt", ".pth"}
_LIBRARIES = {"diffusers", "transformers", "stable_diffusion"}
"""``stable_diffusion`` is a module of diffusers: the safety checker is named with it."""
_BARE = re.compile(r"Tokenizer|Scheduler|Processor|Extractor")
"""Kinds of parts that have no weights."""
_WEIGHTS = re.compile(r"\w+(\.fp16)?(-\d{5}-of-\d{5})?\.safetensors")
_INDEX = re.compile(r"\w+\.safetensors\.index(\.fp16)?\.json")
_CODE = ("auto_map", "custom_pipeline", "custom_pipelines", "trust_remote_code")


def pipeline_class(place: Place) -> str:
    """Return the class of diffusers that a folder is saved from, after a look at everything it names."""
    return str(_index(place)["_class_name"])


def pipeline_files(place: Place) -> tuple[str, ...]:
    """Return the names of the files of a whole pipeline that are read, sorted."""
    index = _index(place)
    found = ["model_index.json"]
    for part in sorted(index):
        kind = index[part]
        if part.startswith("_") or not isinstance(kind, list) or kind[1] is None:
            continue
        if not (place.folder / part).is_dir():
            raise place.fault(f"its {part} is missing")
        found += _part(place, part, weighty=not _BARE.search(str(kind[1])))
    return tuple(found)


def model_files(place: Place, within: str = "") -> tuple[str, ...]:
    """Return the names of the files of a single model, e.g. a ControlNet, that are read, sorted."""
    return tuple(_part(place, within, weighty=True))


def adapter_files(place: Place) -> tuple[str, ...]:
    """Return the file of an adapter: the one that was named, or the only one there."""
    if place.within:
        if Path(place.within).suffix != ".safetensors":
            raise place.fault(f"{place.within} is not a safetensors file", _no_pickle(place.within))
        return (place.within,)
    there = sorted(path.relative_to(place.folder).as_posix() for path in place.folder.glob("*.safetensors"))
    if len(there) == 1:
        return (there[0],)
    pickles = sorted(path.name for path in place.folder.iterdir() if path.suffix in _PICKLES)
    if not there and pickles:
        raise place.fault(f"{pickles[0]} is a pickle, which can run any code when it is read", _no_pickle(pickles[0]))
    deep = sorted(path.relative_to(place.folder).as_posix() for path in place.folder.glob("*/*.safetensors"))
    what = f"it has {len(there)} adapters, and one has to be chosen" if there else "no adapter lies in it as *.safetensors"
    raise place.fault(what, f"name the file: {place.model}/{(there or deep or ['adapter.safetensors'])[0]}")


def is_half_precision(names: Iterable[str]) -> bool:
    """Return whether files are those of a variant in half precision, which has to be asked for by name."""
    return any(".fp16" in name for name in names)


def read_config(place: Place, name: str) -> dict[str, Any]:
    """Read a config of a model: JSON of a sensible size, an object, naming no code."""
    path = place.folder / name
    if not path.is_file():
        raise place.fault(f"there is no {name} in it")
    if path.stat().st_size > MAXIMUM_CONFIG_BYTES:
        raise place.fault(f"{name} has {path.stat().st_size} bytes, too many for a config")
    try:
        config = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise place.fault(f"{name} is not JSON") from error
    if not isinstance(config, dict):
        raise place.fault(f"{name} is not a JSON object")
    foreign = [key for key in _CODE if key in config]
    if foreign:
        raise place.fault(f"{name} asks for code of its own ({foreign[0]})", "only classes of diffusers and transformers are run")
    return config


def _index(place: Place) -> dict[str, Any]:
    """Read ``model_index.json``: the class of the pipeline, and of each part its library and class."""
    if not (place.folder / "model_index.json").is_file():
        raise place.fault("there is no model_index.json in it", "name the folder of a whole pipeline of diffusers")
    index = read_config(place, "model_index.json")
    if not isinstance(index.get("_class_name"), str):
        raise place.fault("model_index.json does not name one class of diffusers", "only classes of diffusers are run")
    for part, kind in index.items():
        if not isinstance(kind, list) or part.startswith("_"):
            continue
        if len(kind) != 2 or not part.isidentifier() or not all(name is None or isinstance(name, str) for name in kind):
            raise place.fault(f"model_index.json describes the part {part!r} in an unknown way")
        if kind[1] is not None and kind[0] not in _LIBRARIES:
            what = f"its part {part} is a {kind[1]} of {kind[0]}"
            raise place.fault(what, "only classes of diffusers and transformers are run")
    return index


def _part(place: Place, part: str, *, weighty: bool) -> Iterator[str]:
    """Yield the files of one part that are read, after a look at its configs and at whether its weights are all there."""
    folder = place.folder / part
    names = sorted(path.name for path in folder.iterdir() if path.suffix in _READ and path.is_file())
    prefix = f"{part}/" if part else ""
    if weighty:
        _look_for_weights(place, folder, prefix, names)
    for name in _drop_twins(names):
        if name in ("config.json", "tokenizer_config.json", "preprocessor_config.json", "scheduler_config.json"):
            read_config(place, prefix + name)
        elif not name.endswith(".safetensors") and (folder / name).stat().st_size > MAXIMUM_VOCABULARY_BYTES:
            raise place.fault(f"{prefix}{name} has {(folder / name).stat().st_size} bytes, too many for a vocabulary")
        yield prefix + name


def _look_for_weights(place: Place, folder: Path, prefix: str, names: list[str]) -> None:
    read_config(place, f"{prefix}config.json")
    if not any(name.endswith(".safetensors") for name in names):
        pickles = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
        if pickles:
            raise place.fault(
                f"{prefix}{pickles[0]} is a pickle, which can run any code when it is read", _no_pickle(prefix + pickles[0])
            )
        raise place.fault(f"{prefix.rstrip('/') or 'it'} has no weights (*.safetensors)")
    for name in names:
        if _INDEX.fullmatch(name):
            parts = read_config(place, prefix + name).get("weight_map")
            missing = sorted({str(part) for part in parts.values()} - set(names)) if isinstance(parts, dict) else [name]
            if missing:
                raise place.fault(f"{prefix}{missing[0]} is missing")


def _drop_twins(names: Iterable[str]) -> list[str]:
    """Leave out what is not read: other variants of the weights, and those in half precision where there are plain ones."""
    plain = {_stem(name) for name in names if _WEIGHTS.fullmatch(name) and ".fp16" not in name}
    return [
        name
        for name in names
        if (_WEIGHTS.fullmatch(name) or not name.endswith(".safetensors")) and not (".fp16" in name and _stem(name) in plain)
    ]


def _stem(name: str) -> str:
    return re.split(r"[.-]", name, maxsplit=1)[0]


def _no_pickle(name: str) -> str:
    return (
        f"only safetensors are read: where you trust {name}, load it once with torch.load(weights_only=True) and write its "
        "tensors with safetensors.torch.save_file"
    )


FACE_EMBEDDING = 512
"""Numbers of an embedding of a face, as FaceID adapters read it."""
_LAYERS = {
    "image_proj.proj.weight": "projection_dim",  # the plain adapter reads the projected embedding of a picture
    "image_proj.proj_in.weight": "hidden_size",  # Plus reads the last but one layer
    "image_proj.proj.0.weight": "hidden_size",  # so does full-face
}


def _encoder_width(place: Place, adapter: str) -> tuple[str, int]:
    """Return which of an encoder's widths an adapter reads, and how many numbers that are."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(place.folder / adapter, framework="numpy") as file:
            names = set(file.keys())
            for layer, width in _LAYERS.items():
                if layer in names and any(name.startswith("ip_adapter.") for name in names):
                    return width, int(file.get_slice(layer).get_shape()[1])
    except SafetensorError as error:
        raise place.fault(f"{adapter} is not a safetensors file: {error}") from error
    raise place.fault(
        f"{adapter} is not an IP-Adapter of a known kind", "choose a plain, Plus or full-face CLIP IP-Adapter, or a FaceID"
    )


def encoder_of(place: Place, adapter: str) -> str:
    """Return the folder of the image encoder that an adapter was trained with: beside it, or where its makers keep both."""
    width, numbers = _encoder_width(place, adapter)
    beside = (PurePosixPath(adapter).parent / "image_encoder").as_posix()
    tried = dict.fromkeys((beside, "models/image_encoder", "sdxl_models/image_encoder"))
    there = [folder for folder in tried if (place.folder / folder / "config.json").is_file()]
    for folder in there:
        if read_config(place, f"{folder}/config.json").get(width) == numbers:
            return folder
    what = f"{adapter} reads {numbers} numbers of an image encoder, and no image_encoder beside it gives as many"
    raise place.fault(what, f"put the encoder it was trained with into the folder image_encoder beside {adapter}")


_BLOB = re.compile(r"[0-9a-f]{64}")
_MAXIMUM_BYTES = 10_000_000


def weight_files(folder: Path, names: tuple[str, ...], *, of_hub: bool) -> tuple[WeightFile, ...]:
    """Return size and digest of the files called ``names`` in ``folder``.

    Args:
        of_hub: The folder is of the cache of the Hub, which names large files by their digest; the name is trusted.
    """
    place = cache_folder() / "weights" / f"{digest(folder.resolve(), size=16)}.json"
    before = _read_kept(place)
    now: dict[str, tuple[int, int, str]] = {}
    files = []
    for name in names:
        path = (folder / name).resolve()
        about = path.stat()
        sha256 = path.name if of_hub and _BLOB.fullmatch(path.name) else ""
        if not sha256:
            size, changed, sha256 = before.get(name, (0, 0, ""))
            if (size, changed) != (about.st_size, about.st_mtime_ns):
                sha256 = sha256_of(path)
            now[name] = (about.st_size, about.st_mtime_ns, sha256)
        files.append(WeightFile(name, about.st_size, sha256))
    if now != before:
        _keep(place, now)
    return tuple(files)


def _read_kept(place: Path) -> dict[str, tuple[int, int, str]]:
    """Read what was kept; empty where there is nothing, or another program wrote it."""
    with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
        if place.stat().st_size <= _MAXIMUM_BYTES:
            kept = {str(name): (int(size), int(at), str(sha)) for name, (size, at, sha) in json.loads(place.read_bytes()).items()}
            return {name: entry for name, entry in kept.items() if _BLOB.fullmatch(entry[2])}
    return {}


def _keep(place: Path, now: dict[str, tuple[int, int, str]]) -> None:
    """Keep digests for the next time; a cache that cannot be written costs time and nothing else."""
    with suppress(OSError):
        make_folder(place.parent)
        write_file(place, json.dumps(now).encode())
