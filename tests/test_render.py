"""A run folder is a function of its plan: not of workers, interruptions, damage or what else was rendered."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenface.errors import EvenfaceError, UsageFault
from evenface.people.identity import person
from evenface.people.plan import make_plan, read_plan, write_plan
from evenface.render import PORTION, pictures, render_run
from evenface.shots import shots_for
from evenface.spec import Spec

TINY = Spec(backend="swatch", tones=("monk_02", "monk_09"), images_per_identity=2, size_px=64)
PLAN = make_plan(TINY)

BROKEN = """
import os
from evenface.backends.swatch import Swatch

class Broken(Swatch):
    def render(self, identity, tone, shot):
        ill = os.environ.get("ILLNESS", "")
        if identity.cell.key == "monk_09/woman" and shot.shot_id == "probe_01":
            if ill == "raises":
                raise ValueError("no light")
            if ill == "dies":
                os._exit(11)
        return super().render(identity, tone, shot)
"""


def render(plan, folder, **options):
    return render_run(plan, folder, **({"backend": "swatch"} | options))


def content(folder):
    """Return every file of a run folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def marks(folder):
    return len(list(folder.glob("people/*/*/*.json")))


def some(folder, ending):
    return next(path for path in sorted(folder.glob(f"people/*/*/*{ending}")) if path.name == f"probe_00{ending}")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The tiny plan, rendered by one worker in one go."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    render(PLAN, folder)
    return content(folder)


