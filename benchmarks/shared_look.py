"""How much of what SFace takes for likeness do all pictures of a set share?

A recogniser adds one direction to the embedding of every picture of a kind: of renders, of sketches, of one camera. Its share is
the squared norm of the mean of the unit embeddings; on varied photographs of many people it is about 0.1. Taking the mean away
leaves what differs from person to person. The thresholds of the vendors know nothing of this: the centred figures describe a
set and are not scores of a system.

python benchmarks/shared_look.py DATASET
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import Dataset
from evenface.faces.reader import SFACE_THRESHOLD, open_face_models

Floats = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    dataset = Dataset.open(parser.parse_args().dataset)
    rows = {row["image_id"]: row for row in dataset.rows("default", ("image_id", "image", "identity_id", "cell"))}
    with open_face_models(want=("yunet", "sface")) as models:
        faces = [face for face in models.read([(name, row["image"]["bytes"]) for name, row in rows.items()]) if face.sface]
    vectors = np.array([face.sface for face in faces], dtype=np.float64)
    people, cells = (np.array([rows[face.picture_id][key] for face in faces]) for key in ("identity_id", "cell"))
    mean = vectors.mean(axis=0)
    print(f"{len(faces)} faces of {len(rows)} pictures; squared norm of the mean embedding {mean @ mean:.3f}\n")
    print("| embeddings | non-mated above the threshold | within one cell | mated above it |\n|---|---|---|---|")
    for name, moved in (("as they are", vectors), ("less their mean", vectors - mean)):
        print(f"| {name} | {' | '.join(f'{100 * share:.1f} %' for share in shares(moved, people, cells))} |")


def shares(vectors: Floats, people: NDArray[np.str_], cells: NDArray[np.str_]) -> tuple[float, float, float]:
    """Return the share of pairs above SFace's public threshold: non-mated, non-mated within a cell, mated."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = unit @ unit.T > SFACE_THRESHOLD
    pair = np.triu(np.ones_like(alike), 1)
    same, cell = people[:, None] == people, cells[:, None] == cells
    apart, within, mated = (float(alike[pair & which].mean()) for which in (~same, ~same & cell, same))
    return apart, within, mated


if __name__ == "__main__":
    main()
