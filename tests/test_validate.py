"""A clean dataset has no findings; every way to spoil one has its code, and its messages are compared in full."""

from __future__ import annotations

import json
import re
import shutil
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageFilter
from spoil import IDENTITIES, MASKS, PROBE, REFERENCE, edit, exchange, faults, fit, in_all, paint, png, put, seal

from evenface.dataset import MANIFEST, Dataset, decode_image, pixel_digest
from evenface.errors import EvenfaceError
from evenface.examine.validate import CODES, validate
from evenface.examine.validate.findings import FORMAT, LIMIT, Collector
from evenface.examine.validate.nuisances import NUISANCES
from evenface.spec import override
from evenface.vocabulary import SCALES

# -------------------------------------------------------------------------------------------------------------- how to spoil one


def row_removed(folder):
    edit(folder, PROBE, lambda rows: rows[:7] + rows[8:])


def row_removed_and_nothing_hidden(folder):
    edit(folder, PROBE, lambda rows: rows[:7] + rows[8:], sealed=False)


def person_removed(folder):
    name = next(Dataset.open(folder).rows("identities", ("identity_id",)))["identity_id"]
    in_all(folder, lambda rows: [row for row in rows if row["identity_id"] != name])


def tone_flipped(folder):
    edit(folder, PROBE, lambda rows: put(rows[3], tone=5 if rows[3]["tone"] != 5 else 9))


def gender_flipped_with_its_cell(folder):
    def change(rows):
        put(rows[0], gender=1, cell=rows[0]["cell"].replace("woman", "man"))

    edit(folder, PROBE, change)


def label_removed(folder):
    edit(folder, PROBE, lambda rows: put(rows[5], gender=None))


def label_of_no_class(folder):
    edit(folder, PROBE, lambda rows: put(rows[5], tone=77))


def age_differs(folder):
    edit(folder, IDENTITIES, lambda rows: put(rows[2], age_years=rows[2]["age_years"] + 1))


def picture_swapped(folder):
    edit(folder, PROBE, lambda rows: exchange(rows, 2, 9, "image"))


def picture_swapped_with_its_digests(folder):
    edit(folder, REFERENCE, lambda rows: exchange(rows, 0, 4, "image", "image_sha256", "pixel_sha256"))


def picture_swapped_with_all_that_was_measured(folder):
    def change(rows):
        exchange(rows, 0, 4, *[name for name in rows[0] if name.startswith(("image", "pixel", "measured"))])

    edit(folder, REFERENCE, change)


def picture_repainted(folder):
    def change(rows):
        pixels = decode_image(rows[0]["image"]["bytes"]).copy()
        pixels[30, 30] ^= 1
        rows[0]["image"]["bytes"] = png(pixels, folder.parent / "new.png")

    edit(folder, PROBE, change)


def picture_undecodable(folder):
    def change(rows):
        rows[4]["image"]["bytes"] = rows[4]["image"]["bytes"][:-100]

    edit(folder, PROBE, change)


def picture_without_bytes(folder):
    edit(folder, PROBE, lambda rows: put(rows[4], image=None))


def picture_twice(folder):
    def change(rows):
        for column in ("image", "image_sha256", "pixel_sha256"):
            rows[6][column] = rows[0][column]

    edit(folder, PROBE, change)


def picture_of_another_size(folder):
    def change(rows):
        pixels = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
        data = png(pixels, folder.parent / "new.png")
        rows[0]["image"]["bytes"] = data
        put(rows[0], image_sha256=sha256(data).hexdigest(), pixel_sha256=pixel_digest(pixels))

    edit(folder, PROBE, change)


def pixel_digest_changed(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], pixel_sha256="0" * 64))


def image_id_twice(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], image_id=rows[0]["image_id"]))


def image_id_removed(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], image_id=None))


def shot_twice(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], shot_id=rows[0]["shot_id"]))


def kind_changed(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], kind="reference"))


