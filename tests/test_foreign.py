"""Foreign sets of labelled faces are read alike, in a stream, and missing labels and pictures are problems."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from evenface.dataset import Dataset
from evenface.dataset.foreign import Columns, Labels, open_hub, open_labelled
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.pictures import MAXIMUM_BYTES

PEOPLE = [("ada", "monk_02", "woman"), ("ada", "monk_02", "woman"), ("bo", "monk_09", "man")]


def png(shade):
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(file, "PNG")
    return file.getvalue()


PICTURES = [png(shade) for shade in range(3)]
LABELS = [Labels(name, name, tone, gender) for name, tone, gender in PEOPLE]


def table(rows, path):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def files(tmp_path):
    """Three pictures in a folder."""
    (tmp_path / "set" / "pictures").mkdir(parents=True)
    for at, data in enumerate(PICTURES):
        (tmp_path / "set" / "pictures" / f"{at}.png").write_bytes(data)
    return tmp_path / "set"


def rows(first="file_name", identity="identity_id", tone="tone", gender="gender"):
    names = [f"pictures/{at}.png" for at in range(3)]
    return [(first, identity, tone, gender), *((name, *who) for name, who in zip(names, PEOPLE, strict=True))]


def struct_table(path, **columns):
    image = [{"bytes": data, "path": f"{at}.png"} for at, data in enumerate(PICTURES)]
    names, tones, genders = map(list, zip(*PEOPLE, strict=True))
    pq.write_table(pa.table({"image": image, "identity_id": names, "tone": tones, "gender": genders} | columns), path)


def read(path, **columns):
    opened = open_labelled(path, Columns(**columns))
    return opened, list(opened.pictures)


# The four kinds


def test_a_csv_beside_its_pictures(files):
    opened, found = read(table(rows(), files / "faces.csv"))
    assert (opened.kind, opened.count) == ("csv", 3)
    assert [(each.labels, each.data, each.problem) for each in found] == [
        (labels, data, None) for labels, data in zip(LABELS, PICTURES, strict=True)
    ]
    assert found[0].labels.cell == "monk_02/woman"


def test_columns_are_named_by_whoever_made_them(files):
    path = table(rows("photo", "who", "MST", "Sex"), files / "faces.csv")
    _, found = read(path, image="photo", identity="who", tone="MST", gender="Sex")
    assert [each.labels for each in found] == LABELS
    _, found = read(path, image="photo", identity="who", tone="MST")
    assert [each.labels.cell for each in found] == ["monk_02", "monk_02", "monk_09"]
    _, found = read(path, image="photo", identity="who")
    assert [each.labels.cell for each in found] == [None] * 3


def test_a_csv_of_a_spreadsheet_with_a_mark_at_its_head(files):
    path = table(rows(), files / "faces.csv")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [each.labels for each in read(path)[1]] == LABELS


def test_a_folder_for_each_person(tmp_path):
    for name, shade, ending in (("ada", 0, "png"), ("ada", 1, "PNG"), ("bo", 2, "png")):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / f"{shade}.{ending}").write_bytes(PICTURES[shade])
    (tmp_path / "ada" / "notes.txt").write_text("not a picture")
    opened, found = read(tmp_path)
    assert (opened.kind, opened.count) == ("folders", 3)
    assert [(each.labels, each.data) for each in found] == [
        (Labels(name, name, None, None), data) for (name, *_), data in zip(PEOPLE, PICTURES, strict=True)
    ]


def test_a_folder_for_each_person_with_a_table(tmp_path):
    for name, shade in (("ada", 0), ("ada", 1), ("bo", 2)):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / f"{shade}.png").write_bytes(PICTURES[shade])
    listed = [("file_name", "gender"), ("ada/0.png", "woman"), ("ada/1.png", "woman"), ("bo/2.png", "man")]
    table(listed, tmp_path / "metadata.csv")
    _, found = read(tmp_path)
    assert [(each.labels.identity, each.labels.cell) for each in found] == [("ada", "woman"), ("ada", "woman"), ("bo", "man")]


def test_parquet_with_pictures_inside(tmp_path):
    struct_table(tmp_path / "b.parquet")
    shutil.copy(tmp_path / "b.parquet", tmp_path / "a.parquet")
    opened, found = read(tmp_path)
    assert (opened.kind, opened.count) == ("parquet", 6)
    assert [(each.labels, each.data) for each in found] == list(zip(LABELS, PICTURES, strict=True)) * 2
    assert [each.name for each in found][:1] == ["a.parquet row 0 (0.png)"]
    assert [each.labels for each in read(tmp_path / "a.parquet")[1]] == LABELS


def test_parquet_with_bytes_or_names_of_files(files):
    struct_table(files / "bytes.parquet", image=PICTURES)
    struct_table(files / "names.parquet", image=[f"pictures/{at}.png" for at in range(3)])
    struct_table(files / "paths.parquet", image=[{"bytes": None, "path": f"pictures/{at}.png"} for at in range(3)])
    for name in ("bytes", "names", "paths"):
        assert [(each.labels, each.data) for each in read(files / f"{name}.parquet")[1]] == list(
            zip(LABELS, PICTURES, strict=True)
        )


def test_class_labels_are_read_as_their_names(tmp_path):
    names = ["man", "woman"]
    features = {"info": {"features": {"gender": {"names": names, "_type": "ClassLabel"}}}}
    struct_table(tmp_path / "a.parquet", gender=[1, 1, 0])
    made = pq.read_table(tmp_path / "a.parquet").replace_schema_metadata({"huggingface": json.dumps(features)})
    pq.write_table(made, tmp_path / "a.parquet")
    assert [each.labels for each in read(tmp_path)[1]] == LABELS


def test_a_dataset_of_evenface(tiny_dataset):
    opened, found = read(tiny_dataset)
    ours = list(Dataset.open(tiny_dataset).rows("default"))
    assert (opened.kind, opened.count) == ("evenface", len(ours))
    for each, row in zip(found, ours, strict=True):
        assert each.data == row["image"]["bytes"]
        assert each.labels == Labels(row["identity_id"], row["family_id"], row["tone"], row["gender"], row["measured_tone"])
        assert each.labels.cell == row["cell"]


def test_the_measured_tone_may_stand_for_the_designed_one(tiny_dataset):
    _, found = read(tiny_dataset, tone="measured_tone")
    ours = Dataset.open(tiny_dataset).rows("default", ["measured_tone"])
    assert [each.labels.tone for each in found] == [row["measured_tone"] for row in ours]


def test_pictures_are_read_one_at_a_time(files):
    opened = open_labelled(table(rows(), files / "faces.csv"))
    assert next(opened.pictures).problem is None
    (files / "pictures" / "1.png").unlink()
    assert next(opened.pictures).problem == f"the file {files}/pictures/1.png does not exist"


# What they lack


def test_what_a_row_lacks_is_a_problem_of_that_row(files):
    listed = [("file_name", "identity_id"), ("pictures/0.png", ""), ("pictures/9.png", "ada"), ("", "bo"), ("pictures", "bo")]
    (files / "pictures" / "large.png").touch()
    with (files / "pictures" / "large.png").open("r+b") as file:
        file.truncate(MAXIMUM_BYTES + 1)
    _, found = read(table([*listed, ("pictures/large.png", "bo"), ("/dev/zero", "bo")], files / "faces.csv"))
    assert [each.problem for each in found] == [
        "the row has no identity",
        f"the file {files}/pictures/9.png does not exist",
        "the row names no file",
        f"the file {files}/pictures does not exist",
        "the file has 64,000,001 bytes, more than 64,000,000",
        "the file name leads out of the folder",
    ]


def test_nobody_and_nothing_in_parquet(tmp_path):
    struct_table(tmp_path / "a.parquet", identity_id=["ada", None, "bo"], image=[None, PICTURES[1], PICTURES[2]])
    _, found = read(tmp_path)
    assert [each.problem for each in found] == ["the row holds no picture", "the row has no identity", None]


@pytest.fixture
def hostile(tmp_path):
    """A parquet file whose cells name files of whoever reads it, as ``datasets`` would write it."""
    from datasets import Dataset, Features, Image, Value

    folder = tmp_path / "hostile"
    folder.mkdir()
    (tmp_path / "mine.png").write_bytes(PICTURES[0])
    (folder / "own.bin").write_bytes(PICTURES[1])
    kinds = Features({"image": Image(), "preview": Image(), "identity_id": Value("string"), "tone": Value("string")})
    schema = Dataset.from_dict({name: [] for name in kinds}, features=kinds).data.schema
    paths = ["/etc/hostname", str(tmp_path / "mine.png"), "../mine.png", "own/../../mine.png", f"{folder}/own.bin"]
    cells = [{"bytes": None, "path": path} for path in paths]
    columns = {"image": cells, "preview": cells, "identity_id": ["ada"] * len(paths), "tone": ["monk_02"] * len(paths)}
    pq.write_table(pa.table(columns).replace_schema_metadata(schema.metadata), folder / "rows.parquet")
    return folder


# ``datasets`` leaves the table open from which it has read the features.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("by_the_library", [False, True])
def test_a_path_in_a_cell_opens_nothing_outside_of_the_set(hostile, by_the_library):
    opened = open_hub(str(hostile), Columns(), whole=True) if by_the_library else open_labelled(hostile, whole=True)
    found = list(opened.pictures)
    assert [each.problem for each in found] == [*["the file name leads out of the folder"] * 4, None]
    assert [each.data for each in found] == [b"", b"", b"", b"", PICTURES[1]]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stream_that_breaks_off_is_an_error(hostile, monkeypatch):
    from datasets import IterableDataset

    def broken(self):
        yield {"image": {"bytes": PICTURES[0], "path": None}, "identity_id": "ada", "tone": "monk_02"}
        raise OSError("the line is dead\nand more")

    opened = open_hub(str(hostile), Columns())
    monkeypatch.setattr(IterableDataset, "__iter__", broken)
    with pytest.raises(EvenfaceError) as caught:
        list(opened.pictures)
    assert caught.value.what == f"reading {hostile} stopped in the split train: the line is dead"


def faults(files, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("")
    struct_table(tmp_path / "numbers.parquet", image=[1, 2, 3])
    (tmp_path / "broken.parquet").write_text("PAR1")
    (tmp_path / "latin.csv").write_bytes("file_name,identity_id\nä,b\n".encode("latin-1"))
    named = table(rows("photo"), files / "photo.csv")
    plain = table(rows(), files / "faces.csv")
    person = table(rows(identity="label"), files / "label.csv")
    folders = tmp_path / "folders"
    (folders / "ada").mkdir(parents=True)
    (folders / "ada" / "0.png").write_bytes(PICTURES[0])
    return {
        "nothing there": (tmp_path / "none", {}, "does not exist"),
        "an empty folder": (tmp_path / "empty", {}, "found nothing"),
        "a text": (tmp_path / "text.txt", {}, "is neither a .csv nor a .parquet file"),
        "no pictures": (named, {}, "has no column for the image; it has photo, identity_id, tone, gender"),
        "nobody": (person, {}, "has no column for the identity; it has file_name, label, tone, gender"),
        "another column": (plain, {"tone": "MST"}, "has no column MST; it has file_name, identity_id, tone, gender"),
        "numbers": (tmp_path / "numbers.parquet", {}, "holds int64, not pictures"),
        "a broken file": (tmp_path / "broken.parquet", {}, "cannot be read"),
        "another encoding": (tmp_path / "latin.csv", {}, "is not a CSV in UTF-8"),
        "a column of folders": (folders, {"gender": "sex"}, "has no table, so there is no column sex"),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("nothing there", "an empty folder", "a text", "no pictures", "nobody", "another column", "numbers", "a broken file"),
        *("another encoding", "a column of folders"),
    ],
)
def test_what_cannot_be_read_is_an_error_before_a_picture_is_read(name, files, tmp_path):
    path, columns, what = faults(files, tmp_path)[name]
    with pytest.raises(EvenfaceError) as caught:
        open_labelled(path, Columns(**columns))
    assert what in caught.value.what
    assert caught.value.hint
    assert isinstance(caught.value, UsageFault) or name in ("a broken file", "another encoding")
