"""A dataset is complete or absent, the same for the same run, and opened by the readers that people use."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from hashlib import sha256
from io import BytesIO

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from evenface.dataset import (
    CONFIGS,
    FOLDERS,
    MANIFEST,
    Dataset,
    DatasetWriter,
    Picture,
    Undecodable,
    decode_image,
    features,
    image_id_of,
    pixel_digest,
    schema_of,
    steps_apart,
)
from evenface.dataset.marking import mark_png
from evenface.errors import EvenfaceError, UsageFault
from evenface.faces.tone import delta_e_2000
from evenface.people.plan import make_plan
from evenface.publish.package import package
from evenface.records import Measurement
from evenface.render import pictures
from evenface.spec import override
from evenface.vocabulary import GENDERS, SCALES


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def python(code, home, *arguments):
    """Run code in a process of its own: `datasets` reads its settings when it is imported, and keeps a cache."""
    settings = {"HF_HOME": str(home), "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------------------------------------------------------- what is written


def test_the_same_run_gives_the_same_bytes(tiny_dataset, tiny_run, tmp_path):
    package(tiny_run, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tiny_dataset)


def test_every_picture_is_there_once_byte_for_byte_in_the_order_of_the_plan(tiny_dataset, tiny_run, tiny_plan):
    dataset = Dataset.open(tiny_dataset)
    rendered = list(pictures(tiny_plan, tiny_run))
    wanted = {
        image_id_of(one.identity.identity_id, one.shot.shot_id): mark_png(one.frame.image_png, "algorithmicMedia")
        for one in rendered
    }
    rows = list(dataset.rows("default", ("image", "image_id", "image_sha256", "pixel_sha256", "kind")))
    assert {row["image_id"]: row["image"]["bytes"] for row in rows} == wanted
    assert [row["image_id"] for row in rows] == [
        name for kind in (True, False) for name in wanted if name.endswith("reference") == kind
    ]
    for row in rows:
        assert row["image"]["path"] == f"{row['image_id']}.png"
        assert row["image_sha256"] == sha256(row["image"]["bytes"]).hexdigest()
        assert row["pixel_sha256"] == pixel_digest(decode_image(row["image"]["bytes"]))
    masks = dataset.masks()
    assert [masks.get(name) for name in wanted] == [one.frame.mask_png for one in rendered]


def test_a_row_says_what_the_records_say(tiny_dataset, tiny_run, tiny_plan):
    rows = {row["image_id"]: row for row in Dataset.open(tiny_dataset).rows("default")}
    one = list(pictures(tiny_plan, tiny_run))[4]
    row = rows[image_id_of(one.identity.identity_id, one.shot.shot_id)]
    assert (row["tone"], row["gender"], row["cell"]) == (one.identity.cell.tone, one.identity.cell.gender, one.identity.cell.key)
    assert [(unit["name"], unit["weight"]) for unit in row["action_units"]] == list(one.shot.action_units)
    assert np.allclose(row["landmarks_68"], one.frame.landmarks_68, atol=1e-4)
    assert np.allclose(row["face_box"], one.frame.face_box, atol=1e-4)
    for name in ("yaw_degrees", "expression", "light", "exposure_ev", "seed", "caption", "shot_id", "size_px"):
        assert row[name] == getattr(one.shot, name)
    assert tuple(row["background_rgb"]) == one.shot.background_rgb
    assert row["facial_hair"] == one.identity.facial_hair.style
    people = {person["identity_id"]: person for person in Dataset.open(tiny_dataset).rows("identities")}
    person = people[one.identity.identity_id]
    assert tuple(person["head_measures_mm"]) == one.identity.head.measures_mm
    assert (person["eyes_iris"], person["index"]) == (one.identity.eyes.iris, one.identity.index)


def test_class_labels_mean_the_same_in_every_set_of_a_scale():
    for scale in SCALES.values():
        found = features(schema_of("pictures/probe", scale.name))
        assert found["tone"]["names"] == found["measured_tone"]["names"] == [tone.name for tone in scale.tones]
        assert found["gender"]["names"] == list(GENDERS)


def test_a_picture_without_skin_has_no_measured_tone(tiny_run, tiny_plan, tmp_path):
    with DatasetWriter(tmp_path / "faces", tiny_plan) as writer:
        for one in pictures(tiny_plan, tiny_run):
            writer.add(Picture(one.identity, one.shot, one.frame, None))
        writer.finish(lambda folder: {})
    row = next(Dataset.open(tmp_path / "faces").rows("default"))
    measured = {name: value for name, value in row.items() if name.startswith("measured_")}
    assert measured.pop("measured_pixels") == 0
    assert len(measured) == 12
    assert set(measured.values()) == {None}


def test_row_groups_have_a_hundred_rows_and_a_page_index(made, tiny_spec):
    folder = made(override(tiny_spec, identities_per_cell=10, images_per_identity=2, size_px=32))
    with pq.ParquetFile(folder / "pictures/probe/test-00000-of-00001.parquet") as file:
        assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [100, 20]
        assert all(file.metadata.row_group(at).column(0).has_offset_index for at in range(file.num_row_groups))
        assert json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]["image"] == {"_type": "Image"}
        # The bytes of pictures make no dictionary and no least and greatest value.
        assert file.metadata.row_group(0).column(0).statistics is None


def test_a_shard_ends_where_the_rows_say_and_carries_its_number(tiny_run, tiny_plan, tmp_path, monkeypatch):
    monkeypatch.setattr("evenface.dataset.write.GROUP_ROWS", 10)
    measurement = Measurement(50, 5, 20, 0, 76, 1, 500, "monk_06", 5, "monk_07", 9, "monk_07", 6)
    with DatasetWriter(tmp_path / "faces", tiny_plan, shard_bytes=30_000) as writer:
        for one in pictures(tiny_plan, tiny_run):
            writer.add(Picture(one.identity, one.shot, one.frame, measurement))
        manifest = writer.finish(lambda folder: {})
    probes = [shard for shard in manifest.shards if shard.path.startswith("pictures/probe/")]
    assert [shard.path.rpartition("/")[2] for shard in probes] == [
        f"test-{at:05d}-of-{len(probes):05d}.parquet" for at in range(len(probes))
    ]
    assert len(probes) > 1
    assert sum(shard.rows for shard in probes) == 24
    assert all(shard.rows % 10 == 0 for shard in probes[:-1])
    for shard in manifest.shards:
        data = (tmp_path / "faces" / shard.path).read_bytes()
        assert (len(data), sha256(data).hexdigest()) == (shard.bytes, shard.sha256)
    assert len(list(Dataset.open(tmp_path / "faces").rows("default", ("image_id",)))) == 36


def test_a_shard_ends_after_so_many_groups_however_small_the_pictures(tiny_run, tiny_plan, tmp_path, monkeypatch):
    monkeypatch.setattr("evenface.dataset.write.GROUP_ROWS", 4)
    monkeypatch.setattr("evenface.dataset.write.SHARD_GROUPS", 2)
    with DatasetWriter(tmp_path / "faces", tiny_plan) as writer:
        for one in pictures(tiny_plan, tiny_run):
            writer.add(Picture(one.identity, one.shot, one.frame, None))
        manifest = writer.finish(lambda folder: {})
    assert [shard.rows for shard in manifest.shards if shard.path.startswith("pictures/probe/")] == [8, 8, 8]


def test_the_manifest_declares_every_cell_of_the_plan(tiny_dataset, tiny_plan):
    manifest = Dataset.open(tiny_dataset).manifest
    assert manifest.plan_hash == tiny_plan.plan_hash
    assert manifest.spec == tiny_plan.spec
    assert [target.cell for target in manifest.cells] == [cell.key for cell in tiny_plan.cells]
    assert {(target.people, target.pictures, target.share) for target in manifest.cells} == {(2, 6, 1 / 6)}
    assert manifest.rows("pictures/reference") == manifest.rows("identities") == 12
    assert {shard.path.rpartition("/")[0] for shard in manifest.shards} == set(FOLDERS)


# ------------------------------------------------------------------------------------------------------------ whole or not at all


def test_a_dataset_of_the_same_plan_is_replaced_and_what_others_put_there_stays(own_dataset, tiny_run):
    before = contents(own_dataset)
    (own_dataset / "README.md").write_text("spoilt")
    (own_dataset / "sheet.png").write_bytes(b"mine")
    package(tiny_run, own_dataset)
    assert contents(own_dataset) == before | {"sheet.png": b"mine"}
    assert [path.name for path in own_dataset.parent.iterdir()] == ["faces"]


def test_a_dataset_of_another_plan_is_left_alone(own_dataset, made, tiny_spec, tiny_plan):
    other = override(tiny_spec, seed=1, identities_per_cell=1)
    run = f"{made(other)}.run"
    before = contents(own_dataset)
    with pytest.raises(UsageFault) as fault:
        package(run, own_dataset)
    assert fault.value.what == (
        f"{own_dataset} holds the dataset of another plan: {tiny_plan.plan_hash}, not {make_plan(other).plan_hash}"
    )
    assert contents(own_dataset) == before


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_place_that_is_taken_is_left_alone(kind, tiny_run, tmp_path):
    place = tmp_path / "faces"
    if kind == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "thesis.txt").write_text("mine")
    with pytest.raises(UsageFault, match=r"is a file|holds no evenface.json: found thesis.txt"):
        package(tiny_run, place)
    assert "mine" in [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]


def test_a_strange_folder_where_the_half_made_dataset_would_go_is_left_alone(tiny_run, tmp_path):
    (tmp_path / "faces.partial").mkdir()
    (tmp_path / "faces.partial" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageFault, match=r"faces\.partial holds other files: found thesis\.txt"):
        package(tiny_run, tmp_path / "faces")
    assert (tmp_path / "faces.partial" / "thesis.txt").read_text() == "mine"


def test_what_an_interrupted_packaging_left_is_cleared_away(tiny_dataset, tiny_run, tmp_path):
    shutil.copytree(tiny_dataset / "masks", tmp_path / "faces.partial" / "masks")
    package(tiny_run, tmp_path / "faces")
    assert contents(tmp_path / "faces") == contents(tiny_dataset)
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EvenfaceError("stopped")])
def test_an_interruption_leaves_nothing_half_made(error, own_dataset, tiny_run):
    before = contents(own_dataset)

    def interrupt(_pictures):
        raise error

    with pytest.raises(type(error)):
        package(tiny_run, own_dataset, on_progress=interrupt)
    assert contents(own_dataset) == before
    assert [path.name for path in own_dataset.parent.iterdir()] == ["faces"]


def test_too_few_pictures_make_no_dataset(tiny_run, tiny_plan, tmp_path):
    one = next(pictures(tiny_plan, tiny_run))

    def stop_early():
        with DatasetWriter(tmp_path / "faces", tiny_plan) as writer:
            writer.add(Picture(one.identity, one.shot, one.frame, None))
            writer.finish(lambda folder: {})

    with pytest.raises(EvenfaceError) as fault:
        stop_early()
    assert fault.value.what == "the plan asks for 12 people in 36 pictures, but 1 in 1 were added"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_said(tiny_run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageFault, match=r"cannot be used as asked|cannot be written"):
        package(tiny_run, tmp_path / "file" / "faces")


# ------------------------------------------------------------------------------------------------------------- what others read

# Threads of a stream may still run when CPython ends, which then aborts now and again: the script ends without them.
LOAD = """
import json, os, sys
from datasets import load_dataset

