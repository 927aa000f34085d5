"""Fit what all rendered people share to photographs: shared constants are moved until a face's T no longer marks a render.

The T of brows, eyes and nose of renders is pasted into photographs of other people and compared with what happens when the T of
another photograph is pasted: what makes photographs of different people more alike is what all renders have in common. Beside
it counts the squared norm of the mean embedding. CMA-ES (Hansen 2016, arXiv:1604.00772) moves the knobs below. It prints the
value of every knob; a maintainer writes them into the code as constants, after a look at the pictures.

The photographs stay where they are: only numbers are written. Small sets of photographs are overfitted easily, so what is found
should be checked with other photographs and another recogniser.

python benchmarks/fit_look.py PHOTOGRAPHS --out fit.jsonl [--screen] [--people 34] [--minutes 60] [--seed 11] [--start fit.jsonl]

PHOTOGRAPHS: a folder of pictures, one person each. Needs `pip install cma` and `make judges`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.linalg import hadamard
from scipy.ndimage import gaussian_filter

from evenface.faces.reader import Face, FaceModels, open_face_models
from evenface.files.pictures import encode_png
from evenface.records import Identity, Shot, Slot

Floats = NDArray[np.float64]
Values = dict[str, float]

WIDTH_M, SIZE_PX = 0.20, 80
"""The renders show the face alone: nothing else is asked here, and it takes a third of the time."""
CANVAS_PX = 224
PLACES = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]]) * 1.3 + 40
"""Where eyes, nose tip and corners of the mouth of every aligned face lie: as in the crops of recognisers, 1.3 times as large."""
BANDS = ((18, 28, 94, 46), (22, 42, 90, 62), (40, 50, 72, 82))
"""Brows, eyes and nose in the 112 px crop of recognisers."""
LEAST_PHOTOGRAPHS = 10
"""Fewer say nothing about what photographs have in common."""
PHOTOGRAPHS_SHARE = 0.12
"""Squared norm of the mean embedding of photographs of many people; less is not asked for."""
RIDGE = 0.015
"""What it costs to move every knob over its whole range."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One shared constant: where it stands, how far it may go, and what sets it."""

    name: str
    start: float
    low: float
    high: float


KNOBS = (
    *(Knob(f"spread.{area}", 0.85, 0.4, 1.4) for area in ("nose", "mouth", "eyes", "frame")),
    *(Knob(f"spread.{area}_form", 0.7, 0.1, 1.3) for area in ("nose", "eye", "mouth")),
    *(Knob(f"spread.{area}_form", 0.5, 0.1, 1.0) for area in ("cheek", "jaw", "forehead")),
    *(Knob(f"field.{number}", *limits) for number, limits in enumerate(((2.2, 1.2, 3.0), (1.35, 0.7, 2.2), (0.8, 0.4, 1.4)))),
    *(Knob(f"field.{number}", *limits) for number, limits in enumerate(((1.2, 0.6, 2.2), (0.75, 0.3, 1.5), (0.2, 0.0, 0.8)), 3)),
    *(Knob(f"mean.{trait}", 0.0, -1.0, 1.0) for trait in ("eye_size", "eye_depth", "brow_bone", "nose_width", "nose_projection")),
    *(Knob(f"mean.{trait}", 0.0, -1.0, 1.0) for trait in ("nose_dorsum", "nose_tip_height", "nose_length", "nose_bridge_width")),
    *(
        Knob(f"mean.{trait}", 0.0, -1.0, 1.0)
        for trait in ("lid_crease", "lid_fullness", "midface", "nostril_flare", "eye_height")
    ),
    *(Knob(f"brows.{field}", 0.0, -0.6, 0.6) for field in ("height", "arch", "shade", "thickness", "density")),
    Knob("complexion.pores", 0.0, -0.5, 0.5),
    Knob("complexion.under_eye", 0.0, -0.5, 0.5),
    Knob("complexion.flush", 0.0, -0.5, 0.5),
    Knob("complexion.oiliness", 0.0, -0.5, 0.5),
    Knob("light.pitch", 0.0, -12.0, 20.0),
    Knob("light.box", 0.55, 0.25, 1.2),
    Knob("camera.local_contrast", 0.3, 0.0, 0.5),
    Knob("camera.softness", 0.0, 0.0, 0.008),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="one JSON line for every evaluation")
    parser.add_argument("--screen", action="store_true", help="print what every knob does by itself, and stop")
    parser.add_argument("--people", type=int, default=34)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--start", type=Path, help="begin at the best line of an earlier run")
    parser.add_argument("--only", default="", help="the knobs to move, by beginnings of their names, with commas between them")
    options = parser.parse_args()
    start = {knob.name: knob.start for knob in KNOBS}
    if options.start:
        start |= min(map(json.loads, options.start.read_text().splitlines()), key=lambda line: line["loss"])["values"]
    moved = [knob for knob in KNOBS if knob.name.startswith(tuple(options.only.split(",")))]
    spawn = multiprocessing.get_context("spawn")
    with open_face_models(want=("yunet", "sface")) as judges, spawn.Pool(options.processes) as pool:
        photographs = Photographs.read(options.photographs, judges, options.people)
        evaluate = Evaluation(pool, judges, photographs, options, start)
        if options.screen:
            screen(evaluate, moved, start)
        else:
            search(evaluate, moved, start, options)


