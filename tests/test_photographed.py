"""What a trained model drew says so in every row and file, its documents claim what is known, and unequal failures are found."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from described import evidence_of, manifest_of
from photographed import FACES, WEIGHTS, making_of, photographed, recipe_of
from PIL import Image
from spoil import PROBE, REFERENCE, edit, faults, put

from evenface.dataset import MANIFEST, Dataset, making_tables
from evenface.dataset.licences import licence_of
from evenface.dataset.marking import VOCABULARY, digital_source_type, term_of_several
from evenface.dataset.questions import unanswered
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.validate import CODES, validate
from evenface.files.codec import digest_of, to_json
from evenface.publish.card import card_of, card_text, metadata
from evenface.publish.croissant import rai_properties
from evenface.publish.datasheet import NOT_APPLICABLE, UNANSWERED, build_datasheet
from evenface.publish.datasheet.text import datasheet_html, datasheet_markdown
from evenface.publish.export import export
from evenface.publish.package import package
from evenface.records import Making
from evenface.records.maker import Maker
from evenface.rng import rng_for
from evenface.statistics.permutation import excesses

EDIT = recipe_of()
PAINTED = recipe_of("controlnet", strength=0.45)


def one_fallback(identity, shot):
    """One probe falls back to its render, one is drawn twice, all others are taken at once."""
    if identity.index == 0 and identity.cell.gender == "man" and shot.shot_id == "probe_00":
        if identity.cell.tone == "monk_06":
            return making_of(EDIT, "render", ("tone", "face+identity", "tone", "blank"), anchor_similarity=None)
        if identity.cell.tone == "monk_10":
            return making_of(EDIT, rejections=("identity",))
    return making_of(EDIT)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, tiny_spec):
    """The folder of a dataset of photographs; to be read, never changed."""
    return photographed(tmp_path_factory.mktemp("drawn") / "faces", tiny_spec, EDIT, one_fallback)


@pytest.fixture
def own_drawn(drawn, tmp_path):
    return Path(shutil.copytree(drawn, tmp_path / "faces"))


def rows_of(folder, *columns):
    return list(Dataset.open(folder).rows("default", columns or None))


# -------------------------------------------------------------------------------------------------------------------------- rows


def test_rows_say_how_they_were_made_and_the_manifest_with_what(drawn):
    names = [field.name for field in fields(Making)]
    (fallback,) = [row for row in rows_of(drawn, "image_id", *names) if row["outcome"] == "render"]
    assert fallback["rejections"] == ["tone", "face+identity", "tone", "blank"]
    assert (fallback["tries"], fallback["anchor_similarity"], fallback["recipe"]) == (4, None, digest_of(EDIT))
    dataset = Dataset.open(drawn)
    assert dataset.manifest.recipes == (EDIT,)
    assert dataset.manifest.recipes_by_digest() == {digest_of(EDIT): EDIT}


def test_rows_of_renders_say_nothing_of_a_model(tiny_dataset):
    names = [field.name for field in fields(Making)]
    (recipe,) = Dataset.open(tiny_dataset).manifest.renders
    stated = {value for row in rows_of(tiny_dataset, *names) for value in row.values() if value is not None}
    assert stated == {digest_of(recipe)}
    assert (recipe.backend, dict(recipe.packages)["numpy"]) == ("swatch", np.__version__)
    assert Dataset.open(tiny_dataset).manifest.recipes == ()


def test_datasets_reads_the_rows(drawn):
    schema = pq.read_schema(drawn / PROBE)
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["rejections"] == {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"}


@pytest.mark.parametrize(
    ("outcome", "recipe", "term"),
    [
        ("photograph", EDIT, "trainedAlgorithmicMedia"),
        ("unchecked", EDIT, "trainedAlgorithmicMedia"),
        ("render", EDIT, "algorithmicMedia"),
        ("photograph", PAINTED, "compositeWithTrainedAlgorithmicMedia"),
        ("render", PAINTED, "algorithmicMedia"),
        ("photograph", recipe_of("controlnet", strength=1.0), "trainedAlgorithmicMedia"),
        ("failed", recipe_of("text"), "trainedAlgorithmicMedia"),
    ],
)
def test_the_marking_follows_what_the_row_shows(outcome, recipe, term):
    assert digital_source_type("diffusion", making_of(recipe, outcome), recipe) == term


def test_a_sheet_of_several_kinds_is_a_composite():
    assert term_of_several(["algorithmicMedia"]) == "algorithmicMedia"
    assert term_of_several(["algorithmicMedia", "trainedAlgorithmicMedia"]) == "compositeWithTrainedAlgorithmicMedia"
    assert term_of_several(["algorithmicMedia", None]) is None
    assert term_of_several([]) is None


def test_every_file_is_marked_as_its_row_says(drawn):
    rows = rows_of(drawn, "image", "outcome", "digital_source_type")
    assert {(row["outcome"], row["digital_source_type"]) for row in rows} == {
        ("photograph", "trainedAlgorithmicMedia"),
        ("render", "algorithmicMedia"),
    }
    assert all(f">{VOCABULARY}{row['digital_source_type']}<".encode() in row["image"]["bytes"] for row in rows)
    with Image.open(drawn / "contact_sheet.png") as sheet:
        assert "/trainedAlgorithmicMedia<" in sheet.info["XML:com.adobe.xmp"]


def test_a_picture_made_of_words_has_no_landmarks_and_nothing_breaks(tmp_path, tiny_spec):
    recipe = recipe_of("text")

    def made(identity, shot):
        failed = shot.shot_id == "probe_01"
        return making_of(recipe, "failed" if failed else "photograph", ("tone",) if failed else (), anchor_sha256=None)

    folder = photographed(tmp_path / "faces", tiny_spec, recipe, made)
    assert {row["landmarks_68"] for row in rows_of(folder, "landmarks_68")} == {None}
    assert pq.read_table(folder / PROBE)["landmarks_68"].null_count == 24
    for form in ("imagefolder", "csv", "lfw"):
        export(folder, tmp_path / form, form)
    assert [(found.code, found.what) for found in faults(validate(folder))] == [
        ("pictures-failed", "12 of 36 pictures failed their checks and are in the set")
    ]


def test_a_box_without_area_is_null(tmp_path, tiny_spec, drawn):
    run = Path(shutil.copytree(f"{drawn}.run", tmp_path / "run"))
    path = sorted(run.rglob("people/*/*/probe_00.json"))[0]
    record = json.loads(path.read_text())
    record["frame"] |= {"face_box": [0.0, 0.0, 0.0, 0.0], "landmarks_5": [], "landmarks_68": []}
    path.write_text(json.dumps(record))
    package(run, tmp_path / "faces")
    rows = rows_of(tmp_path / "faces", "face_box", "landmarks_5", "landmarks_68")
    assert sum(row == {"face_box": None, "landmarks_5": None, "landmarks_68": None} for row in rows) == 1
    assert faults(validate(tmp_path / "faces")) == ()


# --------------------------------------------------------------------------------------------------------------------- packaging


def test_a_licence_for_all_is_refused_where_a_model_is_for_research_only(tmp_path, tiny_spec):
    recipe = recipe_of(weights=(*WEIGHTS, FACES))
    with pytest.raises(UsageFault) as fault:
        photographed(tmp_path / "faces", tiny_spec, recipe, lambda *_: making_of(recipe), Maker(licence="cc-by-4.0"))
    assert fault.value.what == (
        "the licence cc-by-4.0 permits commercial use, but these models are for research only: lab/face-id"
    )
    assert 'set licence = "cc-by-nc-4.0" in [maker] of the spec' in fault.value.hint
    assert not (tmp_path / "faces").exists()


def test_a_picture_of_an_unknown_recipe_is_not_packaged(tmp_path, drawn):
    run = Path(shutil.copytree(f"{drawn}.run", tmp_path / "run"))
    shutil.rmtree(run / "recipes")
    with pytest.raises(EvenfaceError, match=r"the picture \w+ of \w+ is missing from .*, or is damaged"):
        package(run, tmp_path / "faces")
    assert not (tmp_path / "faces").exists()


# --------------------------------------------------------------------------------------------------------------------- documents


def documents_of(recipe, maker=None, **changes):
    """Return the card and both datasheets of a set that a recipe made."""
    manifest = replace(manifest_of(maker, backend="diffusion", **changes), recipes=(recipe,))
    tables = making_tables(sixteen(recipe), [cell.cell for cell in manifest.cells])
    evidence = evidence_of(manifest, making=tables)
    datasheet = build_datasheet(manifest, evidence)
    texts = {
        "card": card_text(manifest, evidence),
        "datasheet": datasheet_markdown(datasheet, manifest, evidence),
        "page": datasheet_html(datasheet, manifest, evidence, None),
    }
    texts["rai"] = "\n".join(rai_properties(manifest, evidence, datasheet).values())
    assert min(map(len, texts.values())) > 1000
    return texts


def sixteen(recipe):
    """Rows of four people, of whom one in the second cell fell back twice, or failed."""
    outcome = "failed" if recipe.profile == "text" else "render"
    for person in range(4):
        for shot in range(4):
            cell = f"monk_0{6 + person // 2}/woman"
            making = making_of(recipe, outcome, ("tone", "tone+face")) if person == 3 and shot < 2 else making_of(recipe)
            yield {"cell": cell, "identity_id": f"id_{person}", "family_id": f"fam_{person}", **asdict(making)}


@pytest.mark.parametrize(
    ("name", "recipe"),
    [("edit", EDIT), ("painted", PAINTED), ("words", recipe_of("text")), ("research", recipe_of(weights=(FACES,)))],
)
def test_the_card_of_drawn_pictures_reads_as_agreed(name, recipe, golden):
    golden(f"goldens/card_drawn_{name}.md", documents_of(recipe)["card"])


def test_no_line_of_the_card_ends_in_a_loose_blank_or_a_template_tag():
    for recipe in (EDIT, PAINTED, recipe_of("text"), recipe_of(checks=())):
        text = documents_of(recipe)["card"]
        assert "{%" not in text
        assert "\n\n\n" not in text
        assert all(line == line.rstrip() for line in text.splitlines())


def test_what_the_design_holds_alike_is_not_claimed_of_drawings():
    for changes in ({}, {"design": "crossed"}):
        for text in documents_of(EDIT, **changes).values():
            assert "cannot explain" not in text
            assert "is the effect of the skin." not in text
            assert "Hair, features and clothes do not follow" not in text


@pytest.mark.parametrize("recipe", [EDIT, PAINTED, recipe_of("text"), recipe_of(checks=())])
def test_nothing_is_claimed_of_drawn_pictures_that_is_not_known(recipe):
    for text in documents_of(recipe).values():
        for claim in (
            r"no photograph of a person",
            r"nobody is depicted",
            r"no real person",
            r"privacy",
            r"photo-?realistic",
            r"real(istic)? photograph",
            r"not photographs",
            r"no skin is corrected",
            r"no skin was corrected",
        ):
            assert not re.search(claim, text, re.IGNORECASE), claim


def test_documents_say_what_the_agreement_of_tones_is_worth():
    for recipe, expected in ((EDIT, True), (recipe_of(checks=("face",)), False)):
        texts = documents_of(recipe)
        assert ("not independent evidence" in texts["card"], "not independent evidence" in texts["datasheet"]) == (
            expected,
            expected,
        )


def test_judges_of_the_loop_are_said_to_be_favoured():
    for recipe, yunet, sface in (
        (EDIT, True, True),
        (recipe_of(checks=("tone",)), False, False),
        (recipe_of("text"), True, False),
        (recipe_of(checks=("identity",)), False, True),
    ):
        texts = documents_of(recipe)
        for name in ("card", "datasheet"):
            assert ("YuNet" in texts[name], "SFace" in texts[name]) == (yunet, sface)
        assert ("No recogniser had a part" in texts["card"]) == (not yunet and not sface)


@pytest.mark.parametrize("recipe", [EDIT, recipe_of("text"), recipe_of(weights=(FACES,))])
def test_what_only_the_maker_knows_is_counted_without_evidence_as_with_it(recipe):
    manifest = replace(manifest_of(backend="diffusion"), recipes=(recipe,))
    evidence = evidence_of(manifest, making=making_tables(sixteen(recipe), []))
    datasheet = build_datasheet(manifest, evidence)
    assert [each.id for each in unanswered(manifest)] == [each.id for each in datasheet.of(UNANSWERED)]
    assert ("distribution-licence" in [each.id for each in unanswered(manifest)]) == (not manifest.research_only)
    assert "collection-consent" not in [each.id for each in datasheet.of(NOT_APPLICABLE)]


def test_the_renders_behind_are_stated_with_their_inputs():
    texts = documents_of(EDIT)
    assert "first rendered from a parametric head" in texts["card"]
    assert "ANSUR II" in texts["datasheet"]
    drawn = documents_of(EDIT, render="swatch")
    assert "first drawn as flat ovals" in drawn["card"]
    assert "ANSUR II" not in documents_of(recipe_of("text"))["datasheet"] + drawn["datasheet"]


def test_labels_of_words_alone_are_requests():
    texts = documents_of(recipe_of("text"))
    assert "from **words alone**" in texts["card"]
    assert "are what was **requested**" in texts["card"]
    assert "`gender` annotates the presentation that is requested" in texts["card"]
    assert "landmarks as the renderer" not in texts["datasheet"]
    assert "2 of 16 pictures failed their checks and are in the set" in texts["card"]
    assert "**requested**" not in documents_of(EDIT)["card"]


def test_the_ledger_names_every_model_with_its_terms():
    for name in ("card", "datasheet"):
        text = documents_of(EDIT)[name]
        assert "| atelier/brush-2 | pipeline | 0123456789ab | apache-2.0 | no | 1 | 10 |" in text
        assert "| depth \\<b\\> | controlnet\\_depth | none | not stated | no | 1 | 5 |" in text
    assert "depth &lt;b&gt;" in documents_of(EDIT)["page"]
    assert "depth <b>" not in documents_of(EDIT)["page"]
    assert "drew pictures: atelier/brush-2 (pipeline), licence apache-2.0" in documents_of(EDIT)["rai"]


def test_tries_and_fallbacks_stand_by_cell_with_intervals():
    card = documents_of(EDIT)["card"]
    assert "| monk\\_07/woman | 2 | 0 | 8 | 6 | 2 | 0 | 0 | 6 | 25.0 % | 0.1 % | 99.0 % |" in card
    assert "| monk\\_06/woman | 2 | 0 | 8 | 8 | 0 | 0 | 0 | 8 | 0.0 % | 0.0 % | 98.8 % |" in card
    assert "| monk\\_07/woman | 10 | 40.0 % | 0.2 % | 99.5 % | 0 | 2 | 4 | 0 | 3.5 | 2.2 |" in card


def test_an_anchor_that_is_a_render_is_counted_by_people():
    rows = [row | {"anchor_outcome": "render"} if row["identity_id"] in ("id_1", "id_3") else row for row in sixteen(EDIT)]
    shown, _ = making_tables(rows, ["monk_06/woman"])
    assert [row[:4] for row in shown.rows] == [("monk_06/woman", 2, 1, 8), ("all cells", 4, 2, 16)]
    manifest = replace(manifest_of(backend="diffusion"), recipes=(EDIT,))
    text = card_text(manifest, evidence_of(manifest, making=making_tables(rows, [])))
    assert "- Of 2 of 4 people no try of the earlier picture was accepted" in text


def test_imputation_and_manipulation_are_stated_for_machines():
    stated = documents_of(EDIT)["rai"]
    assert "2 of 16 pictures of which no try of the model passed are replaced by their renders" in stated
    assert "The skin of 14 of 16 pictures was corrected towards its label" in stated


def test_the_licence_follows_the_weights():
    research = recipe_of(weights=(FACES,))
    free, bound = (replace(manifest_of(backend="diffusion"), recipes=(recipe,)) for recipe in (EDIT, research))
    assert (licence_of(free), metadata(free)["license"]) == (None, "unknown")
    assert metadata(bound)["license"] == "cc-by-nc-4.0"
    assert metadata(replace(bound, spec=replace(bound.spec, maker=Maker(licence="odc-by"))))["license"] == "odc-by"
    assert licence_of(manifest_of()).name == "CC BY 4.0"
    text = documents_of(research)["card"]
    assert "**Not for commercial use**: lab/face-id is for research only." in text
    assert "Not for commercial use" not in documents_of(EDIT)["card"]
    assert {"generated", "rendered"} & set(metadata(free)["tags"]) == {"generated"}


def test_the_card_of_a_drawn_dataset_counts_its_rows(drawn):
    text = (drawn / "README.md").read_text()
    assert text == card_of(Dataset.open(drawn))
    assert "| all cells | 12 | 0 | 36 | 35 | 1 | 0 | 0 | 35 | 2.8 % | 0.2 % | 25.0 % |" in text


# -------------------------------------------------------------------------------------------------------------------- validation


def recipe_forgotten(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], recipe="00" * 32))


def outcome_made_up(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], outcome="perfect"))


def tries_forgotten(folder):
    edit(folder, PROBE, lambda rows: [put(row, rejections=[]) for row in rows if row["outcome"] == "render"] and rows)


def fallback_passed_off_as_a_photograph(folder):
    def change(rows):
        for row in rows:
            if row["outcome"] == "render":
                put(row, outcome="photograph", tries=5)

    edit(folder, PROBE, change)


def pictures_that_failed(folder):
    edit(folder, PROBE, lambda rows: put(rows[1], outcome="failed", tries=1, rejections=["tone"]))


def pictures_that_nobody_checked(folder):
    edit(folder, REFERENCE, lambda rows: put(rows[1], outcome="unchecked"))


def licence_wider_than_the_weights(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["recipes"] = [to_json(recipe_of(weights=(*WEIGHTS, FACES)))]
    manifest["spec"]["maker"] = {"licence": "cc0-1.0"}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    for shard in (REFERENCE, PROBE):
        edit(
            folder,
            shard,
            lambda rows: [put(row, recipe=digest_of(recipe_of(weights=(*WEIGHTS, FACES)))) for row in rows] and rows,
        )


CASES = [
    (recipe_forgotten, "recipe-unknown"),
    (outcome_made_up, "making-contradiction"),
    (tries_forgotten, "making-contradiction"),
    (fallback_passed_off_as_a_photograph, "marking-contradiction"),
    (pictures_that_failed, "pictures-failed"),
    (pictures_that_nobody_checked, "pictures-unchecked"),
    (licence_wider_than_the_weights, "licence-too-wide"),
]


def listed(report):
    return "".join(f"{finding}\n" for finding in faults(report))


def test_a_clean_set_of_drawn_pictures_has_no_findings(drawn):
    report = validate(drawn)
    assert faults(report) == ()
    assert report.table("What the pictures show").rows[-1][:4] == ("all cells", 12, 0, 36)
    assert report.table("Tries of the model").rows[-1][:2] == ("all cells", 40)


def test_a_rendered_set_has_no_tables_of_a_model(tiny_dataset):
    assert [table.title for table in validate(tiny_dataset).tables if "model" in table.title or "show" in table.title] == []


@pytest.mark.parametrize(("spoil", "code"), CASES, ids=[spoil.__name__ for spoil, _ in CASES])
def test_what_was_spoilt_of_the_making_is_found(spoil, code, own_drawn, golden):
    spoil(own_drawn)
    report = validate(own_drawn)
    assert code in [finding.code for finding in report.findings]
    assert (CODES[code][0] == "error") == (not report.ok)
    golden(f"bad/{spoil.__name__}/expected.txt", listed(report))


# ----------------------------------------------------------------------------------------------------------- unequal failures


def fell_back_more_in_one_tone(row, chance):
    """Half of the pictures of one tone are renders, and one in fifty of the others."""
    if chance < (0.5 if row["cell"].startswith("monk_10") else 0.02):
        put(row, outcome="render", tries=4, rejections=["tone"] * 4, digital_source_type="algorithmicMedia")


def drawn_again_more_in_one_cell(row, chance):
    """One cell takes more tries, and they succeed."""
    if chance < (0.7 if row["cell"] == "monk_06/woman" else 0.05):
        put(row, tries=3, rejections=["face"] * 2)


def drawn_again_now_and_then(row, chance):
    """No cell takes more tries than others but by chance."""
    if chance < 0.2:
        put(row, tries=2, rejections=["identity"])


@pytest.fixture(scope="module")
def many(tmp_path_factory, tiny_spec):
    spec = replace(tiny_spec, identities_per_cell=8, images_per_identity=1)
    return photographed(tmp_path_factory.mktemp("many") / "faces", spec, EDIT, lambda *_: making_of(EDIT))


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (fell_back_more_in_one_tone, ["fallbacks-unequal", "rejections-unequal"]),
        (drawn_again_more_in_one_cell, ["rejections-unequal"]),
        (drawn_again_now_and_then, []),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_unequal_failures_are_found(change, codes, many, tmp_path, golden):
    folder = Path(shutil.copytree(many, tmp_path / "faces"))
    for shard in (REFERENCE, PROBE):
        edit(folder, shard, lambda rows: [change(row, rng_for(2, row["image_id"]).random()) for row in rows] and rows)
    report = validate(folder)
    assert [finding.code for finding in faults(report)] == codes
    assert report.ok
    if codes:
        golden(f"bad/{change.__name__}/expected.txt", listed(report))


def groups_of(cells, people):
    """Return a group for each cell, people x blocks, and the block of everybody."""
    return np.repeat(np.eye(cells, dtype=bool), people, axis=1), np.tile(np.arange(people), cells)


def test_one_rare_failure_is_not_a_difference():
    groups, block = groups_of(cells=60, people=10)
    values = np.zeros(600)
    values[7] = 1.0
    found = excesses(values, block, groups, rng=rng_for(0, "one"), resamples=200)
    assert found[0].inside == 0.1
    assert found[0].p == 1.0


def test_failures_of_a_cell_are_found_and_of_the_right_one():
    groups, block = groups_of(cells=20, people=10)
    values = (rng_for(0, "some").random(200) < 0.03).astype(float)
    values[30:40] = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1]
    found = excesses(values, block, groups, rng=rng_for(0, "two"), resamples=1_000)
    assert [at for at, each in enumerate(found) if each.p < 0.005] == [3]
    assert found[3].inside == 0.8


def test_false_alarms_are_as_rare_as_said():
    """Of 200 sets in which nothing goes with the cell, some one in ten has p below 0.1, though people's luck differs."""
    groups, block = groups_of(cells=12, people=8)
    alarms = 0
    for at in range(200):
        rng = rng_for(at, "null")
        values = rng.binomial(4, rng.beta(0.3, 6, 96)) / 4
        found = excesses(values, block, groups, rng=rng, resamples=99)
        alarms += min(each.p for each in found) <= 0.1
    assert 5 <= alarms <= 32


def test_what_a_block_has_in_common_is_not_a_difference():
    """A head that the model cannot draw fails in every tone; that is no matter of the tone."""
    groups, block = groups_of(cells=10, people=6)
    values = np.where(block == 2, 1.0, 0.0)
    assert {each.p for each in excesses(values, block, groups, rng=rng_for(0, "block"), resamples=100)} == {1.0}


def test_a_group_of_nobody_and_one_of_everybody_are_not_compared():
    groups = np.array([[True, True], [False, False], [True, False]])
    found = excesses(np.array([1.0, 0.0]), np.zeros(2, dtype=np.int64), groups, rng=rng_for(0, "few"), resamples=50)
    assert (found[0], found[1]) == (None, None)
    assert found[2].p > 0.3
