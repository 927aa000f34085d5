"""Every layout is opened by its tool, keeps the stored bytes where it can, and is complete or absent."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from PIL import Image, PngImagePlugin

from evenface.cli import main
from evenface.dataset import Dataset, decode_image
from evenface.dataset.protocols.folds import picture_numbers
from evenface.errors import EvenfaceError, UsageFault
from evenface.publish.export import export
from evenface.publish.export.files import jpeg_of, xmp_of
from evenface.publish.export.layouts import LAYOUTS, lfw_numbers

PEOPLE, SHOTS, SIDE = 12, 3, 64
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    f' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><Iptc4xmpExt:DigitalSourceType>{SOURCE}'
    '</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@pytest.fixture(scope="module")
def stored(tiny_dataset):
    """The rows of the pictures, by image id."""
    return {row["image_id"]: row for row in Dataset.open(tiny_dataset).rows("default")}


@pytest.fixture(scope="module")
def exports(tiny_dataset, tmp_path_factory):
    """The folder of each format; to be read, never changed."""
    folder = tmp_path_factory.mktemp("exports")
    return {form: export(tiny_dataset, folder / form, form) for form in LAYOUTS}


def changed(dataset, column, change, folder="pictures/probe"):
    """Let ``change`` make another value of the first row's ``column``."""
    path = dataset / folder / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    values = table[column].to_pylist()
    values[0] = change(values[0])
    at = table.schema.get_field_index(column)
    pq.write_table(table.set_column(at, table.schema.field(at), [values]), path)
    return values[0]


# Each by its tool


def test_scikit_learn_opens_the_lfw_layout(exports, stored, tmp_path):
    from sklearn.datasets import fetch_lfw_people

    home = tmp_path / "lfw_home"
    shutil.copytree(exports["lfw"], home)
    for name in ("pairs.txt", "pairsDevTrain.txt", "pairsDevTest.txt"):  # its loader wants them there, and reads none of them
        (home / name).touch()
    whole = (slice(0, SIDE), slice(0, SIDE))
    found = fetch_lfw_people(
        data_home=tmp_path,
        funneled=False,
        color=True,
        resize=None,
        slice_=whole,
        min_faces_per_person=SHOTS,
        download_if_missing=False,
    )
    assert found.images.shape == (PEOPLE * SHOTS, SIDE, SIDE, 3)
    assert {name.replace(" ", "_") for name in found.target_names} == {row["identity_id"] for row in stored.values()}
    assert list(np.bincount(found.target)) == [SHOTS] * PEOPLE
    # It reads faces, not noise: each picture is one of the stored, but for what JPEG changes.
    pictures = np.stack([decode_image(row["image"]["bytes"]) for row in stored.values()]).astype(float) / 255
    scale = 1.0 if found.images.max() <= 1 else 255.0
    assert max(np.abs(pictures - image / scale).mean(axis=(1, 2, 3)).min() for image in found.images) < 0.02


def test_the_reference_is_number_one_and_shots_follow_in_order(exports, stored, tiny_dataset):
    numbers = lfw_numbers(Dataset.open(tiny_dataset))
    assert numbers.keys() == stored.keys()
    for row in stored.values():
        wanted = (
            1 if row["kind"] == "reference" else 2 + sorted(f"probe_{at:02d}" for at in range(SHOTS - 1)).index(row["shot_id"])
        )
        assert numbers[row["image_id"]] == wanted
        name = row["identity_id"]
        picture = decode_image((exports["lfw"] / "lfw" / name / f"{name}_{wanted:04d}.jpg").read_bytes()).astype(float)
        assert np.abs(picture - decode_image(row["image"]["bytes"])).mean() < 3