def screen(evaluate: Evaluation, moved: Sequence[Knob], start: Values) -> None:
    """Print what each knob does by itself: all are moved at once, a quarter of their ranges, in the rows of a Hadamard matrix.

    So every effect is read from all evaluations (Plackett & Burman 1946, Biometrika 33, 305).
    """
    rows = 1 << len(moved).bit_length()
    design = hadamard(rows)[:, 1 : len(moved) + 1]
    trials = []
    for row in design:
        values = [start[knob.name] + way * 0.25 * (knob.high - knob.low) for knob, way in zip(moved, row, strict=True)]
        trials.append(start | {k.name: min(max(value, k.low), k.high) for k, value in zip(moved, values, strict=True)})
    effects = design.T @ np.array(evaluate(trials)) / rows
    for knob, effect in sorted(zip(moved, effects, strict=True), key=lambda pair: -abs(pair[1])):
        print(f"{knob.name:28s} {effect:+.4f} for {0.25 * (knob.high - knob.low):+.2f}")


def search(evaluate: Evaluation, moved: Sequence[Knob], start: Values, options: argparse.Namespace) -> None:
    """Let CMA-ES move the knobs until the time is over."""
    import cma

    low, high = (np.array([getattr(knob, end) for knob in moved]) for end in ("low", "high"))
    place = (np.array([start[knob.name] for knob in moved]) - low) / (high - low)
    settings = {"bounds": [0, 1], "popsize": 10, "seed": options.seed, "CMA_diagonal": True, "verbose": -9}
    strategy = cma.CMAEvolutionStrategy(np.clip(place, 0.02, 0.98), 0.15, settings)
    names = [knob.name for knob in moved]
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end:
        asked = strategy.ask()
        trials = [start | dict(zip(names, map(float, low + np.array(x) * (high - low)), strict=True)) for x in asked]
        strategy.tell(asked, evaluate(trials))
        mean = low + strategy.result.xfavorite * (high - low)
        print("mean:", ", ".join(f"{knob.name} {value:.2f}" for knob, value in zip(moved, mean, strict=True)), flush=True)


class Evaluation:
    """Renders people for each set of values, and returns how far from photographs they are."""

    def __init__(
        self, pool: Any, judges: FaceModels, photographs: Photographs, options: argparse.Namespace, start: Values
    ) -> None:
        self._pool, self._judges, self._photographs, self._options, self._start = pool, judges, photographs, options, start

    def __call__(self, trials: Sequence[Values]) -> list[float]:
        """Return the loss of each trial, and write a line for it."""
        jobs = [(values, self._options.people, self._options.seed) for values in trials]
        losses = []
        with self._options.out.open("a") as out:
            for values, pictures in zip(trials, self._pool.imap(render_people, jobs), strict=True):
                figures = self._photographs.compare(self._judges, pictures)
                away = [(values[k.name] - self._start[k.name]) / (k.high - k.low) for k in KNOBS]
                loss = figures["swap"] + 0.5 * max(figures["share"] - PHOTOGRAPHS_SHARE, 0) + figures["lost"]
                losses.append(loss + RIDGE * float(np.sum(np.square(away))))
                print(f"{losses[-1]:.4f}", {name: round(value, 4) for name, value in figures.items()}, flush=True)
                out.write(json.dumps({"loss": losses[-1], **figures, "values": values}) + "\n")
                out.flush()
        return losses