def person_unknown(folder):
    edit(folder, IDENTITIES, lambda rows: rows[1:])


def person_without_pictures(folder):
    def change(rows):
        return [*rows, rows[0] | {"identity_id": "id_ffffffffffffffff", "family_id": "fam_ffffffffffffffff"}]

    edit(folder, IDENTITIES, change)


def person_twice_in_the_table(folder):
    edit(folder, IDENTITIES, lambda rows: [*rows, rows[0]])


def person_renamed(folder):
    names = [row["identity_id"] for row in Dataset.open(folder).rows("identities", ("identity_id",))]

    def change(rows):
        for row in rows:
            if row["identity_id"] == names[0]:
                row["identity_id"] = "id_0123456789abcdef"

    in_all(folder, change)


def person_moved_to_an_undeclared_cell(folder):
    name = next(Dataset.open(folder).rows("identities", ("identity_id",)))["identity_id"]

    def change(rows):
        for row in rows:
            if row["identity_id"] == name:
                put(row, tone=1, cell=row["cell"].replace("monk_01", "monk_02"))

    in_all(folder, change)


def family_shared(folder):
    family = next(iter(Dataset.open(folder).rows("identities", ("family_id",))))["family_id"]
    names = [row["identity_id"] for row in Dataset.open(folder).rows("identities", ("identity_id",))]

    def change(rows):
        for row in rows:
            if row["identity_id"] == names[1]:
                row["family_id"] = family

    in_all(folder, change)


def nuisance_changed(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], yaw_degrees=12.5, light="studio"))


def another_plan(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], plan_hash="f" * 8))


def measurement_changed(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], measured_l_star=rows[0]["measured_l_star"] + 1))


def measured_tone_changed(folder):
    edit(folder, REFERENCE, lambda rows: put(rows[0], measured_tone=1))


def measured_swatch_changed(folder):
    edit(folder, REFERENCE, lambda rows: put(rows[0], measured_swatch=1))


def distance_to_the_swatch_changed(folder):
    edit(folder, REFERENCE, lambda rows: put(rows[0], measured_swatch_delta_e_2000=0.0))


def measurement_removed(folder):
    edit(folder, REFERENCE, lambda rows: put(rows[0], **{name: None for name in rows[0] if name.startswith("measured_")}))


def skin_hidden_in_a_probe(folder):
    """A warning only: a face turned away may show no skin to measure."""

    def hide(rows):
        at = next(row for row in rows if row["image_id"].endswith("probe_00"))
        at["mask"]["bytes"] = png(np.zeros((64, 64), np.uint8), folder.parent / "new.png")

    edit(folder, MASKS, hide)
    unmeasured = {"measured_pixels": 0}

    def forget(rows):
        put(rows[0], **{name: unmeasured.get(name) for name in rows[0] if name.startswith("measured_")})

    edit(folder, PROBE, forget)


def mask_removed(folder):
    edit(folder, MASKS, lambda rows: rows[1:])


def mask_undecodable(folder):
    edit(folder, MASKS, lambda rows: put(rows[0], mask={"bytes": b"x", "path": None}))


def mask_of_another_size(folder):
    data = png(np.zeros((8, 9), np.uint8), folder.parent / "new.png")
    edit(folder, MASKS, lambda rows: put(rows[0], mask={"bytes": data, "path": None}))


def painted_as(tone):
    """Paint the skin of the first reference picture as another tone of the Monk scale, with all else in its row made to fit."""

    def spoil(folder):
        first = next(Dataset.open(folder).rows("reference", ["image_id"]))["image_id"]
        mask = decode_image(Dataset.open(folder).masks().get(first), "L")

        def change(rows):
            pixels = decode_image(rows[0]["image"]["bytes"]).copy()
            pixels[mask > 0] = list(bytes.fromhex(SCALES["monk"].tone(tone).srgb_hex[1:]))
            fit(rows[0], pixels, mask, folder)

        edit(folder, REFERENCE, change)

    return spoil