def look(folder, config, streaming):
    found = load_dataset(folder, *([config] if config else []), streaming=streaming)
    rows = list(found["test"])
    image = rows[0].get("image") or rows[0].get("mask")
    labels = found["test"].features.get("tone")
    return {
        "splits": sorted(found), "rows": len(rows), "columns": sorted(rows[0]),
        "image": [image.mode, *image.size] if image else None,
        "tones": labels.names if labels else None,
        "tone": labels.int2str(rows[0]["tone"]) if labels else None,
        "landmarks": len(rows[0].get("landmarks_68", [])), "ids": [row.get("image_id") for row in rows],
    }

folder, streaming, configs = sys.argv[1], sys.argv[2] == "1", json.loads(sys.argv[3])
print(json.dumps({config: look(folder, config, streaming) for config in configs}), flush=True)
os._exit(0)
"""

OPENED = {
    "": (36, "RGB"),
    "default": (36, "RGB"),
    "reference": (12, "RGB"),
    "masks": (36, "L"),
    "identities": (12, None),
    # Of six cells with two people of three pictures: 6 x 2 x 3 mated pairs, 6 x 3 x 3 within cells, 15 x 4 x 9 across.
    "verification": (36 + 54 + 540, None),
    "identification": (36, None),
}


@pytest.mark.parametrize("streaming", [False, True])
def test_load_dataset_opens_every_config(streaming, tiny_dataset, tmp_path):
    opened = python(LOAD, tmp_path, tiny_dataset, int(streaming), json.dumps(list(OPENED)))
    for config, (rows, mode) in OPENED.items():
        found = opened[config]
        assert (found["splits"], found["rows"]) == (["test"], rows)
        folder = CONFIGS[config or "default"][0]
        assert found["columns"] == sorted(schema_of(folder, "monk").names)
        assert found["image"] == (None if mode is None else [mode, 64, 64])
        if "tone" in found["columns"]:
            assert found["tones"] == [tone.name for tone in SCALES["monk"].tones]
            assert found["tone"] == "monk_01"
        if mode == "RGB":
            assert found["landmarks"] == 68
            assert len(set(found["ids"])) == rows


def test_reading_a_few_columns_does_not_read_the_pictures(tiny_dataset):
    rows = list(Dataset.open(tiny_dataset).rows("default", ("image_id", "tone")))
    assert {tuple(row) for row in rows} == {("image_id", "tone")}
    assert {row["tone"] for row in rows} == {"monk_01", "monk_06", "monk_10"}


def test_a_number_without_a_label_is_read_as_none(own_dataset):
    path = own_dataset / "identities/test-00000-of-00001.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("tone")
    pq.write_table(table.set_column(at, table.schema.field("tone"), [[-1, 10, None, *[3] * 9]]), path)
    tones = [row["tone"] for row in Dataset.open(own_dataset).rows("identities", ("tone",))]
    assert tones == [None, None, None, *["monk_04"] * 9]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format": 2}',
        '{"format": 1}',
        '{"format": 1, "spec": {"cells": {"scale": "mok"}}}',
        '{"format": 1, "spec": 3}',
    ],
)
def test_a_damaged_manifest_is_an_error_with_its_place(text, own_dataset):
    (own_dataset / MANIFEST).write_text(text)
    with pytest.raises(EvenfaceError) as fault:
        Dataset.open(own_dataset)
    assert fault.value.what.startswith(str(own_dataset / MANIFEST))
    assert fault.value.hint == f"package its run again: evenface package RUN --out {own_dataset}"


# -------------------------------------------------------------------------------------------------------------- hostile pictures


def encoded(form, size=(8, 6), mode="RGB"):
    data = BytesIO()
    Image.new(mode, size, 7 if mode == "L" else None).save(data, form)
    return data.getvalue()


def bomb(width, height):
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_are_read(form):
    assert decode_image(encoded(form)).shape == (6, 8, 3)
    assert decode_image(encoded(form), "L").shape == (6, 8)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16", "LA"])
def test_other_modes_become_rgb(mode):
    assert decode_image(encoded("PNG", mode=mode)).shape == (6, 8, 3)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "there are no bytes"),
        (b"", "there are no bytes"),
        (b"<svg/>", "the 6 bytes are not a PNG, JPEG or WEBP file"),
        (encoded("GIF", mode="L"), "not a PNG, JPEG or WEBP file"),
        (encoded("TIFF"), "not a PNG, JPEG or WEBP file"),
        (encoded("PNG", (64, 64))[:-30], "the file is broken"),
        (encoded("JPEG")[:-200], "the file is broken"),
        (encoded("WEBP")[:20], "the file is broken"),
        (bomb(8001, 8000), "8001 x 8000 pixels are more than 64,000,000"),
        (bomb(2**31 - 1, 2**31 - 1), "the file is broken"),
        (bomb(100, 100), "the file is broken"),
    ],
)
def test_a_file_that_is_not_a_picture_is_a_value(data, why):
    found = decode_image(data)
    assert isinstance(found, Undecodable)
    assert why in found.why


def test_no_broken_byte_raises():
    """Every byte of a small file is spoilt in turn: each result is pixels or a reason."""
    for form in ("PNG", "JPEG", "WEBP"):
        data = encoded(form)
        for at in range(0, len(data), 3):
            spoilt = bytearray(data)
            spoilt[at] ^= 0xFF
            assert isinstance(decode_image(bytes(spoilt)), (np.ndarray, Undecodable))


def test_the_digest_is_of_the_pixels_and_the_size_not_of_the_file():
    pixels = np.arange(72, dtype=np.uint8).reshape(6, 4, 3)
    data = BytesIO()
    Image.fromarray(pixels).save(data, "WEBP", lossless=True)
    assert pixel_digest(decode_image(data.getvalue())) == pixel_digest(pixels)
    assert pixel_digest(pixels.reshape(4, 6, 3)) != pixel_digest(pixels)


def test_every_step_of_a_scale_counts():
    monk = SCALES["monk"]
    pairs = [("monk_01", "monk_01"), ("monk_01", "monk_02"), ("monk_01", "monk_03"), ("monk_05", "monk_02")]
    assert [steps_apart(monk, one, other) for one, other in pairs] == [0, 1, 2, 3]
    assert steps_apart(SCALES["ita"], "ita_very_light", "ita_light") == 1


def test_a_row_names_the_nearest_skin_colour_and_the_nearest_swatch(tiny_dataset):
    dataset, monk = Dataset.open(tiny_dataset), SCALES["monk"]
    columns = ("tone", "measured_tone", "measured_nearest_delta_e_2000", "measured_swatch", "measured_swatch_delta_e_2000")
    for row in dataset.rows("default", columns):
        colour = monk.tone(row["tone"]).lab
        distances = {tone.name: delta_e_2000([colour], tone.swatch_lab)[0] for tone in monk.tones}
        assert row["measured_tone"] == row["tone"]
        assert row["measured_nearest_delta_e_2000"] < 0.6
        assert row["measured_swatch"] == min(distances, key=distances.__getitem__)
        assert row["measured_swatch_delta_e_2000"] == pytest.approx(min(distances.values()), abs=0.6)
    shard = "pictures/reference/test-00000-of-00001.parquet"
    names = dataset.class_names(shard)
    assert names["measured_swatch"] == names["measured_tone"] == names["tone"]
