"""A foreign set is examined like a dataset: a clean one has no findings, each way to spoil one has its message."""

from __future__ import annotations

import csv
import gc
import json
import re
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from spoil import png

from evenface.dataset import Dataset, decode_image
from evenface.dataset.foreign import Columns
from evenface.errors import UsageFault
from evenface.examine.validate import Options, open_set, validate
from evenface.spec import override

COLUMNS = Columns(image="photo", identity="subject", tone="MST", gender="sex", measured_tone="seen")
CELL = ("6", "woman")
LIBRARY = re.compile(r"(?<=file is broken: ).*")


@pytest.fixture(scope="module")
def source(made, tiny_spec):
    return made(override(tiny_spec, identities_per_cell=4, images_per_identity=1))


@pytest.fixture
def folder(source, tmp_path):
    """Forty-eight drawn pictures of twenty-four people, and a CSV that names them."""
    (tmp_path / "set" / "pictures").mkdir(parents=True)
    rows = []
    for row in Dataset.open(source).rows("default", ["image", "image_id", "identity_id", "tone", "gender", "measured_tone"]):
        name = f"pictures/{row['image_id']}.png"
        (tmp_path / "set" / name).write_bytes(row["image"]["bytes"])
        tone, seen = (str(int(row[column].removeprefix("monk_"))) for column in ("tone", "measured_tone"))
        rows.append({"photo": name, "subject": row["identity_id"], "MST": tone, "sex": row["gender"], "seen": seen})
    write(tmp_path / "set", rows)
    shares = [(tone, gender, 1) for tone in ("1", "6", "10") for gender in ("woman", "man")]
    with (tmp_path / "target.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("tone", "gender", "share"), *shares])
    return tmp_path / "set"


def write(folder, rows):
    with (folder / "faces.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def read(folder):
    with (folder / "faces.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def examined(folder, **changes):
    options = Options(**{"columns": COLUMNS, "scale": "mst", "target": str(folder.parent / "target.csv")} | changes)
    return validate(folder / "faces.csv", options)


def of_cell(row):
    return (row["MST"], row["sex"]) == CELL


def edit(folder, change):
    rows = read(folder)
    write(folder, change(rows) or rows)


def repaint(folder, change, which):
    for row in filter(which, read(folder)):
        pixels = decode_image((folder / row["photo"]).read_bytes())
        png(np.asarray(change(pixels), dtype=np.uint8), folder / row["photo"])


# -------------------------------------------------------------------------------------------------------------- how to spoil one


def row_missing(folder):
    edit(folder, lambda rows: rows[1:])


def file_missing(folder):
    (folder / read(folder)[0]["photo"]).unlink()


def gender_flipped(folder):
    edit(folder, lambda rows: rows[0].update(sex="man"))


def tone_flipped(folder):
    edit(folder, lambda rows: rows[0].update(MST="10"))


def person_swapped(folder):
    def change(rows):
        rows[0]["subject"], rows[9]["subject"] = rows[9]["subject"], rows[0]["subject"]

    edit(folder, change)


def picture_truncated(folder):
    path = folder / read(folder)[0]["photo"]
    path.write_bytes(path.read_bytes()[:400])


def picture_a_bomb(folder):
    path = folder / read(folder)[0]["photo"]
    data = bytearray(path.read_bytes())
    data[16:24] = (9_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    path.write_bytes(data)


def picture_a_text(folder):
    (folder / read(folder)[0]["photo"]).write_text("not a picture")


def picture_empty(folder):
    (folder / read(folder)[0]["photo"]).write_bytes(b"")


def label_nan(folder):
    edit(folder, lambda rows: rows[0].update(MST="NaN"))


def label_empty(folder):
    edit(folder, lambda rows: rows[0].update(sex=""))


def person_empty(folder):
    edit(folder, lambda rows: rows[0].update(subject=""))


def tone_nought(folder):
    edit(folder, lambda rows: rows[0].update(MST="0"))


def tone_of_another_scale(folder):
    edit(folder, lambda rows: rows[0].update(MST="IV"))


def tone_in_other_digits(folder):
    edit(folder, lambda rows: rows[0].update(MST="\u0661"))


def letter_of_another_script(folder):
    edit(folder, lambda rows: rows[0].update(sex="w\u043eman"))


def sign_of_no_width(folder):
    edit(folder, lambda rows: rows[0].update(MST="1\u200b"))


def sign_that_turns_the_text(folder):
    edit(folder, lambda rows: [row.update(subject="\u202e" + row["subject"]) for row in rows[:1]] and None)


def spelled_in_two_ways(folder):
    edit(folder, lambda rows: [row.update(sex="Woman") for row in rows if row["subject"] == rows[0]["subject"]] and None)


def path_to_elsewhere(folder):
    (folder.parent / "secret.png").write_bytes((folder / read(folder)[0]["photo"]).read_bytes())
    edit(folder, lambda rows: rows[0].update(photo="pictures/../../secret.png"))


def path_from_the_root(folder):
    edit(folder, lambda rows: rows[0].update(photo="/etc/passwd"))


def page_in_a_file_name(folder):
    path = folder / read(folder)[0]["photo"]
    path.rename(path.with_name("<img src=x onerror=alert(1)>.png"))
    edit(folder, lambda rows: rows[0].update(photo="pictures/<img src=x onerror=alert(1)>.png"))


def page_in_an_id(folder):
    edit(folder, lambda rows: [row.update(subject="<script>") for row in rows if row["subject"] == rows[0]["subject"]] and None)


def column_shuffled(folder):
    def change(rows):
        order = np.random.default_rng(0).permutation(len(rows))
        tones = [row["MST"] for row in rows]
        for row, at in zip(rows, order, strict=True):
            row["MST"] = tones[at]

    edit(folder, change)


def measured_tones_shuffled(folder):
    def change(rows):
        order = np.random.default_rng(1).permutation(len(rows))
        tones = [row["seen"] for row in rows]
        for row, at in zip(rows, order, strict=True):
            row["seen"] = tones[at]

    edit(folder, change)


def row_twice(folder):
    edit(folder, lambda rows: [*rows, rows[0]])


def person_leaked(folder):
    rows = read(folder)
    shutil.copy(folder / rows[0]["photo"], folder / rows[9]["photo"])


def person_leaked_and_stored_anew(folder):
    rows = read(folder)
    Image.open(folder / rows[0]["photo"]).resize((128, 128)).save(folder / rows[9]["photo"], "JPEG", quality=92)


def picture_nearly_twice(folder):
    rows = read(folder)
    other = next(row for row in rows[1:] if row["subject"] == rows[0]["subject"])
    Image.open(folder / rows[0]["photo"]).point(lambda value: min(255, value + 2)).save(folder / other["photo"])


def cell_darker_than_its_label(folder):
    edit(folder, lambda rows: [row.update(seen="7") for row in rows if of_cell(row)] and None)


def cell_with_worse_light(folder):
    repaint(folder, lambda pixels: pixels * 0.25, of_cell)


def cell_out_of_focus(folder):
    repaint(folder, lambda pixels: Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(2.5)), of_cell)


def cell_missing(folder):
    edit(folder, lambda rows: [row for row in rows if not of_cell(row)])


def cell_not_wanted(folder):
    edit(folder, lambda rows: [row.update(MST="5", seen="5") for row in rows if of_cell(row)] and None)


def column_that_differs_in_a_cell(folder):
    draw = np.random.default_rng(0).normal
    edit(folder, lambda rows: [row | {"lens_mm": f"{draw(35 if of_cell(row) else 85, 5):.2f}"} for row in rows])


def attribute_that_follows_the_tone(folder):
    edit(folder, lambda rows: [row | {"beanie": "yes" if row["MST"] == "10" else "no"} for row in rows])


CASES = {
    row_missing: "picture-unlisted",
    file_missing: "picture-missing",
    gender_flipped: "gender-flips",
    tone_flipped: "tone-flips",
    person_swapped: "tone-flips",
    picture_truncated: "picture-undecodable",
    picture_a_bomb: "picture-undecodable",
    picture_a_text: "picture-undecodable",
    picture_empty: "picture-undecodable",
    label_nan: "label-missing",
    label_empty: "label-missing",
    person_empty: "label-missing",
    tone_nought: "label-unknown",
    tone_of_another_scale: "label-unknown",
    tone_in_other_digits: "label-unknown",
    letter_of_another_script: "label-unreadable",
    sign_of_no_width: "label-unreadable",
    sign_that_turns_the_text: "label-unreadable",
    spelled_in_two_ways: "label-spelling",
    path_to_elsewhere: "picture-outside",
    path_from_the_root: "picture-outside",
    page_in_a_file_name: "name-unsafe",
    page_in_an_id: "name-unsafe",
    column_shuffled: "tone-flips",
    measured_tones_shuffled: "tone-unrelated",
    row_twice: "image-id-duplicate",
    person_leaked: "person-leaked",
    person_leaked_and_stored_anew: "person-leaked",
    picture_nearly_twice: "near-duplicate",
    cell_darker_than_its_label: "cell-darker",
    cell_with_worse_light: "cell-light",
    cell_out_of_focus: "cell-sharpness",
    cell_missing: "cell-missing",
    cell_not_wanted: "cell-undeclared",
    column_that_differs_in_a_cell: "cell-nuisance",
    attribute_that_follows_the_tone: "attribute-associated",
}


# ----------------------------------------------------------------------------------------------------------------- what is found


def test_an_honest_set_has_no_findings(folder):
    report = examined(folder)
    assert report.findings == ()
    assert (report.kind, report.source["pictures"], report.source["people"], report.source["cells"]) == ("csv", 48, 24, 6)
    assert report.table("Balance").rows[0] == ("monk_01/woman", 4, 8, pytest.approx(1 / 6))


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_what_was_spoilt_is_found(spoil, folder, golden):
    spoil(folder)
    report = examined(folder)
    assert CASES[spoil] in [finding.code for finding in report.findings]
    told = "".join(f"{LIBRARY.sub('...', str(finding))}\n" for finding in report.findings).replace(str(folder), "")
    golden(f"bad/others/{spoil.__name__}/expected.txt", told)


def test_nothing_outside_the_folder_is_opened(folder, monkeypatch):
    path_to_elsewhere(folder)
    opened = []
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or read_bytes(path))
    examined(folder)
    assert len(opened) == 47
    assert "secret.png" not in opened


def test_shares_far_from_the_target_are_reported(tmp_path, golden):
    rows = []
    for at in range(300):
        pixels = np.random.default_rng(at).integers(0, 255, (8, 8, 3), dtype=np.uint8)
        png(pixels, tmp_path / f"{at}.png")
        rows.append({"file_name": f"{at}.png", "gender": "woman" if at % 4 else "man"})
    write(tmp_path, rows)
    report = validate(tmp_path / "faces.csv")
    assert [finding.code for finding in report.findings] == ["cell-unbalanced", "cell-unbalanced"]
    golden("bad/others/shares/expected.txt", "".join(f"{finding}\n" for finding in report.findings))


# -------------------------------------------------------------------------------------------------------------------- many forms


def as_metadata_csv(folder):
    write(folder, [{"file_name": row.pop("photo"), **row} for row in read(folder)])
    (folder / "faces.csv").rename(folder / "metadata.csv")
    return folder


def as_metadata_jsonl(folder):
    rows = [{"file_name": row.pop("photo"), **row} for row in read(folder)]
    (folder / "faces.csv").unlink()
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def as_splits(folder):
    rows = [{"file_name": row.pop("photo"), **row} for row in read(folder)]
    (folder / "faces.csv").unlink()
    for name, own in (("train", rows[:20]), ("test", rows[20:])):
        (folder / name / "pictures").mkdir(parents=True)
        for row in own:
            (folder / row["file_name"]).rename(folder / name / row["file_name"])
        (folder / name / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in own))
    return folder


def as_parquet_beside_pictures(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"file_name": row.pop("photo"), **row} for row in read(folder)]
    (folder / "faces.csv").unlink()
    pq.write_table(pa.Table.from_pylist(rows), folder / "metadata.parquet")
    return folder