def tone_off(folder):
    painted_as("monk_05")(folder)


def shard_truncated(folder):
    path = folder / PROBE
    path.write_bytes(path.read_bytes()[:-2000])


def shard_damaged_in_the_middle(folder):
    path = folder / MASKS
    data = bytearray(path.read_bytes())
    data[40:80] = bytes(40)
    path.write_bytes(data)


def shard_missing(folder):
    (folder / MASKS).unlink()


def shard_not_declared(folder):
    shutil.copy(folder / PROBE, folder / "pictures/probe/more.parquet")


def shard_with_other_columns(folder):
    table = pq.read_table(folder / IDENTITIES)
    pq.write_table(table.drop_columns(["index"]), folder / IDENTITIES)
    seal(folder, IDENTITIES)


CELL = "monk_06/woman"


def cell_darker_than_its_label(folder):
    """So little that each picture still measures as its own tone."""
    paint(folder, lambda pixels, mask: np.where((mask > 0)[..., None], pixels * 0.94, pixels), CELL)


def cell_lighter_than_its_label(folder):
    paint(folder, lambda pixels, mask: np.where((mask > 0)[..., None], pixels * 1.06, pixels), CELL)


def cell_with_worse_light(folder):
    """The skin is as it was; what is behind the head is darker, in one cell."""
    paint(folder, lambda pixels, mask: np.where((mask > 0)[..., None], pixels, pixels * 0.6), CELL)


def cell_out_of_focus(folder):
    def blur(pixels, mask):
        soft = np.array(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.5)))
        return np.where((mask > 0)[..., None], pixels, soft) if mask.max() == 0 else soft

    paint(folder, blur, CELL)


def picture_again_a_little_brighter(folder):
    """One person's picture under another's id, with its mask: only the pictures tell."""
    rows = list(Dataset.open(folder).rows("reference", ["image_id"]))
    names = rows[0]["image_id"], rows[4]["image_id"]

    def masks(rows):
        of = {row["image_id"]: row for row in rows}
        of[names[1]]["mask"] = of[names[0]]["mask"]

    def change(rows):
        of = {row["image_id"]: row for row in rows}
        mask = decode_image(Dataset.open(folder).masks().get(names[0]), "L")
        fit(of[names[1]], np.clip(decode_image(of[names[0]]["image"]["bytes"]) + 1, 0, 255), mask, folder)

    edit(folder, MASKS, masks)
    edit(folder, REFERENCE, change)


def attribute_follows_the_tone(folder):
    """Every person of the lightest tone is bald, in all tables."""

    def change(rows):
        for row in rows:
            put(row, **{name: "bald" if row["tone"] == 0 else "long_straight" for name in ("hair_style",) if name in row})

    in_all(folder, change)


def bomb(folder):
    def change(rows):
        data = bytearray(rows[0]["image"]["bytes"])
        data[16:24] = (9_000).to_bytes(4, "big") * 2
        data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
        rows[0]["image"]["bytes"] = bytes(data)

    edit(folder, PROBE, change)


def measurement_not_a_number(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], measured_l_star=float("nan")))


def tone_nought(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], tone=-1))


def invisible_sign_in_a_label(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], cell=rows[0]["cell"].replace("/", "/\u200b")))


def another_script_in_an_id(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], identity_id=rows[0]["identity_id"].replace("id", "\u0456d", 1)))


def path_in_a_file_name(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], image=rows[0]["image"] | {"path": "../../etc/passwd"}))


def page_in_a_name(folder):
    edit(folder, PROBE, lambda rows: put(rows[0], image_id="<img src=x onerror=alert(1)>"))


def column_shuffled(folder):
    def change(rows):
        order = np.random.default_rng(0).permutation(len(rows))
        values = [row["measured_l_star"] for row in rows]
        for row, at in zip(rows, order, strict=True):
            row["measured_l_star"] = values[at]

    edit(folder, PROBE, change)


