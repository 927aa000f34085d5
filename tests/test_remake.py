"""Pictures of a published set can be made again, with a verdict for each."""

from __future__ import annotations

import json
import shutil
from io import BytesIO

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from spoil import PROBE, REFERENCE, edit, put

from evenface.backends import reuse_backend
from evenface.cli import main
from evenface.dataset import MANIFEST, Dataset
from evenface.errors import EvenfaceError
from evenface.examine.remake import DIFFERENT, SAME_BYTES, SAME_PIXELS, WITHIN, remake
from evenface.files.pictures import encode_png

EVERYTHING = 10_000


def repainted(row, change):
    """Put ``change`` of the pixels in place of a row's picture."""
    pixels = np.asarray(Image.open(BytesIO(row["image"]["bytes"])))
    put(row, image={"bytes": encode_png(np.asarray(change(pixels), np.uint8)), "path": row["image"]["path"]})


def manifest(folder, change):
    document = json.loads((folder / MANIFEST).read_text())
    change(document)
    (folder / MANIFEST).write_text(json.dumps(document))


def verdicts(folder, **options):
    found = remake(folder, **({"sample": EVERYTHING} | options))
    return {each.image_id: each for each in found.pictures}, found


def test_every_picture_of_a_set_is_made_again_to_the_byte(tiny_dataset):
    each, found = verdicts(tiny_dataset, workers=2)
    assert {picture.image_id for picture in found.pictures} == {
        row["image_id"] for row in Dataset.open(tiny_dataset).rows("default", ("image_id",))
    }
    assert {picture.verdict for picture in each.values()} == {SAME_BYTES}
    assert {(picture.mean_delta_e_2000, picture.landmark_px) for picture in each.values()} == {(0.0, 0.0)}
    assert found.ok
    assert found.summary == f"{len(each)} pictures: {len(each)} same bytes"
    ((recipe, here),) = found.recipes
    assert recipe == here


def test_rendered_heads_made_again_alone_have_the_same_bytes(real_faces):
    """A picture that was made after others in its run is made again by itself in a process of its own."""
    _, found = verdicts(real_faces, sample=3, workers=1)
    assert [(picture.verdict, picture.why) for picture in found.pictures] == [(SAME_BYTES, "")] * 3


def test_a_sample_is_as_large_as_asked_for_and_another_seed_picks_others(tiny_dataset):
    names = [set(verdicts(tiny_dataset, sample=5, seed=seed)[0]) for seed in range(4)]
    assert {len(each) for each in names} == {5}
    assert len(set(map(frozenset, names))) > 1
    assert names[0] == set(verdicts(tiny_dataset, sample=5)[0])


def test_a_file_in_another_spelling_has_the_same_pixels(own_dataset):
    edit(own_dataset, PROBE, lambda rows: repainted(rows[0], lambda pixels: pixels))
    each, found = verdicts(own_dataset)
    assert sorted(picture.verdict for picture in each.values())[:2] == [SAME_BYTES, SAME_BYTES]
    assert [picture.verdict for picture in each.values()].count(SAME_PIXELS) == 1
    assert found.ok


def test_a_changed_pixel_is_different_where_the_recipe_is_the_same(own_dataset):
    def brighter(pixels):
        changed = pixels.copy()
        changed[:4, :4] ^= 1
        return changed

    edit(own_dataset, PROBE, lambda rows: repainted(rows[1], brighter))
    each, found = verdicts(own_dataset)
    (other,) = (picture for picture in each.values() if picture.verdict != SAME_BYTES)
    assert other.verdict == DIFFERENT
    assert 0 < other.mean_delta_e_2000 < 0.1
    assert other.why == "the recipe is the same, so the pixels should be too"
    assert not found.ok
    assert found.summary == f"{len(each)} pictures: {len(each) - 1} same bytes, 1 different"


@pytest.mark.parametrize(("shift", "verdict"), [(1, WITHIN), (25, DIFFERENT)])
def test_a_set_of_another_revision_is_recognised_and_both_are_named(own_dataset, shift, verdict):
    def shifted(rows):
        for row in rows:
            repainted(row, lambda pixels: np.clip(pixels.astype(int) + shift, 0, 255))

    for shard in (PROBE, REFERENCE):
        edit(own_dataset, shard, shifted)
    manifest(own_dataset, lambda found: found["renders"][0].update(revision=99, processor="x86_64 AuthenticAMD v3"))
    manifest_recipe = next(iter(Dataset.open(own_dataset).manifest.renders_by_digest()))
    for shard in (PROBE, REFERENCE):
        edit(own_dataset, shard, lambda rows: [put(row, recipe=manifest_recipe) for row in rows] and rows)
    each, found = verdicts(own_dataset)
    assert {picture.verdict for picture in each.values()} == {verdict}
    assert found.ok is (verdict == WITHIN)
    ((recipe, here),) = found.recipes
    assert "revision 99" in recipe
    assert "AuthenticAMD v3" in recipe
    assert recipe != here


