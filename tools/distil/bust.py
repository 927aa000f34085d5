"""The library's data -> the head model: the bust alone, its shapes under our own names, regions, landmarks, subdivision.

In: an opened ``Source``. Out: named arrays of four-byte numbers, as ``shipped.unpack`` takes them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from distil.anatomy import landmark_pairs, region_weights
from distil.axes import FIT_MOVES, FULLNESS_MOVES, corner_targets, form_targets
from distil.features import BASE_FEATURES, MINUS_SHARES, deep_nostrils, features, form_areas, lids
from distil.moves import ASYMMETRY_MOVES, BASE_MOVES, FORM_AMOUNTS, FORMS, TRAIT_MOVES, Move
from distil.probes import lay_probes
from distil.refine import catmull_clark, edges_of, split_uv
from distil.sculpt import closed_lips, sculpted
from distil.source import Source
from evenface.backends.cycles.head.axes import FIT_AXES, UNITS
from evenface.backends.cycles.head.fields import soft_ears
from evenface.backends.cycles.head.model import PARTS, REGIONS, Floats, Indices
from evenface.backends.cycles.head.rise import rise
from evenface.people.anthropometry import ASYMMETRIES, TRAITS

__all__ = ["AGES", "FULLNESSES", "SEXES", "distil"]

SEXES = ("male", "female")
AGES = ("young", "old")
FULLNESSES = ("minweight", "averageweight", "maxweight")

REST_GAP_M = 0.00045
"""Height of the inner upper over the inner lower lip landmarks of touching lips."""
CUT_M = 0.45
"""The bust ends this far below the eyes; a head-and-shoulders picture shows no edge."""

GROUPS = {
    "skin": ("body",),
    "eye_left": ("helper-l-eye",),
    "eye_right": ("helper-r-eye",),
    "teeth_upper": ("helper-upper-teeth",),
    "teeth_lower": ("helper-lower-teeth",),
    "tongue": ("helper-tongue",),
    "lashes_left": ("helper-l-eyelashes-1", "helper-l-eyelashes-2"),
    "lashes_right": ("helper-r-eyelashes-1", "helper-r-eyelashes-2"),
    "hair_cap": ("helper-hair",),
    "garment": ("helper-tights",),
}


def distil(source: Source) -> dict[str, NDArray[np.generic]]:
    """Return every array of the head model but the smooth fields, with ``lash_anchors`` in their place."""
    bust = _Bust(source)
    corners = np.stack([[[bust.corner(sex, age, weight) for weight in FULLNESSES] for age in AGES] for sex in SEXES])
    plain = corners[:, 0, 1].mean(axis=0)
    plain = plain - bust.eye_middle(plain)
    corners += bust.base(plain)
    mean = corners[:, 0, 1].mean(axis=0)
    mean = mean - bust.eye_middle(mean)
    landmarks = bust.renumber[landmark_pairs(source.mirror)]
    plus, minus = bust.traits(plain)
    regions = bust.regions(mean, mean[landmarks].mean(axis=1))
    skin_faces = bust.faces[: bust.face_starts[1]]
    made = sculpted(mean, soft_ears(regions[REGIONS.index("ears")], bust.faces))
    fit = [_halved(bust.pair([FIT_MOVES[name]])) if name in FIT_MOVES else made[name] for name in FIT_AXES]
    arrays: dict[str, NDArray[np.generic]] = {
        "faces": bust.faces,
        "uv": bust.uv,
        "vertex_starts": bust.vertex_starts,
        "face_starts": bust.face_starts,
        "landmarks_68": landmarks,
        "regions": regions,
        "corners": corners,
        "fullness": np.stack(bust.pair(FULLNESS_MOVES)),
        "traits": np.stack([*plus, *minus]),
        "asymmetries": np.stack([bust.uneven(ASYMMETRY_MOVES[name]) for name in ASYMMETRIES]),
        "fit": np.stack(fit),
        "units": np.stack([bust.unit(name) for name in UNITS]),
        "face_height": np.linalg.norm(np.diff(mean[landmarks[[27, 8]]].mean(axis=1), axis=0), axis=1),
        "lash_anchors": np.concatenate([anchors for _, anchors in bust.lash_anchors]),
        "lids": bust.lids(plain),
        "eye_openings": bust.openings(mean[landmarks].mean(axis=1)),
        **bust.lips(mean, mean[landmarks].mean(axis=1)),
        "lids_left": bust.near_eye(mean, "eye_left"),
        "lids_right": bust.near_eye(mean, "eye_right"),
        **lay_probes(
            mean=mean,
            edges=edges_of(skin_faces)[0],
            eyes=(bust.numbers("eye_left"), bust.numbers("eye_right")),
            ears=regions[REGIONS.index("ears")] > 0.5,
            renumber=bust.renumber,
            mirror=source.mirror,
        ),
        **catmull_clark(bust.faces, bust.count),
        "uv_fine": split_uv(bust.uv),
    }
    return {name: _four_bytes(array) for name, array in arrays.items()}


class _Bust:
    """The kept part of the body: numbering, faces, and shapes restricted to it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.keep, self.vertex_starts = self._kept_vertices()
        self.count = len(self.keep)
        self.renumber = np.full(len(source.vertices), -1, np.int32)
        self.renumber[self.keep] = np.arange(self.count)
        self.faces, self.uv, self.face_starts = self._kept_faces()
        self.lash_anchors = self._lash_anchors()

    def _kept_vertices(self) -> tuple[Indices, Indices]:
        vertices, faces = self.source.vertices, self.source.faces
        eye_height = vertices[self.source.group("helper-l-eye"), 2].mean()
        high = vertices[:, 2] > eye_height - CUT_M
        # Whole quads only: a vertex stays if one of its quads lies above the cut.
        used = np.zeros(len(vertices), bool)
        used[faces[high[faces].all(axis=1)]] = True
        groups = [self.source.group(*GROUPS[part]) for part in PARTS]
        kept = [group[used[group]] for group in groups]
        starts = np.cumsum([0, *map(len, kept)]).astype(np.int32)
        return np.concatenate(kept), starts

    def _kept_faces(self) -> tuple[Indices, Floats, Indices]:
        faces = self.renumber[self.source.faces]
        whole = (faces >= 0).all(axis=1)
        part = np.searchsorted(self.vertex_starts, faces[:, 0], side="right") - 1
        order = np.flatnonzero(whole)[np.argsort(part[whole], kind="stable")]
        starts = np.searchsorted(part[order], np.arange(len(PARTS) + 1)).astype(np.int32)
        return faces[order], self.source.corner_uv[order], starts

    def part(self, name: str) -> slice:
        at = PARTS.index(name)
        return slice(int(self.vertex_starts[at]), int(self.vertex_starts[at + 1]))

    def numbers(self, name: str) -> Indices:
        return np.arange(self.count, dtype=np.int32)[self.part(name)]

    def eye_middle(self, vertices: Floats) -> Floats:
        ends = [vertices[self.part(name)].mean(axis=0) for name in ("eye_left", "eye_right")]
        return np.asarray((ends[0] + ends[1]) / 2, np.float32)

    def corner(self, sex: str, age: str, weight: str) -> Floats:
        """Return the whole bust at one corner of sex x age x weight."""
        moved = sum((weight * self.source.target(name) for name, weight in corner_targets(sex, age, weight)), start=0.0)
        return np.asarray((self.source.vertices + moved)[self.keep], np.float32)

    def pair(self, moves: Iterable[Move]) -> tuple[Floats, Floats]:
        """Return the shapes of a score of +1 and of -1."""
        both = [self._side(move, side) for move in moves for side in _sides(move)]
        return _total(plus for plus, _ in both), _total(minus for _, minus in both)

    def base(self, plain: Floats) -> Floats:
        """Return what is added to every head."""
        total = deep_nostrils(plain)
        total[self.vertex_starts[1] :] = 0
        made = self._features(plain)
        for name, weight in BASE_FEATURES.items():
            total += np.float32(weight) * made[name]
        for move, weight in BASE_MOVES:
            plus, minus = self.pair([move])
            total += weight * plus if weight > 0 else -weight * minus
        return total

    def traits(self, plain: Floats) -> tuple[list[Floats], list[Floats]]:
        """Return the shapes of +1 and of -1 of every trait: the library's moves, the formulas and the forms."""
        made = {**self._features(plain), **self._forms(plain)}
        pairs = {name: self.pair(TRAIT_MOVES[name]) for name in TRAITS}
        still = np.zeros((self.count, 3), np.float32)
        plus = [pairs[name][0] + made.get(name, still) for name in TRAITS]
        minus = [pairs[name][1] - np.float32(MINUS_SHARES.get(name, 1.0)) * made.get(name, still) for name in TRAITS]
        return plus, minus

    def _features(self, plain: Floats) -> dict[str, Floats]:
        made = features(plain)
        for moved in made.values():
            self._solid_parts_follow(moved)
        return made

    def _forms(self, plain: Floats) -> dict[str, Floats]:
        """Return the anonymous directions of the whole face, cut softly into areas that are drawn one by one."""
        made = {}
        for form in FORMS:
            moved = sum((weight * self.source.target(name) for name, weight in form_targets(form)), start=0.0)
            whole = np.asarray(moved, np.float32)[self.keep]
            whole = whole - self.eye_middle(whole)
            whole -= plain * np.float32((whole * plain)[self.head(plain)].sum() / (plain**2)[self.head(plain)].sum())
            for area, share in form_areas(plain).items():
                amount, kept = FORM_AMOUNTS[area]
                shift = np.average(whole, axis=0, weights=share)
                made[f"{area}_form_{form}"] = np.asarray(amount * share[:, None] * (whole - (1 - kept) * shift), np.float32)
                self._solid_parts_follow(made[f"{area}_form_{form}"])
        return made

    def head(self, plain: Floats) -> NDArray[np.bool_]:
        """Return which vertices are skin above the neck."""
        skin = np.arange(self.count) < self.vertex_starts[1]
        return np.asarray(skin & (plain[:, 2] > -0.1))

    def _solid_parts_follow(self, moved: Floats) -> None:
        """Move eyeballs and teeth as wholes, the eyes as far as the skin before them; nothing else but skin."""
        for name in ("eye_left", "eye_right", "teeth_upper", "teeth_lower"):
            part = self.part(name)
            moved[part] = moved[part].mean(axis=0)
        for lashes, anchors in self.lash_anchors:
            moved[lashes] = moved[anchors].mean(axis=1)

    def lids(self, plain: Floats) -> Floats:
        """Return the shapes that raise the upper and lower the lower lids; the lashes go along."""
        moved = lids(plain)
        for shape in moved:
            shape[self.vertex_starts[1] :] = 0
            for lashes, anchors in self.lash_anchors:
                shape[lashes] = shape[anchors].mean(axis=1)
        return moved

    def openings(self, marks: Floats) -> Floats:
        """Return how far the lids of the mean head stand apart, metres."""
        return np.asarray((marks[[37, 38]] - marks[[41, 40]])[:, 2].mean(keepdims=True), np.float32)

    def uneven(self, moves: Iterable[Move]) -> Floats:
        """Return the shape of +1 on the person's left and -1 on the right."""
        total = np.zeros((self.count, 3), np.float32)
        for move in moves:
            if move.stem.startswith("asym/"):
                total += self._side(move, "")[0]
            elif "*" in move.stem:
                total += self._side(move, "l")[0] + self._side(move, "r")[1]
            elif move.plus == "-out":  # an unpaired target that moves sideways is uneven by itself
                total += self._side(move, "")[0]
            else:
                plus, minus = self._side(move, "")
                left = self._leftness()
                total += np.where(left > 0, plus, minus) * np.abs(left)
        return total

    def _leftness(self) -> Floats:
        across = self.source.vertices[self.keep, :1].astype(np.float64)
        return np.asarray(np.tanh(across / 0.015), np.float32)

    def _side(self, move: Move, side: str) -> tuple[Floats, Floats]:
        stem = move.stem.replace("*", side)
        plus, minus = (self._target(stem + end) for end in (move.plus, move.minus))
        weaker = move.amount if move.minus_amount is None else move.minus_amount
        return np.float32(move.amount) * plus, np.float32(weaker) * minus

    def _target(self, name: str) -> Floats:
        if name in ("head/head", "chin/chin"):  # no target at the other end
            return np.zeros((self.count, 3), np.float32)
        return self.source.target(name)[self.keep]

    def unit(self, name: str) -> Floats:
        """Return an ARKit shape; lashes go with the lid that they stand on."""
        moved = self.source.face_unit(name)[self.keep]
        for lashes, anchors in self.lash_anchors:
            moved[lashes] = moved[anchors].mean(axis=1)
        return moved

    def _lash_anchors(self) -> list[tuple[slice, Indices]]:
        vertices = self.source.vertices[self.keep]
        skin = vertices[self.part("skin")]
        found = []
        for name in ("lashes_left", "lashes_right"):
            lashes = self.part(name)
            distance = np.linalg.norm(vertices[lashes, None] - skin[None], axis=2)
            found.append((lashes, np.argsort(distance, axis=1)[:, :3].astype(np.int32)))
        return found

    def lips(self, mean: Floats, marks: Floats) -> dict[str, NDArray[np.generic]]:
        """Return the displacement that closes the lips, pairs of facing vertices from right to left, and how these stand at rest.

        The seam between the lips is read off the inner mouth landmarks.
        """
        right = marks[[62, 61, 60]] + marks[[66, 67, 60]]
        seam = np.interp(np.abs(mean[:, 0]), np.abs(right[:, 0]) / 2, right[:, 2] / 2)
        moved = closed_lips(mean, seam)
        moved[self.vertex_starts[1] :] = 0
        over = np.where(np.arange(self.count) < self.vertex_starts[1], mean[:, 2] - seam, np.inf) * 1000.0
        stations = np.array([-20.3, -18.6, -15.0, -10.5, -5.3, 0.0, 5.3, 10.5, 15.0, 18.6, 20.3])
        pairs = np.array([[_foremost(mean, over, place, low) for low in (0.25, -1.05)] for place in stations])
        # The lips of the mean head part in their middle and touch at their corners.
        parted = (marks[[61, 62, 63], 2] - marks[[67, 66, 65], 2]).mean() - REST_GAP_M
        rests = mean[pairs[:, 0], 2] - mean[pairs[:, 1], 2] - parted * (1 - rise(np.abs(stations), 10, 27))
        return {
            "lips_closed": moved,
            "lip_pairs": pairs,
            "lip_rests": np.minimum(rests, 0.0006),
            "lip_stations": stations / 1000.0,
            "lip_places": mean[:, 0],
        }

    def near_eye(self, mean: Floats, eye: str) -> Indices:
        """Return the skin's vertices in front of an eyeball: lids, their margins and the lining behind them."""
        ball = mean[self.part(eye)]
        centre = ball.mean(axis=0)
        away = mean[: self.vertex_starts[1]] - centre
        near = (np.linalg.norm(away, axis=1) < 1.35 * np.ptp(ball[:, 0]) / 2) & (away[:, 1] < 0.0)
        return np.flatnonzero(near).astype(np.int32)

    def regions(self, mean: Floats, marks: Floats) -> Floats:
        uv = np.zeros((self.count, 2), np.float32)
        uv[self.faces] = self.uv
        skin = self.part("skin")
        masks = {name: _sampled(self.source.mask(name), uv[skin]) for name in ("lips", "eyelids", "ears", "inside-mouth")}
        values = region_weights(mean[skin], marks, masks)
        out = np.zeros((len(values), self.count), np.float32)
        out[:, skin] = values
        return out