LIBRARY = re.compile(r"(?<=cannot be read: |file is broken: ).*|(?<=evenface.json is damaged: )Unterminated.*")


def listed(report):
    """Return the messages; what a library said in its own words, which change, is left out."""
    return "".join(f"{LIBRARY.sub('...', str(finding))}\n" for finding in faults(report))


CASES = [
    (row_removed, "cell-pictures"),
    (row_removed_and_nothing_hidden, "shard-changed"),
    (person_removed, "cell-people"),
    (tone_flipped, "label-contradiction"),
    (gender_flipped_with_its_cell, "label-contradiction"),
    (label_removed, "label-missing"),
    (label_of_no_class, "label-missing"),
    (age_differs, "label-contradiction"),
    (picture_swapped, "picture-swapped"),
    (picture_swapped_with_its_digests, "measurement-differs"),
    (picture_swapped_with_all_that_was_measured, "tone-off"),
    (picture_repainted, "picture-changed"),
    (picture_undecodable, "picture-undecodable"),
    (picture_without_bytes, "picture-undecodable"),
    (picture_twice, "pixels-duplicate"),
    (picture_of_another_size, "picture-size"),
    (pixel_digest_changed, "pixels-changed"),
    (image_id_twice, "image-id-duplicate"),
    (image_id_removed, "image-id-missing"),
    (shot_twice, "shot-duplicate"),
    (kind_changed, "label-contradiction"),
    (person_unknown, "identity-unknown"),
    (person_without_pictures, "identity-without-pictures"),
    (person_twice_in_the_table, "identity-duplicate"),
    (person_renamed, "people-changed"),
    (person_moved_to_an_undeclared_cell, "cell-undeclared"),
    (family_shared, "family-shared"),
    (nuisance_changed, "nuisance-unequal"),
    (another_plan, "plan-mixed"),
    (measurement_changed, "measurement-differs"),
    (measured_tone_changed, "measurement-differs"),
    (measured_swatch_changed, "measurement-differs"),
    (distance_to_the_swatch_changed, "measurement-differs"),
    (measurement_removed, "tone-unmeasured"),
    (skin_hidden_in_a_probe, "probe-unmeasured"),
    (mask_removed, "mask-missing"),
    (mask_undecodable, "mask-undecodable"),
    (mask_of_another_size, "mask-size"),
    (tone_off, "tone-off"),
    (shard_truncated, "shard-unreadable"),
    (shard_damaged_in_the_middle, "shard-unreadable"),
    (shard_missing, "shard-missing"),
    (shard_not_declared, "shard-extra"),
    (shard_with_other_columns, "shard-unreadable"),
    (cell_darker_than_its_label, "cell-darker"),
    (cell_lighter_than_its_label, "cell-lighter"),
    (cell_with_worse_light, "cell-light"),
    (cell_out_of_focus, "cell-sharpness"),
    (picture_again_a_little_brighter, "person-leaked"),
    (bomb, "picture-undecodable"),
    (measurement_not_a_number, "measurement-differs"),
    (tone_nought, "label-missing"),
    (invisible_sign_in_a_label, "label-contradiction"),
    (another_script_in_an_id, "label-unreadable"),
    (path_in_a_file_name, "picture-outside"),
    (page_in_a_name, "name-unsafe"),
    (column_shuffled, "measurement-differs"),
]


# ----------------------------------------------------------------------------------------------------------------- what is found


def test_a_clean_dataset_has_no_findings(tiny_dataset):
    progress = []
    report = validate(tiny_dataset, on_progress=progress.append)
    assert (report.ok, faults(report)) == (True, ())
    assert sum(progress) == 36


def test_two_narrow_steps_are_not_tone_off(own_dataset):
    """Two of the light steps are together as wide as one of the wide ones: a fringe's shade may be that much."""
    painted_as("monk_03")(own_dataset)
    report = validate(own_dataset)
    assert dict(zip(("tone", "pictures", "measured", "same"), report.tables[2].rows[0], strict=False))["same"] == 0.75
    assert "tone-off" not in {finding.code for finding in report.findings}