def test_another_person_is_different_whatever_made_them(own_dataset):
    """Two people who have changed places."""

    def swapped(rows):
        rows[0]["image"], rows[-1]["image"] = rows[-1]["image"], rows[0]["image"]

    edit(own_dataset, PROBE, swapped)
    manifest(own_dataset, lambda found: found["renders"][0].update(revision=99))
    each, found = verdicts(own_dataset)
    assert [picture.verdict for picture in each.values()].count(DIFFERENT) == 2
    assert not found.ok


def test_moved_landmarks_are_different(own_dataset):
    def moved(rows):
        rows[0]["landmarks_68"][30][0] += 0.75
        repainted(rows[0], lambda pixels: np.clip(pixels.astype(int) + 1, 0, 255))

    edit(own_dataset, PROBE, moved)
    manifest(own_dataset, lambda found: found["renders"][0].update(revision=99))
    (other,) = (picture for picture in verdicts(own_dataset)[0].values() if picture.verdict == DIFFERENT)
    assert (other.landmark_px, other.why) == (0.75, "")


def test_a_picture_that_is_gone_or_damaged_is_different(own_dataset):
    def spoilt(rows):
        put(rows[0], image={"bytes": b"no picture", "path": "a.png"})
        put(rows[1], image_id="somebody_else")

    edit(own_dataset, PROBE, spoilt)
    _, found = verdicts(own_dataset)
    assert sorted(picture.why for picture in found.pictures if picture.verdict == DIFFERENT) == [
        "the dataset lacks this picture",
        "the stored picture cannot be read",
    ]


def test_a_manifest_of_another_plan_is_refused(own_dataset):
    manifest(own_dataset, lambda found: found["spec"].update(seed=99))
    with pytest.raises(EvenfaceError, match=r"^evenface.json names the plan \w{64}, but its spec .* give \w{64}$"):
        remake(own_dataset, sample=1)


def test_what_cannot_be_made_is_a_line_and_exit_code_1(own_dataset, monkeypatch):
    def fails(*_):
        raise RuntimeError("no light")

    monkeypatch.setattr("evenface.backends.swatch.Swatch.render", fails)
    reuse_backend.cache_clear()
    _, found = verdicts(own_dataset, sample=2)
    assert [(picture.verdict, "no light" in picture.why) for picture in found.pictures] == [(DIFFERENT, True)] * 2


def test_the_command_lists_verdicts_and_recipes(own_dataset):
    done = CliRunner().invoke(main, ["remake", str(own_dataset), "--sample", "3", "--quiet"])
    assert done.exit_code == 0, done.output
    assert done.stdout.count("same bytes") == 4
    assert "3 pictures: 3 same bytes" in done.stdout
    assert "made by swatch, revision" in done.stdout
    assert "; same as here" in done.stdout
    edit(own_dataset, PROBE, lambda rows: [repainted(row, lambda pixels: 255 - pixels) for row in rows] and rows)
    done = CliRunner().invoke(main, ["remake", str(own_dataset), "--sample", "99", "--json", "--quiet"])
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert (report["format"], report["ok"]) == (1, False)
    assert {each["verdict"] for each in report["pictures"]} == {SAME_BYTES, DIFFERENT}


def test_a_missing_dataset_is_wrong_use(tmp_path):
    done = CliRunner().invoke(main, ["remake", str(tmp_path / "nowhere")])
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, f"Error: the folder {tmp_path / 'nowhere'} does not exist")


def test_a_selected_set_is_made_again_with_its_people(tmp_path, tiny_dataset):
    """The manifest alone says which candidates were chosen."""
    from evenface.people.plan import Selection, make_plan, with_selection
    from evenface.publish.package import package
    from evenface.render import render_run
    from evenface.spec import override

    spec = override(Dataset.open(tiny_dataset).manifest.spec, select="sface", candidates=3)
    heads = sum(1 for _ in make_plan(spec).heads())
    plan = with_selection(make_plan(spec), Selection(("sface: 1",), tuple(at % 3 for at in range(heads))))
    assert not render_run(plan, tmp_path / "run", backend="swatch").failed
    package(tmp_path / "run", tmp_path / "faces")
    shutil.rmtree(tmp_path / "run")
    _, found = verdicts(tmp_path / "faces")
    assert {picture.verdict for picture in found.pictures} == {SAME_BYTES}
    manifest(tmp_path / "faces", lambda held: held.update(attempts=[0] * heads))
    with pytest.raises(EvenfaceError, match="names the plan"):
        remake(tmp_path / "faces", sample=1)


def test_the_command_counts_to_the_pictures_of_a_small_set(tiny_dataset):
    """Asked for more pictures than there are, progress ends at those that there are."""
    done = CliRunner().invoke(main, ["remake", str(tiny_dataset), "--sample", str(EVERYTHING)])
    count = sum(1 for _ in Dataset.open(tiny_dataset).rows("default", ("image_id",)))
    assert f"pictures {count}/{count}" in done.stderr


def test_an_opened_dataset_is_made_again(tiny_dataset):
    assert verdicts(Dataset.open(tiny_dataset), sample=2)[1].ok