def as_parquet(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"image": {"bytes": (folder / row["photo"]).read_bytes(), "path": None}, **row} for row in read(folder)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "faces.parquet")
    (folder / "faces.csv").unlink()
    return folder / "faces.parquet"


@pytest.mark.parametrize("form", [as_metadata_csv, as_metadata_jsonl, as_splits, as_parquet_beside_pictures, as_parquet])
def test_every_form_gives_the_same_report(form, folder):
    wanted = examined(folder)
    columns = Columns(identity="subject", tone="MST", gender="sex", measured_tone="seen")
    options = Options(columns=columns, scale="mst", target=str(folder.parent / "target.csv"))
    found = validate(form(folder), options)
    assert found.findings == ()
    same = ("Balance", "Evenness", "Measured share", "Designed", "Measured minus", "Constancy")
    assert [found.table(title) for title in same] == [wanted.table(title) for title in same]


# ``datasets`` leaves the table open from which it has read the features.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_library_of_the_hub_streams_the_same(folder):
    from evenface.dataset.foreign import open_hub

    wanted = examined(folder)
    columns = Columns(identity="subject", tone="MST", gender="sex", measured_tone="seen")
    options = Options(columns=columns, scale="mst", target=str(folder.parent / "target.csv"))
    opened = open_hub(str(as_metadata_csv(folder)), columns, whole=True)
    assert opened.kind == "hub"
    found = validate(opened, options)
    assert found.findings == ()
    assert found.table("Balance") == wanted.table("Balance")
    del opened
    gc.collect()  # or the warning is met in a later test


