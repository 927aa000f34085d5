"""Croissant: its own library finds no error and reads every record; the responsible-AI extension is complete."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from described import ALL_OF_IT, SEPARATION, evidence_of, manifest_of

from evenface.dataset import CONFIGS, Dataset, schema_of
from evenface.publish.croissant import croissant_text, rai_properties
from evenface.publish.datasheet import build_datasheet

# The properties of croissant_rai.ttl of the extension, version 1.0.
RAI = {
    *("dataCollection", "dataCollectionType", "dataCollectionMissingData", "dataCollectionRawData", "dataCollectionTimeframe"),
    *("dataImputationProtocol", "dataManipulationProtocol", "dataPreprocessingProtocol", "dataAnnotationProtocol"),
    *(
        "dataAnnotationPlatform",
        "dataAnnotationAnalysis",
        "annotationsPerItem",
        "annotatorDemographics",
        "machineAnnotationTools",
    ),
    *("dataReleaseMaintenancePlan", "personalSensitiveInformation", "dataSocialImpact", "dataBiases", "dataLimitations"),
    "dataUseCases",
}


def described(manifest, **evidence):
    found = evidence_of(manifest, **evidence)
    return json.loads(croissant_text(manifest, found, build_datasheet(manifest, found)))


READ = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
issues = dataset.metadata.ctx.issues
counts = {}
for records in dataset.metadata.record_sets:
    rows = list(dataset.records(records.id))
    counts[records.id] = len(rows)
    if records.id == "default":
        sizes = {row["default/image"].size for row in rows}
        names = sorted(row["default/image_id"].decode() for row in rows)
version = dataset.metadata.ctx.conforms_to.value
print(json.dumps([sorted(issues.errors), sorted(issues.warnings), version, counts, sorted(sizes), names]))
"""


@pytest.fixture(scope="module")
def read(tiny_dataset):
    """What the library makes of a real dataset, in a process of its own: it warns of things that are not ours."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, str(tiny_dataset / "croissant.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_library_finds_no_error(read):
    errors, warnings, version, *_ = read
    assert errors == []
    # Only the maker knows a date, and this dataset has none.
    assert [warning.partition("]")[2] for warning in warnings] == [
        ' Property "https://schema.org/datePublished" is recommended, but does not exist.'
    ]
    assert version == "http://mlcommons.org/croissant/1.1"


def test_the_library_reads_every_config(read, tiny_dataset):
    counts, sizes, names = read[3:]
    dataset = Dataset.open(tiny_dataset)
    assert counts == {config: sum(1 for _ in dataset.rows(config, ())) for config in CONFIGS}
    assert sizes == [[64, 64]]
    assert names == sorted(row["image_id"] for row in dataset.rows("default", ("image_id",)))


def test_every_shard_is_there_with_its_digest_and_every_column_with_a_type(tiny_dataset):
    found, manifest = json.loads((tiny_dataset / "croissant.json").read_text()), Dataset.open(tiny_dataset).manifest
    files = [each for each in found["distribution"] if each["@type"] == "cr:FileObject"]
    assert {each["contentUrl"]: each["sha256"] for each in files} == {shard.path: shard.sha256 for shard in manifest.shards}
    sizes = {shard.path: f"{(tiny_dataset / shard.path).stat().st_size} B" for shard in manifest.shards}
    assert {each["name"]: each["contentSize"] for each in files} == sizes
    for records in found["recordSet"]:
        columns = [field["name"] for field in records["field"]]
        assert columns == schema_of(CONFIGS[records["@id"]][0], manifest.spec.scale).names
        assert all("dataType" in field or "subField" in field for field in records["field"])


def test_keys_are_of_one_row_and_class_labels_say_their_numbers(tiny_dataset):
    found, dataset = json.loads((tiny_dataset / "croissant.json").read_text()), Dataset.open(tiny_dataset)
    keys = {records["@id"]: records["key"]["@id"].split("/") for records in found["recordSet"] if "key" in records}
    assert keys.keys() == {"default", "reference", "masks", "identities"}
    for config, (room, column) in keys.items():
        values = [row[column] for row in dataset.rows(config, (column,))]
        assert room == config
        assert len(set(values)) == len(values) > 0
    (tone,) = (field for field in found["recordSet"][0]["field"] if field["name"] == "tone")
    assert tone["description"].startswith("Class label: 0 monk_01, 1 monk_02,")


def test_all_twenty_properties_are_filled():
    found = described(manifest_of())
    assert "http://mlcommons.org/croissant/RAI/1.0" in found["conformsTo"]
    assert found["@context"]["rai"] == "http://mlcommons.org/croissant/RAI/"
    filled = {key.removeprefix("rai:"): value for key, value in found.items() if key.startswith("rai:")}
    assert len(RAI) == 20
    assert set(filled) == RAI
    assert all(isinstance(value, str) and value.strip() for value in filled.values())


def test_properties_say_what_was_measured_and_what_was_not():
    manifest = manifest_of()

    def rai_of(**evidence):
        found = evidence_of(manifest, **evidence)
        return rai_properties(manifest, found, build_datasheet(manifest, found))

    assert "Reference pictures, same tone: 1 of 4, 25.0 % (95 % interval 4.6 % to 69.9 %)" in rai_of()["dataAnnotationAnalysis"]
    assert "was not measured" in rai_of()["dataBiases"]
    assert "sface FMR, pairs of everybody, 20.5 % (9.3 % to 32.9 %; 96 pairs)" in rai_of(separation=SEPARATION)["dataBiases"]
    assert "1 cells have other counts" in rai_of(uneven=("x",))["dataCollectionMissingData"]
    assert rai_of()["dataCollectionTimeframe"].startswith("Not recorded by the maker.")
    assert "Maintained by: not said." in rai_of()["dataReleaseMaintenancePlan"]


def test_the_maker_is_named_as_machines_want_it():
    found = described(manifest_of(ALL_OF_IT))
    assert found["creator"] == [
        {"@type": "Person", "name": "Ada Quill"},
        {"@type": "Person", "name": "Ben Orr"},
        {"@type": "Organization", "name": "Institute of Examples"},
    ]
    assert (found["license"], found["datePublished"], found["version"], found["url"]) == (
        "https://creativecommons.org/licenses/by-sa/4.0/",
        "2026-06-01",
        "1.2.0",
        "https://example.org/faces",
    )
    assert found["rai:dataCollectionTimeframe"] == "Made from 2026-05-01 until 2026-05-02. No picture shows a time."
    assert "license" not in described(manifest_of(backend="studio:X"))


def test_words_of_the_maker_stay_words():
    hostile = replace(ALL_OF_IT, name='"}], "x": [{', maintenance="*a* {{ 7 }} \\ _b_")
    found = described(manifest_of(hostile))
    assert found["creator"][0]["name"] == '"}], "x": [{'
    assert "Maintained by: *a* {{ 7 }}" in found["rai:dataReleaseMaintenancePlan"]