@dataclass(frozen=True, slots=True)
class Photographs:
    """Photographs in their places, and how alike they are with the T of one another."""

    aligned: list[Floats]
    control: float

    @classmethod
    def read(cls, folder: Path, judges: FaceModels, count: int) -> Photographs:
        """Read the first ``count`` photographs in which a face is found."""
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        found = list(judges.read([(str(path), path.read_bytes()) for path in files]))
        aligned = [align(Path(face.picture_id).read_bytes(), face) for face in found if face.detections][:count]
        if len(aligned) < LEAST_PHOTOGRAPHS:
            raise SystemExit(
                f"Error: {len(aligned)} photographs with a face were found in {folder}\n"
                f"Try: name a folder with {LEAST_PHOTOGRAPHS} or more JPEG or PNG files, one person each"
            )
        half = len(aligned) // 2
        swapped = [paste(photo, aligned[(k + half) % len(aligned)]) for k, photo in enumerate(aligned)]
        return cls(aligned, alike(embed(judges, swapped)))

    def compare(self, judges: FaceModels, pictures: Sequence[bytes]) -> Values:
        """Return the swap's difference, the squared norm of the mean embedding, and the share of faces that were not found."""
        faces = list(judges.read([(str(k), picture) for k, picture in enumerate(pictures)]))
        seen = [(picture, face) for picture, face in zip(pictures, faces, strict=True) if face.detections]
        vectors = np.array([face.sface for _, face in seen], np.float64)
        aligned = [align(picture, face) for picture, face in seen]
        lots = [aligned[way::2][: len(self.aligned)] for way in (0, 1)]  # Reference and probe in turn.
        swaps = [alike(embed(judges, [paste(p, r) for p, r in zip(self.aligned, lot, strict=False)])) for lot in lots]
        mean = vectors.mean(axis=0)
        return {
            "swap": float(np.mean(swaps)) - self.control,
            "reference": swaps[0] - self.control,
            "share": float(mean @ mean),
            "lost": 1 - len(seen) / len(faces),
        }


def alike(vectors: Floats) -> float:
    """Return the mean cosine of different people."""
    return float((vectors @ vectors.T)[np.triu_indices(len(vectors), 1)].mean())


def embed(judges: FaceModels, pictures: Sequence[Floats]) -> Floats:
    """Return SFace's embeddings of pictures in which a face is found."""
    faces = judges.read(
        [(str(k), encode_png(np.clip(np.round(picture), 0, 255).astype(np.uint8))) for k, picture in enumerate(pictures)]
    )
    return np.array([face.sface for face in faces if face.sface], np.float64)


def align(picture: bytes, face: Face) -> Floats:
    """Turn, scale and move a picture so that its five points lie at ``PLACES``, as nearly as a similarity does."""
    points = np.array(face.detections[0].points)
    ones, nothing = np.ones(5), np.zeros(5)
    # The picture's points are sought for those of the canvas: x = a u - b v + c, y = b u + a v + d.
    u, v = PLACES.T
    system = np.concatenate([np.stack([u, -v, ones, nothing], 1), np.stack([v, u, nothing, ones], 1)])
    a, b, c, d = np.linalg.lstsq(system, points.T.ravel(), rcond=None)[0]
    image = Image.open(BytesIO(picture)).convert("RGB")
    side = (CANVAS_PX, CANVAS_PX)
    return np.asarray(image.transform(side, Image.Transform.AFFINE, (a, -b, c, b, a, d), Image.Resampling.BICUBIC), np.float64)


def _soft_t() -> Floats:
    whole = np.zeros((CANVAS_PX, CANVAS_PX))
    for left, top, right, low in BANDS:
        box = np.round(np.array([left, top, right, low]) * 1.3 + 40).astype(int)
        part = np.zeros_like(whole)
        part[box[1] : box[3], box[0] : box[2]] = 1
        whole = np.maximum(whole, gaussian_filter(part, 4.0))
    return np.asarray(whole[..., None])


SOFT_T = _soft_t()


def paste(photograph: Floats, other: Floats) -> Floats:
    """Paste the T of one aligned face into another, in the colour of the one that it comes to lie in."""
    weight = SOFT_T / SOFT_T.sum()
    shift = (photograph * weight).sum((0, 1)) - (other * weight).sum((0, 1))
    return np.asarray(photograph * (1 - SOFT_T) + (other + shift) * SOFT_T)


_BACKEND: list[Any] = []