def test_scikit_learn_reads_the_pairs_that_the_dataset_holds(own_dataset, tmp_path):
    rows = list(Dataset.open(own_dataset).rows("default"))
    ada, bo = (name for name in list(dict.fromkeys(row["identity_id"] for row in rows))[:2])
    (own_dataset / "protocols").mkdir(exist_ok=True)
    (own_dataset / "protocols" / "pairs_within_cell.txt").write_text(
        f"1\t2\n{ada}\t1\t3\n{bo}\t2\t3\n{ada}\t1\t{bo}\t1\n{ada}\t2\t{bo}\t3\n"
    )
    folder = export(own_dataset, tmp_path / "lfw_home", "lfw")
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt"):
        (folder / name).touch()
    from sklearn.datasets import fetch_lfw_pairs

    whole = (slice(0, SIDE), slice(0, SIDE))
    options = {"funneled": False, "color": True, "resize": None, "slice_": whole, "download_if_missing": False}
    found = fetch_lfw_pairs(subset="10_folds", data_home=tmp_path, **options)
    assert found.pairs.shape == (4, 2, SIDE, SIDE, 3)
    assert list(found.target) == [1, 1, 0, 0]
    stored = {(row["identity_id"], row["shot_id"]): decode_image(row["image"]["bytes"]).astype(float) / 255 for row in rows}
    wanted = [[(ada, "reference"), (ada, "probe_01")], [(bo, "probe_00"), (bo, "probe_01")]]
    wanted += [[(ada, "reference"), (bo, "reference")], [(ada, "probe_00"), (bo, "probe_01")]]
    scale = 1.0 if found.pairs.max() <= 1 else 255.0
    for pair, names in zip(found.pairs, wanted, strict=True):
        for image, name in zip(pair, names, strict=True):
            assert np.abs(stored[name] - image / scale).mean() < 0.02


@pytest.mark.parametrize("line", ["{}\t1\t4", "nobody\t1\t2", "{}\t0\t1", "{}\t1", "{}\tone\t2", "{}\t1\t../x\t1", ""])
def test_pairs_that_name_what_is_not_there_are_an_error(own_dataset, tmp_path, line):
    name = next(Dataset.open(own_dataset).rows("default"))["identity_id"]
    (own_dataset / "protocols").mkdir(exist_ok=True)
    (own_dataset / "protocols" / "pairs_across_cells.txt").write_text(f"1\t1\n{line.format(name)}\n")
    with pytest.raises(EvenfaceError, match=r"^line 2 of .*pairs_across_cells.txt names a missing picture: "):
        export(own_dataset, tmp_path / "out", "lfw")
    assert not (tmp_path / "out").exists()


