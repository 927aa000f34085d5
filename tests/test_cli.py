"""The command line from end to end, on the swatch backend: what it makes, what it says, how it ends."""

from __future__ import annotations

import json
import logging
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenface import __version__
from evenface.cli import main
from evenface.people.plan import make_plan
from evenface.spec import override, preset

TINY = """
[cells]
tones = [1, 6, 10]
[shots]
images_per_identity = 2
size_px = 32
backend = "swatch"
"""
PICTURES = 3 * 2 * (2 + 1)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder that holds ``tiny.toml`` alone."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(TINY)
    return lambda *args: CliRunner().invoke(main, list(map(str, args)), prog_name="evenface", catch_exceptions=False)


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(TINY)
    args = ["generate", str(folder / "tiny.toml"), "--out", str(folder / "faces"), "--quiet"]
    assert CliRunner().invoke(main, args).exit_code == 0
    return folder / "faces"


def process(*args, cwd=None, env=None, **options):
    command = [sys.executable, "-m", "evenface", *map(str, args)]
    environment = os.environ | (env or {})
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env=environment, **options
    )


# What it makes


def test_generate_makes_a_dataset_that_load_dataset_opens(run, tmp_path):
    done = run("generate", "tiny.toml", "--out", "faces")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines()[-4:] == [
        "Balanced and whole: 1 note. Tables: evenface validate faces",
        "Dataset:       faces",
        "Contact sheet: faces/contact_sheet.png",
        f"Run folder:    {tmp_path}/faces.run (needed only to package again)",
    ]
    from datasets import load_dataset

    faces = load_dataset("faces", cache_dir=str(tmp_path / "cache"))
    assert list(faces) == ["test"]
    assert len(faces["test"]) == PICTURES
    assert faces["test"][0]["image"].size == (32, 32)
    assert {faces["test"].features["tone"].int2str(tone) for tone in faces["test"]["tone"]} == {"monk_01", "monk_06", "monk_10"}
    streamed = load_dataset("faces", "masks", streaming=True, cache_dir=str(tmp_path / "cache"))
    assert sum(1 for _ in streamed["test"]) == PICTURES


def test_the_stages_one_by_one_make_what_generate_makes(run, faces):
    assert run("plan", "tiny.toml", "--out", "plan.json").exit_code == 0
    assert run("render", "plan.json", "--out", "run", "--quiet").exit_code == 0
    assert run("package", "run", "--out", "faces", "--quiet").exit_code == 0
    assert run("sheet", "faces", "--out", "sheet.png").exit_code == 0
    assert Path("sheet.png").read_bytes() == (faces / "contact_sheet.png").read_bytes()
    Path("faces/validation.json").write_text(run("validate", "faces", "--json").stdout)
    assert run("datasheet", "faces").exit_code == 0
    files = sorted(path.relative_to("faces") for path in Path("faces").rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(faces) for path in faces.rglob("*") if path.is_file())
    assert [name for name in files if (faces / name).read_bytes() != (Path("faces") / name).read_bytes()] == []
    assert "`evenface validate` found 0 errors and 0 warnings." in Path("faces/datasheet.md").read_text()


def test_validate_shows_findings_first_then_what_a_reader_needs_and_ends_well(faces, run):
    done = run("validate", faces)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[-1] == "Balanced and whole: 1 note."
    titles = [line.strip() for line in lines if line and line[0] != " "]
    assert titles[:5] == [
        "Findings",
        "Balance",
        "Designed against measured tone, reference shots",
        "Nuisances, 5 of 49: the strongest associations with tone or gender",
        "Some tables are left out. For all of them use --full, --html FILE or --json.",
    ]
    assert "monk_06/woman" in done.stdout
    assert len(lines) < 60


def test_validate_shows_every_table_where_all_are_wanted(faces, run):
    said = run("validate", faces, "--full", "--quiet").stdout
    report = json.loads(run("validate", faces, "--json", "--quiet").stdout)
    # Of a title, as much as stands on one line above a narrow table.
    places = [said.index(f"\n{table['title'][:15]}") for table in report["tables"]]
    assert len(set(places)) == len(places) > 5
    assert (said.split()[0], places) == ("Findings", sorted(places))
    assert "Some tables are left out" not in said