def _foremost(mean: Floats, over: Floats, place_mm: float, low_mm: float) -> int:
    """Return the front vertex at a place across the mouth and 0 to 0.8 mm over a height above the seam."""
    near = (np.abs(mean[:, 0] * 1000.0 - place_mm) < 0.8) & (over > low_mm) & (over < low_mm + 0.8)
    return int(np.argmin(np.where(near, mean[:, 1], np.inf)))


def _sides(move: Move) -> tuple[str, ...]:
    return ("l", "r") if "*" in move.stem else ("",)


def _total(shapes: Iterable[Floats]) -> Floats:
    return np.asarray(sum(shapes, start=np.float32(0)), np.float32)


def _halved(pair: tuple[Floats, Floats]) -> Floats:
    """A straight axis through both ends."""
    return np.asarray((pair[0] - pair[1]) / 2, np.float32)


def _sampled(mask: Floats, uv: Floats) -> Floats:
    """Bilinear samples."""
    size = np.array(mask.shape[::-1], np.float32)
    at = np.clip(uv * size - 0.5, 0, size - 1.001)
    low = at.astype(np.int32)
    fx, fy = (at - low).T
    x, y = low.T
    rows = mask[y, x] * (1 - fx) + mask[y, x + 1] * fx, mask[y + 1, x] * (1 - fx) + mask[y + 1, x + 1] * fx
    return np.asarray(rows[0] * (1 - fy) + rows[1] * fy, np.float32)


def _four_bytes(array: NDArray[np.generic]) -> NDArray[np.generic]:
    # One item size keeps every array of the mapped record aligned.
    kind = np.float32 if np.issubdtype(array.dtype, np.floating) else np.int32
    return np.ascontiguousarray(array, dtype=kind)
