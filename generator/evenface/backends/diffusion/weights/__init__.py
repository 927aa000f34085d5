"""Check and describe weights before they are loaded: where they lie, their files and digests, their licence."""

from __future__ import annotations

from collections.abc import Iterator

from evenface.backends.diffusion.embedders import INSIGHTFACE, insightface_folder
from evenface.backends.diffusion.weights.files import (
    adapter_files,
    encoder_of,
    is_half_precision,
    model_files,
    pipeline_class,
    pipeline_files,
    read_config,
    weight_files,
)
from evenface.backends.diffusion.weights.place import NOT_STATED, Place, is_research_only, licence_of, place_of
from evenface.errors import UsageFault
from evenface.records import Weights
from evenface.records.diffusion import CONDITIONS, Diffusion

__all__ = [
    "Place",
    "adapter_files",
    "controlnets",
    "encoder_of",
    "face_parts",
    "is_half_precision",
    "model_files",
    "pipeline_class",
    "pipeline_files",
    "place_of",
    "prepare",
]


ARC2FACE = ("encoder", "arc2face")


def prepare(settings: Diffusion) -> tuple[Weights, ...]:
    """Check every model that ``settings`` name, and return what a ledger holds of them. Nothing is loaded, nothing fetched.

    Files are read once for their digests (some seconds a gigabyte); the digests are kept in the cache folder.

    Raises:
        UsageFault: A model is missing, is not whole, has pickles for weights or code of its own.
    """
    found = tuple(_describe(*part, settings) for part in _parts(settings))
    return (*found, _embedder(settings.embedder)) if settings.face_id else found


def controlnets(settings: Diffusion) -> tuple[tuple[str, Place], ...]:
    """Return the kinds of the conditions with the models that read them."""
    found = []
    for entry in settings.controlnets:
        kind, _, model = entry.partition("=")
        if kind not in CONDITIONS or not model:
            raise UsageFault(
                f"there is no ControlNet {entry!r}", f"write it as kind=model, with a kind of: {', '.join(CONDITIONS)}"
            )
        found.append((kind, place_of(model)))
    return tuple(found)


def _parts(settings: Diffusion) -> Iterator[tuple[str, Place, tuple[str, ...]]]:
    """Yield role, place and files of every model, the pipeline first."""
    place = _pipeline(settings)
    yield "pipeline", place, pipeline_files(place)
    for kind, net in controlnets(settings):
        _look_at_net(net, place)
        yield f"controlnet_{kind}", net, model_files(net)
    if settings.ip_adapter:
        place = place_of(settings.ip_adapter)
        (adapter,) = adapter_files(place)
        yield "ip_adapter", place, (adapter, *model_files(place, encoder_of(place, adapter)))
    if settings.face_id:
        place = place_of(settings.face_id)
        yield (
            "face_id",
            place,
            tuple(name for part in face_parts(place) for name in model_files(place, part)) or adapter_files(place),
        )


def _look_at_net(net: Place, base: Place) -> None:
    """Check that ``net`` is a ControlNet for one kind of condition, and for the kind of model that ``base`` is."""
    config = read_config(net, "config.json")
    if config.get("_class_name") != "ControlNetModel":
        what = f"it is a {config.get('_class_name')}, not a ControlNetModel"
        raise net.fault(what, "choose a ControlNet for one kind of condition")
    if (base.folder / "unet" / "config.json").is_file():
        wanted = read_config(base, "unet/config.json").get("cross_attention_dim")
        if config.get("cross_attention_dim") != wanted:
            what = f"it was made for another kind of model than {base.model}"
            raise net.fault(what, "choose a ControlNet for Stable Diffusion 1.5 or for XL, as the model is")


def face_parts(place: Place) -> tuple[str, ...]:
    """Return the folders of Arc2Face's text encoder and of what paints, where it is that; a FaceID adapter has none."""
    return ARC2FACE if all((place.folder / part).is_dir() for part in ARC2FACE) else ()


def _embedder(name: str) -> Weights:
    """Describe the embedder of faces; it counts as research only, also where it is the user's own."""
    if name != INSIGHTFACE:
        return Weights("embedder", name, "", NOT_STATED, True, ())
    folder = insightface_folder()
    names = tuple(sorted(path.name for path in folder.glob("*.onnx")))
    return Weights("embedder", name, "", "research only", True, weight_files(folder, names, of_hub=False))


def _pipeline(settings: Diffusion) -> Place:
    if not settings.model:
        raise UsageFault("no model is named", "name a folder, or a model of the Hub, with --model")
    return place_of(settings.model, settings.revision)


def _describe(role: str, place: Place, names: tuple[str, ...], settings: Diffusion) -> Weights:
    licence = licence_of(place, settings.licence)
    files = weight_files(place.folder, names, of_hub=bool(place.revision))
    return Weights(role, place.model, place.revision, licence, is_research_only(place, role, licence), files)