def test_validate_writes_json_and_nothing_else_to_stdout(faces, run):
    done = run("validate", faces, "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["ok"], [found["code"] for found in report["findings"]]) == (0, True, ["datasheet-unanswered"])


def test_validate_writes_a_page(faces, run):
    pytest.importorskip("matplotlib")
    done = run("validate", faces, "--html", "report.html", "--quiet")
    assert done.exit_code == 0
    assert Path("report.html").read_text().startswith("<!doctype html>")
    assert done.stderr == "Report: report.html\n"


def test_validate_reads_anybodys_table(faces, run):
    done = run("validate", faces, "--tone-column", "tone", "--scale", "mst", "--json", "--quiet")
    report = json.loads(done.stdout)
    assert (report["kind"], report["plan_hash"], report["source"]["scale"]) == ("evenface", None, "mst")
    missing = {finding["where"] for finding in report["findings"] if finding["code"] == "cell-missing"}
    assert "monk_02/woman" in missing
    assert done.exit_code == 1
    said = run("validate", faces, "--tone-column", "tone", "--quiet").stdout.splitlines()
    assert said[-1] == "Whole; balance is not shown."


def test_warnings_do_not_fail(faces, run):
    from evenface.dataset import Dataset

    Path("pictures").mkdir()
    lines = ["file_name,tone,gender"]
    for row in Dataset.open(faces).rows("default", ["image", "image_id", "tone", "gender"]):
        Path(f"pictures/{row['image_id']}.png").write_bytes(row["image"]["bytes"])
        lines.append(f"pictures/{row['image_id']}.png,{row['tone']},{row['gender']}")
    write("faces.csv", "\n".join(lines))
    Path(f"pictures/{row['image_id']}.png").rename("pictures/more.png")
    lines[-1] = lines[-1].replace(row["image_id"], "<b>")
    Path("pictures/more.png").rename("pictures/<b>.png")
    write("faces.csv", "\n".join(lines))
    done = run("validate", "faces.csv", "--quiet")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "Whole; balance is not shown: 1 warning.")


def test_a_finding_is_exit_code_1(faces, run):
    shutil.copytree(faces, "faces")
    next(Path("faces/masks").glob("*.parquet")).unlink()
    done = run("validate", "faces", "--json", "--quiet")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["ok"]) == (1, False)
    assert "shard-missing" in {finding["code"] for finding in report["findings"]}
    assert run("validate", "faces", "--quiet").stdout.splitlines()[-1].startswith("Not as declared: ")


def test_options_change_the_spec(run):
    options = (
        "--identities-per-cell",
        2,
        "--images-per-identity",
        1,
        "--size",
        48,
        "--seed",
        9,
        "--design",
        "crossed",
        "--backend",
        "swatch",
    )
    done = run("plan", "--preset", "demo", *options, "--out", "plan.json")
    assert done.exit_code == 0
    spec = json.loads(Path("plan.json").read_text())["spec"]
    assert (spec["seed"], spec["design"], spec["cells"]["identities_per_cell"]) == (9, "crossed", 2)
    assert spec["shots"] == {"images_per_identity": 1, "size_px": 48, "samples": 12, "backend": "swatch"}
    assert done.stderr.startswith("plan.json: 20 cells, 40 people, 80 pictures, about ")


def test_seed_0_is_a_seed(run):
    Path("tiny.toml").write_text("seed = 7\n" + TINY)
    run("plan", "tiny.toml", "--seed", 0, "--out", "plan.json")
    assert json.loads(Path("plan.json").read_text())["spec"]["seed"] == 0


def test_the_version(run):
    assert run("--version").stdout == f"evenface {__version__}\n"


def test_doctor_names_versions_device_backends_extras_and_cache(run, monkeypatch, tmp_path):
    monkeypatch.setenv("EVENFACE_CACHE", str(tmp_path / "cache"))
    done = run("doctor")
    assert done.exit_code in (0, 1)
    words = (
        __version__,
        "cores",
        "bpy",
        "pyarrow",
        "cycles",
        "swatch",
        "Face models",
        "face readings",
        "Extra [diffusion]",
        "which weights are there",
    )
    for word in (*words, str(tmp_path / "cache")):
        assert word in done.stdout


# What it says when it cannot


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


