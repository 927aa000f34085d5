"""Packaging: measures and marks the pictures of a finished run, and writes the dataset with its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from evenface.dataset import PACKAGES, Dataset, DatasetWriter, Picture, Pixels, Undecodable, decode_image, image_id_of
from evenface.dataset.licences import check_licence
from evenface.dataset.marking import digital_source_type, mark_if_known
from evenface.dataset.protocols.folds import identification_rows
from evenface.dataset.protocols.verification import verification_rows
from evenface.errors import EvenfaceError, UsageFault
from evenface.faces.tone import TooFewPixels, measure_tone
from evenface.people.plan import Plan, read_plan
from evenface.publish.documents import documents_of
from evenface.publish.signing import PictureSigner
from evenface.records import Recipe
from evenface.render import Rendered, pictures, recipes
from evenface.vocabulary import SCALES

__all__ = ["package", "plan_of_run"]


def package(
    run_dir: str | Path,
    out: str | Path,
    *,
    signer: PictureSigner | None = None,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Dataset:
    """Measure the pictures of a run, mark them and pack them; the dataset is complete when this returns.

    Args:
        signer: Signs every picture; the bytes of a file then differ each time, its pixels do not.
        on_progress: Called with the number of pictures packed since the last call.
    """
    run_dir, plan = Path(run_dir), plan_of_run(run_dir)
    known = recipes(run_dir)
    trained = {digest: recipe for digest, recipe in known.items() if isinstance(recipe, Recipe)}
    check_licence(plan.spec.maker, tuple(trained.values()))
    packages = (*PACKAGES, "c2pa-python") if signer else PACKAGES
    with DatasetWriter(out, plan, packages=packages, recipes=known.values()) as writer:
        for picture in _measure(plan, run_dir):
            writer.add(_mark(picture, plan, trained, signer))
            on_progress(1)
        writer.add_rows("protocols/verification", verification_rows(plan))
        writer.add_rows("protocols/identification", identification_rows(plan))
        writer.finish(lambda folder: documents_of(Dataset.open(folder), reports=writer.out))
    return Dataset.open(out)


def plan_of_run(run_dir: str | Path) -> Plan:
    """Return the plan of a run; a folder without one is wrong use."""
    path = Path(run_dir) / "plan.json"
    if not path.is_file():
        hint = f"make one: evenface render plan.json --out {run_dir}"
        raise UsageFault(f"{run_dir} is not a run folder: it holds no plan.json", hint)
    return read_plan(path)


def _measure(plan: Plan, run_dir: Path) -> Iterator[Picture]:
    scale = SCALES[plan.spec.scale]
    for rendered in pictures(plan, run_dir):
        image, mask = _decode(rendered, "RGB"), _decode(rendered, "L")
        found = measure_tone(image, mask, scale)
        measured = None if isinstance(found, TooFewPixels) else found
        yield Picture(rendered.identity, rendered.shot, rendered.frame, measured, rendered.recipe)


def _mark(picture: Picture, plan: Plan, known: Mapping[str, Recipe], signer: PictureSigner | None) -> Picture:
    """Return the picture with its file marked, and signed if there is a signer."""
    making, name = picture.frame.making, image_id_of(picture.identity.identity_id, picture.shot.shot_id)
    term = digital_source_type(plan.spec.backend, making, known[making.recipe] if making else None)
    data = mark_if_known(picture.frame.image_png, term)
    if signer is not None and term is not None:
        data = signer.sign(data, f"{name}.png", term)
    return replace(picture, frame=replace(picture.frame, image_png=data), digital_source_type=term)


def _decode(rendered: Rendered, mode: Literal["RGB", "L"]) -> Pixels:
    """Return the pixels of the picture, or of its mask."""
    data, what = (rendered.frame.image_png, "picture") if mode == "RGB" else (rendered.frame.mask_png, "mask")
    pixels = decode_image(data, mode)
    if isinstance(pixels, Undecodable):
        name = f"{rendered.shot.shot_id} of {rendered.identity.identity_id}"
        raise EvenfaceError(f"the {what} {name} cannot be read: {pixels.why}", "remove that file from the run and render again")
    return pixels