@pytest.fixture
def run_dir(tmp_path):
    """A finished run folder of the tiny plan."""
    render(PLAN, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def broken_backend(tmp_path, monkeypatch):
    """A backend that falls ill at one picture of one person, as ILLNESS says."""
    (tmp_path / "broken_backend.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    yield "broken_backend:Broken"
    sys.modules.pop("broken_backend", None)


def test_every_person_has_a_folder_with_three_files_a_picture(undisturbed):
    (recipe,) = (name for name in undisturbed if name.startswith("recipes/") and name.endswith(".json"))
    expected = {".lock", "plan.json", recipe, "recipes/.lock"}
    for slot in PLAN.slots():
        for shot in shots_for(TINY, slot):
            stem = f"people/{slot.identity_id[3:5]}/{slot.identity_id}/{shot.shot_id}"
            expected |= {f"{stem}.png", f"{stem}.mask.png", f"{stem}.json"}
    assert set(undisturbed) == expected
    assert len(expected) == 4 + 3 * PLAN.pictures_count


def test_records_say_all_and_nothing_of_when_or_where(undisturbed, tmp_path):
    records = [json.loads(data) for name, data in undisturbed.items() if name.startswith("people") and name.endswith("json")]
    assert {tuple(sorted(record)) for record in records} == {
        ("backend", "frame", "identity", "image", "making", "mask", "recipe", "shot")
    }
    for record in records:
        assert record["making"] is None
        assert all(value == round(value, 3) for point in record["frame"]["landmarks_68"] for value in point)
        assert len(record["frame"]["landmarks_5"]) == 5
    assert str(tmp_path.parent).encode() not in b"".join(undisturbed.values())


def test_several_workers_write_the_same_bytes(undisturbed, tmp_path):
    report = render(PLAN, tmp_path / "run", workers=3)
    assert (report.done, report.skipped, report.failed) == (PLAN.pictures_count, 0, [])
    assert content(tmp_path / "run") == undisturbed


def test_a_finished_run_is_left_alone(run_dir):
    before = {path: path.stat().st_mtime_ns for path in run_dir.rglob("*.*") if path.is_file() and path.name != ".lock"}
    reported = []
    report = render(PLAN, run_dir, workers=2, on_progress=reported.append)
    assert (report.done, report.skipped, report.failed) == (0, PLAN.pictures_count, [])
    assert sum(reported) == PLAN.pictures_count
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_counts_every_picture_once(tmp_path, workers):
    reported = []
    render(PLAN, tmp_path / "run", workers=workers, on_progress=reported.append)
    assert reported == [3] * PLAN.people_count


def test_a_person_of_many_shots_reports_in_portions(tmp_path):
    plan = make_plan(Spec(backend="swatch", tones=("monk_05",), genders=("woman",), images_per_identity=PORTION + 2, size_px=32))
    reported = []
    report = render(plan, tmp_path / "run", on_progress=reported.append)
    assert reported == [PORTION, 3]
    assert report.done == plan.pictures_count == marks(tmp_path / "run")


SCRIPT = """
import sys
from pathlib import Path
from evenface.errors import EvenfaceError
from evenface.people.plan import read_plan
from evenface.render import render_run
if __name__ == "__main__":
    try:
        render_run(read_plan(sys.argv[1]), sys.argv[2], backend="swatch", workers=int(sys.argv[3]))
    except EvenfaceError as error:
        sys.exit(f"{error.what}|{error.hint}")
"""


@pytest.fixture
def program(tmp_path):
    """Return a function that starts a run in a session of its own."""
    (tmp_path / "program.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def start(plan, folder, workers, **options):
        write_plan(plan, tmp_path / "asked.json")
        command = [sys.executable, *map(str, (tmp_path / "program.py", tmp_path / "asked.json", folder, workers))]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stderr=pipe, text=True, start_new_session=True, **options)

    return start


@pytest.fixture(scope="module")
def larger(tmp_path_factory):
    """A plan that takes long enough to be cut off, and its undisturbed run."""
    plan, folder = make_plan(Spec(backend="swatch", identities_per_cell=4, size_px=64)), tmp_path_factory.mktemp("larger") / "run"
    render(plan, folder)
    return plan, content(folder)


@pytest.mark.parametrize(("workers", "with_signal"), [(1, signal.SIGKILL), (2, signal.SIGKILL), (2, signal.SIGINT)])
def test_a_run_that_was_cut_off_goes_on_to_the_same_bytes(tmp_path, larger, program, workers, with_signal):
    plan, whole = larger
    cut = tmp_path / "cut"
    for wanted in (40, 120):
        with program(plan, cut, workers) as process:
            while marks(cut) < wanted and process.poll() is None:
                time.sleep(0.005)
            os.killpg(process.pid, with_signal)
            process.communicate()
        assert process.returncode == -with_signal
        assert wanted <= marks(cut) < plan.pictures_count
    found = marks(cut)
    report = render(plan, cut, workers=workers)
    assert (report.skipped, report.done) == (found, plan.pictures_count - found)
    assert content(cut) == whole


@pytest.mark.parametrize(
    "damage",
    [
        lambda run: some(run, ".png").write_bytes(some(run, ".png").read_bytes()[:-20]),
        lambda run: some(run, ".png").write_bytes(some(run, ".png").read_bytes().replace(b"IDAT", b"IDAR")),
        lambda run: some(run, ".png").unlink(),
        lambda run: some(run, ".mask.png").unlink(),
        lambda run: some(run, ".mask.png").write_bytes(b""),
        lambda run: some(run, ".json").unlink(),
        lambda run: some(run, ".json").write_bytes(b""),
        lambda run: some(run, ".json").write_bytes(b'{"identity": 1}'),
        lambda run: some(run, ".json").write_bytes(b"\xff\xfe"),
        lambda run: some(run, ".json").write_text(some(run, ".json").read_text().replace('"age_years": ', '"age_years": 1')),
        lambda run: some(run, ".json").write_text(some(run, ".json").read_text().replace('"swatch"', '"cycles"')),
    ],
    ids=["cut", "changed", "no png", "no mask", "empty mask", "no mark", "empty mark", "other mark", "no text", "age", "backend"],
)
def test_damage_is_found_and_made_good(run_dir, undisturbed, damage):
    damage(run_dir)
    report = render(PLAN, run_dir)
    assert (report.done, report.skipped) == (1, PLAN.pictures_count - 1)
    assert content(run_dir) == undisturbed


def test_pictures_of_a_recipe_that_is_lost_are_made_again(run_dir, undisturbed):
    (recipe,) = run_dir.glob("recipes/*.json")
    recipe.unlink()
    report = render(PLAN, run_dir)
    assert (report.done, report.skipped) == (PLAN.pictures_count, 0)
    assert content(run_dir) == undisturbed


def test_leftovers_of_a_power_cut_are_removed(run_dir, undisturbed):
    leftover = some(run_dir, ".png")
    leftover.with_name(f"{leftover.name}.4711.tmp").write_bytes(b"half")
    render(PLAN, run_dir)
    assert content(run_dir) == undisturbed


def test_more_people_and_more_shots_leave_the_old_ones_as_they_are(undisturbed, tmp_path):
    more = make_plan(Spec(**{name: getattr(TINY, name) for name in ("backend", "tones", "size_px")}, identities_per_cell=3))
    assert more.spec.images_per_identity > TINY.images_per_identity
    render(more, tmp_path / "run", workers=2)
    larger = content(tmp_path / "run")
    del larger["plan.json"]
    shared = {name: data for name, data in undisturbed.items() if name in larger}
    assert len(shared) == len(undisturbed) - 1
    assert {name: larger[name] for name in shared} == shared


def test_another_plan_in_the_folder_is_wrong_use(run_dir, undisturbed):
    other = make_plan(Spec(backend="swatch", seed=1))
    for act in (render, pictures):
        with pytest.raises(UsageFault) as fault:
            act(other, run_dir)
        assert fault.value.what == f"{run_dir} holds the pictures of another plan: {PLAN.plan_hash}, not {other.plan_hash}"
    assert content(run_dir) == undisturbed


def test_a_folder_with_other_content_is_not_touched(tmp_path):
    for name in ("thesis.tex", "a.png"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(UsageFault) as fault:
        render(PLAN, tmp_path)
    assert fault.value.what == f"{tmp_path} is not empty and holds no plan.json: found a.png, thesis.tex"
    assert fault.value.hint == "choose a new or an empty folder with --out"
    assert {path.name for path in tmp_path.iterdir()} == {"thesis.tex", "a.png"}


def test_two_processes_do_not_share_a_folder(tmp_path, program):
    plan = make_plan(Spec(backend="swatch", identities_per_cell=10_000, size_px=64))
    with program(plan, tmp_path / "run", 1) as process:
        while not marks(tmp_path / "run"):
            time.sleep(0.01)
        with pytest.raises(UsageFault) as fault:
            render(plan, tmp_path / "run")
        process.kill()
    assert fault.value.what == f"another process is rendering into {tmp_path / 'run'}"
    # The lock of a killed process is released.
    with pytest.raises(UsageFault, match="another plan"):
        render(PLAN, tmp_path / "run")


@pytest.mark.parametrize("place", ["file", "file/run"])
def test_a_file_in_place_of_the_folder(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageFault) as fault:
        render(PLAN, tmp_path / place)
    assert fault.value.what.startswith(f"{tmp_path / place} cannot be used as asked")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder in which even root may write nothing")
def test_a_folder_that_may_not_be_written():
    with pytest.raises(UsageFault) as fault:
        render(PLAN, "/sys/kernel/evenface")
    assert fault.value.what.startswith("/sys/kernel/evenface cannot be written")
    assert fault.value.hint == "choose a folder that you may write, with --out"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 kB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_stops_the_run_and_loses_nothing(small_disk, tmp_path, workers):
    plan = make_plan(Spec(backend="swatch", identities_per_cell=2))
    with pytest.raises(EvenfaceError) as error:
        render(plan, small_disk / "run", workers=workers)
    assert error.value.what.startswith(f"the disk is full at {small_disk}")
    assert error.value.hint == "free some space and run the same command again: it goes on with what is missing"
    assert marks(small_disk / "run") > 0
    found = marks(small_disk / "run")
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    report = render(plan, small_disk / "run", workers=workers)
    assert (report.skipped, report.done) == (found, plan.pictures_count - found)
    render(plan, tmp_path / "whole")
    assert content(small_disk / "run") == content(tmp_path / "whole")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_limit_on_file_sizes_is_reported(tmp_path, program, workers):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    with program(PLAN, tmp_path / "run", workers, preexec_fn=limit) as process:
        _, said = process.communicate()
    assert process.returncode == 1
    assert said.startswith(f"the file size limit is reached at {tmp_path / 'run' / 'people'}")
    assert marks(tmp_path / "run") == 0


def test_one_picture_that_fails_is_reported_and_the_others_made(tmp_path, broken_backend, monkeypatch):
    monkeypatch.setenv("ILLNESS", "raises")
    reported = []
    report = render(PLAN, tmp_path / "run", backend=broken_backend, executor="serial", on_progress=reported.append)
    (failed,) = report.failed
    assert failed.task.identity.cell.key == "monk_09/woman"
    assert failed.what == "ValueError: no light"
    assert report.done == sum(reported) == PLAN.pictures_count - 3
    assert marks(tmp_path / "run") == PLAN.pictures_count - 1
    with pytest.raises(EvenfaceError, match="the picture probe_01 of id_"):
        list(pictures(PLAN, tmp_path / "run"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_costs_its_picture_until_the_next_run(tmp_path, broken_backend, monkeypatch, workers):
    monkeypatch.setenv("ILLNESS", "dies")
    report = render(PLAN, tmp_path / "run", backend=broken_backend, workers=workers)
    (failed,) = report.failed
    assert failed.task.identity.cell.key == "monk_09/woman"
    assert failed.what == "the worker process ended with exit code 11 in the middle of this task"
    assert marks(tmp_path / "run") == PLAN.pictures_count - 1
    monkeypatch.setenv("ILLNESS", "")
    report = render(PLAN, tmp_path / "run", backend=broken_backend, workers=workers)
    assert (report.done, report.skipped, report.failed) == (1, PLAN.pictures_count - 1, [])
    render(PLAN, tmp_path / "whole", backend=broken_backend)
    assert content(tmp_path / "run") == content(tmp_path / "whole")


@pytest.mark.parametrize("executor", ["serial", "local"])
def test_a_backend_that_cannot_start_stops_the_run_at_once(tmp_path, executor):
    with pytest.raises(UsageFault) as fault:
        render(PLAN, tmp_path / "run", backend="no_such_module_here:Own", executor=executor)
    assert fault.value.what == "there is no module no_such_module_here for the backend 'no_such_module_here:Own'"


@pytest.mark.parametrize("wrong", [{"backend": "cyclse"}, {"workers": 0}, {"executor": "cloud"}])
def test_wrong_use_leaves_no_folder_behind(tmp_path, wrong):
    with pytest.raises(UsageFault):
        render(PLAN, tmp_path / "run", **wrong)
    assert not (tmp_path / "run").exists()


def test_pictures_come_back_in_the_order_of_the_plan(run_dir):
    plan = read_plan(run_dir / "plan.json")
    expected = [(person(0, "independent", slot), shot) for slot in plan.slots() for shot in shots_for(plan.spec, slot)]
    found = list(pictures(plan, run_dir))
    assert [(rendered.identity, rendered.shot) for rendered in found] == expected
    assert all(rendered.frame.image_png.startswith(b"\x89PNG") for rendered in found)
    assert {len(rendered.frame.landmarks_68) for rendered in found} == {68}


def test_pictures_of_no_run_folder_are_refused_before_the_first(tmp_path):
    with pytest.raises(UsageFault) as fault:
        pictures(PLAN, tmp_path)
    assert fault.value.what == f"{tmp_path} is not a run folder: it holds no plan.json"