GENERATE = ("generate", "tiny.toml", "--out", "faces", "--quiet")
NO_SPEC_HINT = "give one of them: a SPEC.toml, or --preset demo"
OTHER_FOLDER = "choose another folder with --out, or remove this one"
BAD_INPUT = {
    "no spec": (
        lambda: None,
        ("generate", "--out", "faces"),
        ("neither a spec nor a preset is given", NO_SPEC_HINT),
    ),
    "two specs": (
        lambda: None,
        ("generate", "tiny.toml", "--preset", "demo", "--out", "faces"),
        ("both the spec tiny.toml and the preset demo are given", NO_SPEC_HINT),
    ),
    "no such spec": (
        lambda: None,
        ("generate", "other.toml", "--out", "faces"),
        ("the spec other.toml does not exist", "give the path of a TOML file, or --preset demo"),
    ),
    "a folder for a spec": (
        lambda: Path("specs").mkdir(),
        ("plan", "specs", "--out", "plan.json"),
        ("the spec specs is a folder", "give the path of a TOML file in it"),
    ),
    "unknown key": (
        lambda: write("bad.toml", "[cells]\ntoness = [1]\n"),
        ("generate", "bad.toml", "--out", "faces"),
        (
            "bad.toml: [cells] toness: unknown key",
            "did you mean 'tones'? keys here: scale, tones, genders, age_bands, identities_per_cell",
        ),
    ),
    "nobody": (
        lambda: None,
        (*GENERATE, "--identities-per-cell", "0"),
        ("the options: [cells] identities_per_cell: must be 1 or more, found 0", "write identities_per_cell = 1 or more"),
    ),
    "unknown backend": (
        lambda: None,
        (*GENERATE, "--backend", "cycels"),
        ("there is no backend 'cycels'", "choose one of: cycles, swatch, diffusion; or your own as module:Class"),
    ),
    "a folder of somebody else": (
        lambda: write("faces/letter.txt", "dear"),
        GENERATE,
        ("{cwd}/faces is not empty and holds no evenface.json: found letter.txt", OTHER_FOLDER),
    ),
    "a run folder of somebody else": (
        lambda: write("faces.run/letter.txt", "dear"),
        GENERATE,
        ("{cwd}/faces.run is not empty and holds no plan.json: found letter.txt", "choose a new or an empty folder with --out"),
    ),
    "a file where a folder should be": (
        lambda: write("faces", "a file"),
        GENERATE,
        ("{cwd}/faces is a file", "choose a folder with --out"),
    ),
    "a file above": (
        lambda: write("above", "a file"),
        ("generate", "tiny.toml", "--out", "above/faces", "--quiet"),
        ("{cwd}/above/faces cannot be used as asked (Not a directory)", "choose another folder, with --out"),
    ),
    "a plan that is none": (
        lambda: write("plan.json", "[]"),
        ("render", "plan.json", "--out", "run"),
        ("plan.json is not a plan", "give a file that 'evenface plan' wrote"),
    ),
    "no such plan": (
        lambda: None,
        ("render", "plan.json", "--out", "run"),
        ("the plan plan.json does not exist", "make it: evenface plan SPEC.toml --out plan.json"),
    ),
    "a run that is none": (
        lambda: Path("run").mkdir(),
        ("package", "run", "--out", "faces", "--quiet"),
        ("run is not a run folder: it holds no plan.json", "make one: evenface render plan.json --out run"),
    ),
    "no such dataset": (
        lambda: None,
        ("validate", "faces"),
        ("the folder faces does not exist", "make a dataset: evenface generate --preset demo --out faces"),
    ),
    "a dataset that is none": (
        lambda: write("faces/letter.txt", "dear"),
        ("sheet", "faces", "--out", "sheet.png"),
        ("faces is not a dataset: it has no evenface.json; found letter.txt", "give the folder that holds evenface.json"),
    ),
}


def files_in(folder):
    # The lock of a run folder is taken before anything in it is looked at.
    return sorted(path for path in folder.rglob("*") if path.name != ".lock")


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_told_in_two_lines(run, case, tmp_path):
    prepare, args, (what, hint) = BAD_INPUT[case]
    prepare()
    before = files_in(tmp_path)
    done = run(*args)
    assert done.stderr == f"Error: {what.format(cwd=tmp_path)}\nTry: {hint}\n"
    assert (done.exit_code, done.stdout) == (2, "")
    assert files_in(tmp_path) == before, "nothing is left behind"