def test_a_dataset_can_be_read_as_a_foreign_set(source):
    report = validate(source, Options(columns=Columns(tone="measured_tone")))
    assert (report.kind, report.plan_hash, report.findings) == ("evenface", None, ())
    assert report.table("Balance").rows[0] == ("monk_01/man", 4, 8, pytest.approx(1 / 6))


def test_without_people_each_picture_is_one(folder):
    edit(folder, lambda rows: [{name: value for name, value in row.items() if name != "subject"} for row in rows])
    report = examined(folder, columns=Columns(image="photo", tone="MST", gender="sex", measured_tone="seen"))
    assert report.findings == ()
    assert report.source["people"] == 0
    assert report.table("Measured share").rows[0][2] == pytest.approx(1 / 6)


def test_without_a_scale_tones_are_what_was_met(folder):
    report = examined(folder, scale=None, target="uniform")
    assert [row[0] for row in report.table("Balance").rows[::2]] == ["1/man", "6/man", "10/man"]
    assert report.findings == ()


def test_a_whole_scale_is_wanted_where_one_is_named(folder):
    report = examined(folder, target="uniform")
    assert [finding.code for finding in report.findings].count("cell-missing") == 14
    assert next(str(finding) for finding in report.findings if finding.code == "cell-missing") == (
        "cell-missing [monk_02/man] it has no people; its target is 5.0 %"
    )


