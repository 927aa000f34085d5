"""How near does skin that is placed by five points come to the true mask? The figures of evenface/faces/placing.py.

python benchmarks/placing.py FOLDER, of a set of renders:
evenface generate --preset demo --identities-per-cell 3 --images-per-identity 2 --size 160 --seed 77 --out FOLDER
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.stats import bootstrap

from evenface.dataset import Dataset
from evenface.faces.detection import DetectorAndRecogniser
from evenface.faces.placing import skin_of_points
from evenface.faces.tone import PATCH, Skin, read_skin
from evenface.files.pictures import decode_image


def main(folder: str) -> None:
    dataset = Dataset.open(folder)
    masks = dataset.masks()
    rows = list(dataset.rows("default", ("image_id", "identity_id", "tone", "image")))
    pictures = [decode_image(row["image"]["bytes"]) for row in rows]
    truth = [decode_image(masks.get(row["image_id"]), mode="L") for row in rows]
    with DetectorAndRecogniser() as models:
        found = models.look(pictures)
    known = [at for at, seen in enumerate(found) if seen.faces]
    rows, pictures, truth = ([several[at] for at in known] for several in (rows, pictures, truth))
    placed = [skin_of_points(found[at].faces[0].points, picture) for at, picture in zip(known, pictures, strict=True)]
    read, right = read_skin(pictures, placed), read_skin(pictures, truth)
    both = [at for at in range(len(rows)) if isinstance(read[at], Skin) and isinstance(right[at], Skin)]
    errors = np.array([(*apart(read[at].lab, right[at].lab), (truth[at][placed[at] == PATCH] > 0).mean()) for at in both])
    people, tones = (np.array([rows[at][name] for at in both]) for name in ("identity_id", "tone"))
    print(f"{len(found)} pictures of {len(set(people))} people; {len(found) - len(both)} without a face or enough skin\n")
    print(
        "| tone | pictures | L*, mean and 95 % interval over people | L*, median and 95 % of sizes | ITA, the same | truly skin |"
    )
    print("|---|---|---|---|---|---|")
    for name in ("all", *sorted(set(tones))):
        chosen = (tones == name) | (name == "all")
        print(f"| {name} | {chosen.sum()} | {' | '.join(figures(errors[chosen], people[chosen]))} |")


def apart(lab: tuple[float, float, float], right: tuple[float, float, float]) -> tuple[float, float]:
    """Return the differences in L* and in degrees of ITA."""
    one, other = (np.degrees(np.arctan2(colour[0] - 50, colour[2])) for colour in (lab, right))
    return lab[0] - right[0], float(one - other)


def figures(errors: np.ndarray, people: np.ndarray) -> tuple[str, ...]:
    means = np.array([errors[people == who, 0].mean() for who in sorted(set(people))])
    interval = bootstrap((means,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    sizes = [np.percentile(np.abs(errors[:, part]), (50, 95)) for part in (0, 1)]
    return (
        f"{errors[:, 0].mean():+.2f} ({interval.low:+.2f} to {interval.high:+.2f})",
        *(f"{median:.2f}, {high:.2f}" for median, high in sizes),
        f"{100 * errors[:, 2].mean():.1f} %",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