def test_a_hub_that_cannot_be_reached_is_told_in_two_lines(run, monkeypatch):
    from datasets import config

    spoken: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = spoken.append
    # Nobody listens there; the library tries again and again, and tells of every attempt.
    monkeypatch.setattr(config, "HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    logging.getLogger("huggingface_hub").addHandler(handler)
    try:
        done = run("validate", "somebody/faces")
    finally:
        logging.getLogger("huggingface_hub").removeHandler(handler)
    what = "somebody/faces is not a local path, and cannot be read from the Hub: Couldn't reach 'somebody/faces' on the Hub"
    assert done.stderr == f"Error: {what} (LocalEntryNotFoundError)\nTry: check its spelling, --config and --split\n"
    assert (done.exit_code, spoken) == (1, [])


@pytest.mark.parametrize(
    "args", [("--preset", "dmo"), ("--workers", "0"), ("--size", "big"), ("--design", "crosed"), ("--colour",)]
)
def test_a_wrong_option_is_wrong_use(run, args):
    done = run("generate", "tiny.toml", "--out", "faces", *args)
    assert done.exit_code == 2
    assert done.stderr.startswith("Usage: evenface generate [OPTIONS] [SPEC.toml]\n")


def test_several_mistakes_are_told_at_once(run):
    write("bad.toml", 'sede = 1\n[cells]\ntones = [11]\ngenders = ["womn"]\nidentities_per_cell = "many"\n')
    done = run("plan", "bad.toml", "--out", "plan.json")
    assert done.exit_code == 2
    for place in ("sede: ", "[cells] tones[0]: ", "[cells] genders[0]: ", "[cells] identities_per_cell: "):
        assert place in done.stderr


def test_a_run_of_another_plan_is_named_by_both_hashes(run):
    assert run(*GENERATE).exit_code == 0
    shutil.rmtree("faces")
    done = run(*GENERATE, "--seed", 1)
    mine, other = plan_hash(), plan_hash(seed=1)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0] == f"Error: {Path.cwd()}/faces.run holds the pictures of another plan: {mine}, not {other}"


def test_a_dataset_of_another_plan_is_kept_and_refused_before_anything_is_rendered(run):
    assert run(*GENERATE).exit_code == 0
    shutil.rmtree("faces.run")
    done = run(*GENERATE, "--seed", 1)
    assert done.exit_code == 2
    what = f"Error: {Path.cwd()}/faces holds the dataset of another plan: {plan_hash()}, not {plan_hash(seed=1)}"
    assert done.stderr.splitlines()[0] == what
    assert Path("faces/evenface.json").exists()
    assert not Path("faces.run").exists()


def plan_hash(**changes):
    from evenface.spec import read_spec

    return make_plan(override(read_spec("tiny.toml"), **changes)).plan_hash


@pytest.mark.parametrize("command", ["generate", "render"])
def test_ten_million_pictures_are_announced_and_not_begun(run, monkeypatch, command):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    made = make_plan(override(preset("demo"), identities_per_cell=125_000))
    assert made.pictures_count == 10_000_000
    if command == "render":
        run("plan", "--preset", "demo", "--identities-per-cell", 125_000, "--out", "plan.json")
        done = run("render", "plan.json", "--out", "run")
    else:
        done = run("generate", "--preset", "demo", "--identities-per-cell", 125_000, "--out", "faces")
    assert done.exit_code == 2
    what, hint = done.stderr.splitlines()
    assert what.startswith("Error: this plan is large: 10,000,000 pictures, about ")
    assert what.endswith(" GB on this machine")
    assert " days and " in what
    assert hint == "Try: add --yes to start, or plan fewer people"
    assert not Path("run").exists()
    assert not Path("faces.run").exists()


def test_a_failed_person_is_listed_and_the_others_are_kept(run, monkeypatch):
    write("odd.py", ODD_BACKEND)
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    done = run(*GENERATE, "--backend", "odd:Odd")
    assert done.exit_code == 1
    assert "RuntimeError: no man can be drawn today" in done.stderr
    assert done.stderr.splitlines()[-2:] == [
        f"Error: 3 people of 6 could not be rendered; reasons: {Path.cwd()}/faces.run/failures.txt",
        "Try: run the same command again: it retries them and keeps the rest",
    ]
    assert "Traceback" in Path("faces.run/failures.txt").read_text()
    assert len(list(Path("faces.run").glob("people/*/*/*.json"))) == PICTURES // 2
    assert not Path("faces").exists()
    write("odd.py", ODD_BACKEND.replace('"man"', '"nobody"'))
    assert run(*GENERATE, "--backend", "odd:Odd").exit_code == 0


