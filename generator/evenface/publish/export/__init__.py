"""Export: writes the pictures of a dataset as a folder that other tools open, in full or not at all.

Pictures are copied one by one, and their stored bytes stay as they are, except in ``lfw``, whose pictures are JPEG by definition.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import explain_os_errors, write_file
from evenface.publish.export.files import QUALITY, whole_folder
from evenface.publish.export.layouts import LAYOUTS
from evenface.publish.export.tables import Kind

__all__ = ["NOTE", "export", "note_text"]

NOTE = "README.md"

_UNTOUCHED = "The picture files are the stored PNG bytes, unchanged, with the XMP and Content Credentials in them."
_FORMATS = {
    "lfw": (
        """`lfw/<identity_id>/<identity_id>_0001.jpg`: the reference first, then the shots in order. If the dataset
holds verification pairs, `pairs.txt` has those within a cell, and so has `pairs_within_cell.txt`;
`pairs_across_cells.txt` has pairs of two cells. `pictures.csv` has the labels.""",
        f"""**The pixels are not those of the dataset.** The layout needs JPEG; the pictures were encoded again with quality
{QUALITY} and full colour resolution (4:4:4). Their XMP packet is kept. Content Credentials (C2PA) are not, since
they sign the bytes of the stored files. Do not measure skin on these files: columns called measured were
measured on the stored files.""",
        """scikit-learn finds this folder as `DATA_HOME/lfw_home`. It needs two more files to exist, which it does
not read here: `touch pairsDevTrain.txt pairsDevTest.txt`. Pass the size of the pictures, N x N pixels; it assumes 250 x 250:

```python
fetch_lfw_people(
    data_home=DATA_HOME, funneled=False, color=True, resize=None, slice_=(slice(0, N), slice(0, N)), download_if_missing=False
)
```""",
    ),
    "imagefolder": (
        "`test/<identity_id>/<image_id>.png`, and `test/metadata.*` with their labels by `file_name`.",
        _UNTOUCHED,
        """```python
datasets.load_dataset("imagefolder", data_dir="THIS FOLDER", split="test")
```""",
    ),
    "deepface": (
        "`db/<identity_id>/<image_id>.png`: a folder for each person. `pictures.csv`, beside `db`, has the labels.",
        _UNTOUCHED,
        """DeepFace reads PNG as well as JPEG, and writes its own cache into `db`.

```python
DeepFace.find(img_path="db/...", db_path="db")
```""",
    ),
    "csv": (
        "`pictures/<identity_id>/<image_id>.png`, and `pictures.csv` with a row for each picture. Lists are JSON.",
        _UNTOUCHED,
        """```python
table = pandas.read_csv("pictures.csv")
```

Join scores by `image_id`. Group by `cell`, `tone`, `gender` (designed) or by `measured_tone`, `measured_cell` (from the
pixels; the gender in `measured_cell` is the designed one).""",
    ),
}


def note_text(dataset: Dataset, form: str, pictures: int) -> str:
    """Return the text of the note of an export of ``pictures`` pictures."""
    layout, bytes_, opening = _FORMATS[form]
    manifest = dataset.manifest
    return f"""# {pictures:,} synthetic faces, exported as {form}

Exported from a dataset of evenface {manifest.generator_version}, plan {manifest.plan_hash}, backend {manifest.spec.backend}.
Labels are designed unless their name says measured. The card, the licence, masks and people are in the dataset itself; its card
and its licence hold for this copy.

## Files

{layout}

## Changes

{bytes_}

## Opening it

{opening}
"""


def export(
    dataset_dir: str | Path,
    out: str | Path,
    form: str,
    *,
    metadata: Kind = "parquet",
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Path:
    """Write the pictures of a dataset in one of ``layouts.LAYOUTS`` into the new folder ``out``, and return it.

    Args:
        metadata: How the table of an ``imagefolder`` is written.
        on_progress: Called with the number of pictures written since the last call.
    """
    if form not in LAYOUTS:
        raise UsageFault(f"the format {form!r} does not exist", f"choose one of: {', '.join(LAYOUTS)}")
    dataset, out = Dataset.open(dataset_dir), Path(out)
    with explain_os_errors(out), whole_folder(out) as folder:
        written = 0
        for _ in LAYOUTS[form](dataset, folder, metadata):
            written += 1
            on_progress(1)
        if not written:
            raise EvenfaceError(f"{dataset.root} holds no pictures", f"see what is wrong: evenface validate {dataset.root}")
        write_file(folder / NOTE, note_text(dataset, form, written).encode())
    return out