def test_pictures_are_numbered_by_their_shots_not_by_their_spelling():
    shots = ["probe_99", "probe_100", "reference", "probe_02"]
    assert picture_numbers(shots) == {"reference": 1, "probe_02": 2, "probe_99": 3, "probe_100": 4}


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_datasets_opens_the_imagefolder(tiny_dataset, stored, tmp_path, kind):
    folder = export(tiny_dataset, tmp_path / "out", "imagefolder", metadata=kind)
    code = """
import json, sys
from datasets import Image, load_dataset
faces = load_dataset("imagefolder", data_dir=sys.argv[1], split="test", cache_dir=sys.argv[2])
faces = faces.cast_column("image", Image(decode=False))
columns = ("image_id", "tone", "gender", "measured_tone", "light")
print(json.dumps([[*(row[name] for name in columns), row["image"]["path"]] for row in faces]))
"""
    command = [sys.executable, "-W", "ignore", "-c", code, str(folder), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == PEOPLE * SHOTS
    for image_id, tone, gender, measured, light, path in rows:
        row = stored[image_id]
        assert (tone, gender, measured, light) == (row["tone"], row["gender"], row["measured_tone"], row["light"])
        assert Path(path).read_bytes() == row["image"]["bytes"]


def listed_as_deepface_does(folder):
    """What DeepFace.find takes for its gallery: ``list_images`` of its ``commons/image_utils``, by its documented rule.

    Files below the folder with one of three endings whose first bytes are those of a JPEG or a PNG. The package itself asks for
    onnxruntime and another OpenCV, so the rule is spelt here.
    """
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if path.suffix.lower() in {".jpg", ".jpeg", ".png"} and path.read_bytes()[:8].startswith(
                (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
            ):
                yield path


def test_deepface_lists_every_picture_in_the_folder_of_its_person(exports, stored):
    found = list(listed_as_deepface_does(exports["deepface"] / "db"))
    assert {path.stem: (path.parent.name, path.read_bytes()) for path in found} == {
        name: (row["identity_id"], row["image"]["bytes"]) for name, row in stored.items()
    }
    assert len(found) == PEOPLE * SHOTS
    assert not list((exports["deepface"] / "db").glob("*.*")), "the folder of faces holds faces alone"


def test_pandas_groups_scores_by_the_columns_of_the_csv(exports, stored):
    table = pd.read_csv(exports["csv"] / "pictures.csv")
    assert list(table.columns[:11]) == [
        *("file_name", "image_id", "identity_id", "cell", "tone", "tone_step", "gender", "age_band"),
        *("measured_cell", "measured_tone", "measured_tone_step"),
    ]
    assert table.groupby(["tone", "gender"]).size().tolist() == [2 * SHOTS] * 6
    for row in table.itertuples():
        known = stored[row.image_id]
        assert (exports["csv"] / row.file_name).read_bytes() == known["image"]["bytes"]
        assert json.loads(row.landmarks_5) == known["landmarks_5"]
        assert row.tone_step == int(known["tone"][-2:])
        assert row.measured_cell == f"{known['measured_tone']}/{known['gender']}"
        assert row.exposure_ev == pytest.approx(known["exposure_ev"], rel=1e-12)


def test_the_csv_is_what_a_plain_reader_reads(exports, stored):
    with (exports["csv"] / "pictures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["caption"] for row in rows] == [row["caption"] for row in stored.values()]


def test_a_spreadsheet_runs_no_word_of_a_csv(own_dataset, tmp_path):
    changed(own_dataset, "caption", lambda _said: '=HYPERLINK("http://a.b")')
    written = export(own_dataset, tmp_path / "out", "csv")
    with (written / "pictures.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["caption"] for row in rows if "HYPERLINK" in row["caption"]] == ['\'=HYPERLINK("http://a.b")']
    assert min(float(row["yaw_degrees"]) for row in rows) < 0, "a number stays one"


@pytest.mark.parametrize("form", ["lfw", "deepface"])
def test_labels_lie_beside_the_pictures(exports, form):
    table = pd.read_csv(exports[form] / "pictures.csv")
    assert len(table) == PEOPLE * SHOTS
    assert all((exports[form] / name).is_file() for name in table.file_name)


@pytest.mark.parametrize("form", LAYOUTS)
def test_a_note_says_what_was_made_and_what_was_changed(exports, tiny_dataset, form):
    text = (exports[form] / "README.md").read_text()
    assert f"# {PEOPLE * SHOTS} synthetic faces, exported as {form}\n" in text
    assert Dataset.open(tiny_dataset).manifest.plan_hash in text
    assert ("The pixels are not those of the dataset" in text) == (form == "lfw")
    assert ("unchanged" in text) == (form != "lfw")


def test_the_same_dataset_gives_the_same_bytes(exports, tiny_dataset, tmp_path):
    def digests(folder):
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).digest()
            for path in folder.rglob("*.*")
            if path.is_file()
        }

    for form, first in exports.items():
        assert digests(export(tiny_dataset, tmp_path / form, form)) == digests(first)


# Marking


def marked(data, packet=PACKET):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet, zip=False)
    made = BytesIO()
    Image.open(BytesIO(data)).save(made, "PNG", pnginfo=info)
    return made.getvalue()


def test_the_marking_of_a_picture_comes_along_into_jpeg(own_dataset, tmp_path):
    entry = changed(own_dataset, "image", lambda image: image | {"bytes": marked(image["bytes"])})
    data, name = entry["bytes"], Path(entry["path"]).stem
    folder = export(own_dataset, tmp_path / "out", "lfw")
    table = pd.read_csv(folder / "pictures.csv").set_index("image_id")
    with Image.open(folder / table.file_name[name]) as picture:
        assert picture.info["xmp"].decode() == PACKET
    assert xmp_of(data).decode() == PACKET
    # And as bytes, wherever bytes are copied.
    folder = export(own_dataset, tmp_path / "plain", "deepface")
    assert data in [path.read_bytes() for path in folder.rglob("*.png")]


def test_a_marking_that_a_jpeg_has_no_room_for_is_an_error(stored):
    png = marked(next(iter(stored.values()))["image"]["bytes"], "x" * 65_502)
    assert Image.open(BytesIO(jpeg_of(png, "a"))).info["xmp"] == b"x" * 65_502
    png = marked(next(iter(stored.values()))["image"]["bytes"], "x" * 65_503)
    with pytest.raises(EvenfaceError) as caught:
        jpeg_of(png, "a")
    assert caught.value.what == "the XMP packet of a has 65,503 bytes, more than the 65,502 that a JPEG can hold"
    assert caught.value.hint == "choose a format that keeps the stored files, e.g. --format imagefolder"


# Whole or not at all


@pytest.mark.parametrize("form", LAYOUTS)
@pytest.mark.parametrize(
    ("column", "change", "what"),
    [
        (
            "identity_id",
            lambda _: "../../evil",
            "the identity id '../../evil' cannot be a file name: only letters, digits, _ and - are allowed",
        ),
        ("identity_id", lambda _: "", "the identity id '' cannot be a file name: only letters, digits, _ and - are allowed"),
        ("image_id", lambda _: "a/b", "the image id 'a/b' cannot be a file name: only letters, digits, _ and - are allowed"),
        ("image_id", lambda _: None, "the image id None cannot be a file name: only letters, digits, _ and - are allowed"),
        ("image", lambda image: image | {"bytes": None}, "the picture {} is not a PNG file"),
        ("image", lambda image: image | {"bytes": b"GIF89a"}, "the picture {} is not a PNG file"),
    ],
    ids=["a path in a person", "an empty person", "a path in a picture", "no id", "no bytes", "another format"],
)
def test_a_damaged_dataset_leaves_nothing_behind(own_dataset, tmp_path, form, column, change, what):
    (tmp_path / "here").mkdir()
    image_id = next(Dataset.open(own_dataset).shard_rows("pictures/probe/test-00000-of-00001.parquet"))["image_id"]
    changed(own_dataset, column, change)
    with pytest.raises(EvenfaceError) as caught:
        export(own_dataset, tmp_path / "here" / "out", form)
    assert caught.value.what == what.format(image_id)
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("form", LAYOUTS)
def test_an_id_that_occurs_twice_is_an_error(own_dataset, tmp_path, form):
    path = own_dataset / "pictures/probe/test-00000-of-00001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(0, 1).cast(table.schema), own_dataset / "pictures/probe/test-00001-of-00001.parquet")
    with pytest.raises(EvenfaceError, match=r"^two pictures would be .*: an id occurs twice$"):
        export(own_dataset, tmp_path / "out", form)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_refused(tiny_dataset, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(UsageFault) as caught:
        export(tiny_dataset, tmp_path / "out", "csv")
    assert (caught.value.what, caught.value.hint) == (
        f"{tmp_path / 'out'} is not empty: found mine.txt",
        "choose another folder with --out, or remove this one",
    )
    with pytest.raises(UsageFault, match=r"mine.txt exists and is not a folder$"):
        export(tiny_dataset, tmp_path / "out" / "mine.txt", "csv")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine.txt"]


def test_an_empty_folder_is_filled(tiny_dataset, tmp_path):
    (tmp_path / "out").mkdir()
    assert (export(tiny_dataset, tmp_path / "out", "csv") / "pictures.csv").is_file()


def test_a_dataset_without_pictures_and_an_unknown_format_are_refused(own_dataset, tmp_path):
    with pytest.raises(UsageFault, match=r"^the format 'zip' does not exist$"):
        export(own_dataset, tmp_path / "out", "zip")
    shutil.rmtree(own_dataset / "pictures")
    with pytest.raises(EvenfaceError, match="holds no pictures"):
        export(own_dataset, tmp_path / "out", "csv")
    assert not (tmp_path / "out").exists()


def test_an_interrupt_leaves_nothing_behind(tiny_dataset, tmp_path):
    def stop(_more):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(tiny_dataset, tmp_path / "out", "imagefolder", on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_where_it_wrote_and_what_was_wrong(tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["export", str(tiny_dataset), "--out", "lfw", "--format", "lfw", "--quiet"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "lfw: lfw; lfw/README.md lists what was changed and how to open it\n"
    done = CliRunner().invoke(main, ["export", str(tiny_dataset), "--out", "lfw", "--format", "lfw", "--quiet"])
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: lfw is not empty: found README.md, lfw, pairs.txt\nTry: choose another")
    done = CliRunner().invoke(main, ["export", "nowhere", "--out", "x", "--format", "csv", "--quiet"])
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: the folder nowhere does not exist\n")