def render_people(job: tuple[Values, int, int]) -> list[bytes]:
    """Render people with these values: the reference and the first probe of each, in turn."""
    from evenface.vocabulary import SCALES

    values, count, seed = job
    if not _BACKEND:
        from evenface.backends.cycles.engine import Cycles

        class FacesAlone(Cycles):
            def _dress(self, shot: Shot) -> None:
                """Clothes are not in the picture."""

        _BACKEND.append(FacesAlone())
    set_constants(values)
    return [
        _BACKEND[0].render(adjust(who, values), SCALES["monk"].tone(tone), frame_face(shot, values)).image_png
        for who, tone, shots in people(count, seed)
        for shot in shots
    ]


def people(count: int, seed: int) -> Iterator[tuple[Identity, str, tuple[Shot, ...]]]:
    """Draw women and men in turn, over all tones."""
    from evenface.people.identity import person
    from evenface.people.plan import make_plan
    from evenface.shots import shots_for
    from evenface.spec import Spec, override

    spec = override(Spec(), seed=seed, identities_per_cell=-(-count // 2), images_per_identity=1, size_px=SIZE_PX, samples=8)
    cells: dict[tuple[str, str], list[Slot]] = {}
    for slot in make_plan(spec).slots():
        cells.setdefault((slot.cell.gender, slot.cell.tone), []).append(slot)
    tones = sorted({tone for _, tone in cells})
    for number in range(count):
        # Poses differ within a cell; the k-th people of all cells stand alike.
        slot = cells["woman" if number % 2 else "man", tones[number // 2 % len(tones)]][number // 2]
        yield person(spec.seed, spec.design, slot), slot.cell.tone, shots_for(spec, slot)


def set_constants(values: Values) -> None:
    """Set what the drawing of heads reads."""
    from evenface.backends.cycles import light
    from evenface.backends.cycles.head import fields
    from evenface.people import anthropometry
    from evenface.people.anthropometry import tendencies, traits

    if not hasattr(tendencies, "BEFORE"):
        tendencies.BEFORE = dict(tendencies.MEANS)  # type: ignore[attr-defined]
    for name, value in values.items():
        kind, what = name.split(".", 1)
        if kind == "spread":
            traits.VARIETY[what] = value
        elif kind == "mean":
            tendencies.MEANS[what] = tendencies.BEFORE.get(what, 0.0) + value  # type: ignore[attr-defined]
    light.SOFTBOX_SHARES = (values["light.box"], *light.SOFTBOX_SHARES[1:])
    light._build_map.cache_clear()
    deviations = [values[f"field.{number}"] for number in range(len(fields.SCALES))]
    fields.SCALES = tuple((*scale[:2], value) for scale, value in zip(fields.SCALES, deviations, strict=True))  # type: ignore[assignment]
    for cached in (anthropometry._shifts, anthropometry._spreads):
        cached.cache_clear()


def adjust(who: Identity, values: Values) -> Identity:
    """Return the person with brows and complexion moved, and no hair over the face."""
    parts: dict[str, Any] = {"hair": replace(who.hair, style="bald", fringe="none")}
    parts["covering"] = replace(who.covering, kind="none")
    for part, low in (("brows", -1.0), ("complexion", 0.0)):
        held, moves = getattr(who, part), {}
        for name in (name for name in values if name.startswith(f"{part}.")):
            field = name.split(".")[1]
            old, by = getattr(held, field), values[name]
            moves[field] = old * float(np.exp(by)) if field in ("thickness", "density") else min(max(old + by, low), 1.0)
        parts[part] = replace(held, **moves)
    return replace(who, **parts)


def frame_face(shot: Shot, values: Values) -> Shot:
    """Return the shot with the face alone in it, and the light and the camera of the values."""
    from evenface.shots import SOFTBOXES
    from evenface.shots.scene import distance_m

    near = replace(
        shot,
        camera_distance_m=distance_m(shot.focal_length_mm, WIDTH_M),
        offset_x=0.0,
        offset_y=0.0,
        glasses_worn=False,
        softness=shot.softness * shot.camera_distance_m / distance_m(shot.focal_length_mm, WIDTH_M) + values["camera.softness"],
    )
    if shot.light != SOFTBOXES:
        return near
    return replace(
        near,
        light_pitch_degrees=shot.light_pitch_degrees + values["light.pitch"],
        local_contrast=values["camera.local_contrast"],
    )


if __name__ == "__main__":
    main()