def test_looking_changes_nothing(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    examined(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# ---------------------------------------------------------------------------------------------------------------------- wrong use


def folders_alone(folder):
    (folder / "faces.csv").unlink()
    return folder, {}


def nothing_that_makes_cells(folder):
    return folder / "faces.csv", {"columns": Columns(image="photo", identity="subject")}


def another_column(folder):
    return folder / "faces.csv", {"columns": Columns(image="photo", tone="skin")}


def target_that_is_none(folder):
    return folder / "faces.csv", {"columns": COLUMNS, "target": "even"}


def target_of_words(folder):
    (folder.parent / "target.csv").write_text("tone,gender,share\n1,woman,half\n")
    return folder / "faces.csv", {"columns": COLUMNS, "target": str(folder.parent / "target.csv")}


def target_of_another_scale(folder):
    (folder.parent / "target.csv").write_text("tone,gender,share\n11,woman,1\n")
    return folder / "faces.csv", {"columns": COLUMNS, "scale": "mst", "target": str(folder.parent / "target.csv")}


def target_below_nought(folder):
    (folder.parent / "target.json").write_text('{"1/woman": -1}')
    return folder / "faces.csv", {"columns": COLUMNS, "target": str(folder.parent / "target.json")}


def margin_of_everything(folder):
    return folder / "faces.csv", {"columns": COLUMNS, "margin": 2.0}


FAULTS = [
    *(folders_alone, nothing_that_makes_cells, another_column, target_that_is_none, target_of_words, target_of_another_scale),
    *(target_below_nought, margin_of_everything),
]


@pytest.mark.parametrize("make", FAULTS, ids=lambda make: make.__name__)
def test_wrong_use_is_reported_before_a_picture_is_read(make, folder, golden):
    place, changes = make(folder)
    looked = []
    with pytest.raises(UsageFault) as fault:
        validate(place, Options(**changes), on_progress=looked.append)
    assert looked == []
    text = f"Error: {fault.value.what}\nTry: {fault.value.hint}\n".replace(str(folder.parent), "")
    golden(f"bad/others/{make.__name__}/expected.txt", text)


def test_an_owner_and_a_name_are_a_dataset_of_the_hub_only_where_there_is_no_such_path(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    with pytest.raises(UsageFault, match="no column for the image"):
        open_set("set/faces.csv")
    assert open_set("set/faces.csv", Options(columns=COLUMNS)).kind == "csv"


def test_the_report_says_what_a_measured_tone_is(folder, tiny_dataset):
    ours, theirs = validate(tiny_dataset).method["measured_tone"], examined(folder).method["measured_tone"]
    for told in (ours, theirs):
        assert "measured_tone names the nearest skin colour by CIEDE2000, measured_swatch the nearest swatch" in told
        assert "exposure and white balance move both" in told
    assert "read from the column seen, not measured here" in theirs
    without = Columns(image="photo", identity="subject", tone="MST", gender="sex")
    assert "measured_tone" not in examined(folder, columns=without).method