ODD_BACKEND = """
from evenface.backends.swatch import Swatch

class Odd(Swatch):
    def render(self, identity, tone, shot):
        if identity.cell.gender == "man":
            raise RuntimeError("no man can be drawn today")
        return super().render(identity, tone, shot)
"""


# What happens to a real process

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
"""


def without(folder, *names):
    """Environment of a process, and of its workers, in which the packages ``names`` cannot be imported."""
    (folder / "sitecustomize.py").write_text(BLOCKER.format(names=names))
    return {"PYTHONPATH": str(folder)}


def test_a_missing_blender_is_told_with_what_to_install(tmp_path):
    args = ("generate", "--preset", "demo", "--size", 32, "--out", "faces", "--quiet")
    ended = process(*args, cwd=tmp_path, env=without(tmp_path, "bpy"))
    _, said = ended.communicate()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert ended.returncode == 2
    assert said.splitlines()[-2:] == [
        f"Error: the backend 'cycles' needs the package bpy, which is not installed for this Python ({python})",
        "Try: type: pip install bpy; evenface doctor lists what each backend needs",
    ]
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "args", [("validate", "{faces}"), ("sheet", "{faces}", "--out", "sheet.png"), ("generate", "tiny.toml", "--out", "new")]
)
def test_blender_torch_and_anny_are_not_needed_elsewhere(tmp_path, faces, args):
    (tmp_path / "tiny.toml").write_text(TINY)
    ended = process(*(arg.format(faces=faces) for arg in args), cwd=tmp_path, env=without(tmp_path, "bpy", "torch", "anny"))
    _, said = ended.communicate()
    assert ended.returncode == 0, said


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path, workers):
    (tmp_path / "spec.toml").write_text(TINY.replace("[cells]", "[cells]\nidentities_per_cell = 25"))
    args = ("generate", "spec.toml", "--out", "faces", "--quiet", "--workers", workers)
    first = process(*args, cwd=tmp_path, start_new_session=True)
    while len(list(tmp_path.glob("faces.run/people/*/*/*.json"))) < 20:
        assert first.poll() is None
        time.sleep(0.01)
    # A terminal sends it to the whole group, workers included.
    os.killpg(first.pid, signal.SIGINT)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130
    assert said == "\nInterrupted. Finished pictures are kept; the same command goes on.\n"
    assert not (tmp_path / "faces").exists()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("faces.run/people/*/*/*.json")}
    again = process(*args, cwd=tmp_path)
    _, said = again.communicate()
    assert again.returncode == 0, said
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "finished pictures are not made again"


def test_a_full_disk_is_told_and_loses_nothing(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    args = ("generate", "tiny.toml", "--out", "faces", "--quiet")
    # No disk can be filled here; a limit on the size of files stops the parquet writer in the same place.
    limited = process(*args, cwd=tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000)))
    _, said = limited.communicate()
    assert limited.returncode == 1
    assert said.splitlines()[-1] == "Try: free some space and run the same command again: it goes on with what is missing"
    assert "Traceback" not in said
    assert len(list(tmp_path.glob("faces.run/people/*/*/*.json"))) == PICTURES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces.run", "tiny.toml"]
    freed = process(*args, cwd=tmp_path)
    freed.communicate()
    assert freed.returncode == 0


def test_a_reader_that_goes_away_is_no_error(faces):
    writing = process("validate", faces, "--json", "--quiet")
    writing.stdout.close()
    said = writing.stderr.read()
    writing.wait()
    writing.stderr.close()
    assert said == ""


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    _, lines = process("generate", "tiny.toml", "--out", "faces", cwd=tmp_path).communicate()
    assert any(line.startswith(f"pictures {PICTURES}/{PICTURES}, ") and line.endswith(" left") for line in lines.splitlines())
    assert "\x1b" not in lines
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "evenface", "generate", "tiny.toml", "--out", "more"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | {"TERM": "xterm"}):
        os.close(theirs)
        drawn = read_all(ours)
    assert f"{PICTURES}/{PICTURES}" in drawn
    assert "\x1b[" in drawn


def read_all(handle):
    drawn = b""
    try:
        while block := os.read(handle, 65536):
            drawn += block
    except OSError:  # how a pseudo-terminal says that the other side has closed
        pass
    os.close(handle)
    return drawn.decode()