def test_open_questions_of_the_datasheet_are_noted_and_fail_nothing(tiny_dataset):
    note = validate(tiny_dataset).findings[-1]
    assert (note.code, note.severity, note.where) == ("datasheet-unanswered", "note", "datasheet")
    assert note.what.startswith("17 questions for the maker are unanswered: 2, 3, 24, ")


@pytest.mark.parametrize(("spoil", "code"), CASES, ids=[spoil.__name__ for spoil, _ in CASES])
def test_what_was_spoilt_is_found(spoil, code, own_dataset, golden):
    spoil(own_dataset)
    report = validate(own_dataset)
    assert code in [finding.code for finding in report.findings]
    assert report.ok == (not report.count("error"))
    assert CODES[code][0] != "error" or not report.ok
    golden(f"bad/{spoil.__name__}/expected.txt", listed(report))


def no_folder(place):
    pass


def a_file(place):
    place.write_text("mine")


def an_empty_folder(place):
    place.mkdir()


def a_folder_of_something_else(place):
    place.mkdir()
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        (place / name).write_text("mine")


def a_dataset_without_manifest(place):
    (place / MANIFEST).unlink()


def a_manifest_of_another_format(place):
    (place / MANIFEST).write_text('{"format": 99}')


def a_manifest_cut_short(place):
    (place / MANIFEST).write_text((place / MANIFEST).read_text()[:100])


