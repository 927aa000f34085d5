"""The packaging stage: the folder of a finished run comes in, a measured dataset with its card goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from evenface.dataset import Dataset, DatasetWriter, Picture, Undecodable, decode_image
from evenface.errors import EvenfaceError, UsageFault
from evenface.measure.tone import TooFewPixels, measure_tone
from evenface.plan import Plan, read_plan
from evenface.publish.card import CARD, write_card
from evenface.render import pictures
from evenface.vocabulary import SCALES

__all__ = ["package"]


def package(run_dir: str | Path, out: str | Path, *, on_progress: Callable[[int], None] = lambda _pictures: None) -> Dataset:
    """Measure the pictures of a run and pack them; the dataset is in place whole when this returns.

    Args:
        on_progress: Told how many more pictures are packed.
    """
    run_dir = Path(run_dir)
    if not (run_dir / "plan.json").is_file():
        raise UsageFault(f"{run_dir} is not a run folder: it holds no plan.json", f"make one: evenface render PLAN --out {run_dir}")
    plan = read_plan(run_dir / "plan.json")
    with DatasetWriter(out, plan) as writer:
        for picture in _measured(plan, run_dir):
            writer.add(picture)
            on_progress(1)
        writer.finish(lambda folder: {CARD: write_card(Dataset.open(folder))})
    return Dataset.open(out)


def _measured(plan: Plan, run_dir: Path) -> Iterator[Picture]:
    scale = SCALES[plan.spec.scale]
    for rendered in pictures(plan, run_dir):
        image, mask = decode_image(rendered.frame.image_png), decode_image(rendered.frame.mask_png, "L")
        for pixels in (image, mask):
            if isinstance(pixels, Undecodable):
                what = f"the picture {rendered.shot.shot_id} of {rendered.identity.identity_id} cannot be read: {pixels.why}"
                raise EvenfaceError(what, f"remove it from {run_dir} and render again")
        found = measure_tone(image, mask, scale)
        yield Picture(rendered.identity, rendered.shot, rendered.frame, None if isinstance(found, TooFewPixels) else found)