def a_manifest_with_a_hole(place):
    manifest = json.loads((place / MANIFEST).read_text())
    del manifest["cells"][0]["people"]
    (place / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (no_folder, 2),
        (a_file, 2),
        (an_empty_folder, 2),
        (a_folder_of_something_else, 2),
        (a_dataset_without_manifest, 2),
        (a_manifest_of_another_format, 1),
        (a_manifest_cut_short, 1),
        (a_manifest_with_a_hole, 1),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_place_without_a_dataset_is_wrong_use(make, code, tiny_dataset, tmp_path, golden):
    place = tmp_path / "faces"
    if code == 1 or make is a_dataset_without_manifest:
        shutil.copytree(tiny_dataset, place)
    make(place)
    with pytest.raises(EvenfaceError) as fault:
        validate(place)
    assert fault.value.exit_code == code
    text = f"Error: {fault.value.what}\nTry: {fault.value.hint}\n".replace(str(tmp_path), "")
    text = LIBRARY.sub("...", text)
    golden(f"bad/{make.__name__}/expected.txt", text)


# --------------------------------------------------------------------------------------------------------------- crossed designs


@pytest.fixture(scope="module")
def crossed_dataset(made, tiny_spec):
    return made(override(tiny_spec, design="crossed"))


def nose_changed(folder):
    def change(rows):
        put(rows[2], head_traits=[rows[2]["head_traits"][0] + 0.5, *rows[2]["head_traits"][1:]], eyes_iris="violet")

    edit(folder, IDENTITIES, change)


def family_broken(folder):
    names = [row["identity_id"] for row in Dataset.open(folder).rows("identities", ("identity_id",))]

    def change(rows):
        for row in rows:
            if row["identity_id"] == names[0]:
                row["family_id"] = "fam_ffffffffffffffff"

    in_all(folder, change)


@pytest.fixture(scope="module")
def crossed_cases():
    return [(nose_changed, "family-differs"), (family_broken, "family-incomplete")]


def test_a_clean_crossed_dataset_has_no_findings(crossed_dataset):
    assert faults(validate(crossed_dataset)) == ()


def test_the_skin_may_differ_within_a_family(crossed_dataset, tmp_path):
    folder = Path(shutil.copytree(crossed_dataset, tmp_path / "faces"))
    edit(folder, IDENTITIES, lambda rows: put(rows[2], complexion_freckles=0.99))
    assert faults(validate(folder)) == ()


@pytest.mark.parametrize("at", [0, 1])
def test_what_was_spoilt_in_a_crossed_design_is_found(at, crossed_cases, crossed_dataset, tmp_path, golden):
    spoil, code = crossed_cases[at]
    folder = Path(shutil.copytree(crossed_dataset, tmp_path / "faces"))
    spoil(folder)
    report = validate(folder)
    assert code in [finding.code for finding in report.findings]
    golden(f"bad/{spoil.__name__}/expected.txt", listed(report))


# -------------------------------------------------------------------------------------------------------------------- the report


def test_the_report_is_json(own_dataset):
    row_removed(own_dataset)
    found = json.loads(json.dumps(validate(own_dataset).to_json(), allow_nan=False))
    assert found["ok"] is False
    assert (found["format"], found["kind"]) == (FORMAT, "evenface")
    assert found["counts"] == {"error": len(found["findings"]) - 1, "warning": 0, "note": 1}
    assert set(found["findings"][0]) == {"code", "severity", "where", "what", "hint"}
    assert [table["title"] for table in found["tables"]] == [
        "Balance",
        "Evenness over cells",
        "Designed against measured tone, reference shots",
        "Measured share of each cell: within 2 points of its target?",
        "Designed (rows) against measured tone (columns), pictures",
        "Measured minus designed, L*, tolerance 2.5",
        "Constancy within a person",
        "Light and sharpness of each cell against the rest",
        "Nuisances",
    ]


def test_the_tables_count_what_is_there(own_dataset):
    row_removed(own_dataset)
    report = validate(own_dataset)
    balance, evenness, agreement, nuisances = map(report.table, ("Balance", "Evenness", "Designed against", "Nuisances"))
    assert sorted(row[3] for row in balance.rows) == [5, 6, 6, 6, 6, 6]
    assert {(row[2], row[4]) for row in balance.rows} == {(2, 6)}
    assert [row[:2] for row in evenness.rows] == [("people", 12), ("pictures", 35)]
    assert evenness.rows[0][2] == 1 > evenness.rows[1][2]
    assert [row[:4] for row in agreement.rows] == [(tone, 4, 4, 1.0) for tone in ("monk_01", "monk_06", "monk_10")]
    # The cell that lacks a picture is not compared.
    assert [row[:3] for row in nuisances.rows if row[0] in NUISANCES] == [(name, 5, 0) for name in NUISANCES]


def test_agreement_says_how_sure_it_is(tiny_dataset):
    table = validate(tiny_dataset).tables[2]
    row = dict(zip(table.columns, table.rows[1], strict=True))
    # Wilson, 4 of 4: 4 / (4 + 1.959964 ** 2)
    assert row["low"] == pytest.approx(4 / (4 + 1.959963985**2))
    assert row["high"] == pytest.approx(1)
    assert row["within one step"] == 1
    # Skin colours are rounded to 8 bits.
    assert abs(row["mean L* difference"]) < 0.1
    assert 0 < row["mean delta E 2000"] < 0.5


def test_a_picture_that_was_not_measured_counts_against_the_agreement(own_dataset):
    measurement_removed(own_dataset)
    row = validate(own_dataset).tables[2].rows[0]
    assert row[:4] == ("monk_01", 4, 3, 0.75)


def test_many_findings_of_a_kind_are_counted():
    collector = Collector()
    for at in range(LIMIT + 3):
        collector.add("tone-off", str(at), "off")
    collector.add("shard-missing", "x", "gone")
    found = collector.all()
    assert [finding.code for finding in found] == ["shard-missing"] + ["tone-off"] * (LIMIT + 1)
    assert (found[-1].where, found[-1].what) == ("elsewhere", "3 more of this kind")
    assert collector.all() == (found[0], *found[1:])


def test_looking_changes_nothing(own_dataset):
    before = {path: path.read_bytes() for path in own_dataset.rglob("*") if path.is_file()}
    validate(own_dataset)
    assert {path: path.read_bytes() for path in own_dataset.rglob("*") if path.is_file()} == before
