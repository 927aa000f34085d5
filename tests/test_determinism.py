"""Chance has one source, and a dataset is a function of its plan: not of workers, order, interruptions or the clock."""

from __future__ import annotations

import ast
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "generator" / "evenface"
# The terminal tells the time left; an audit asks systems of others, and has limits of time for them.
CLOCKS = (
    "cli/terminal.py",
    *(f"examine/audit/{file}" for file in ("answers.py", "systems/command.py", "systems/rekognition.py")),
)
FREE = {"default_rng", "SeedSequence", "Generator", "PCG64"}
BANNED = {
    "random": "the standard library's generator is global: use rng_for(seed, *keys)",
    "secrets": "secrets differ from run to run: use rng_for(seed, *keys)",
    "uuid": "uuids differ from run to run: use rng.digest(*keys)",
    "os.urandom": "differs from run to run: use rng_for(seed, *keys)",
    "time.time": "a clock in a result makes every run another one",
    "time.time_ns": "a clock in a result makes every run another one",
    "time.monotonic": "a clock in a result makes every run another one",
    "time.perf_counter": "a clock in a result makes every run another one",
    "datetime": "a date in a result makes every run another one",
    "torch.manual_seed": "global state: give each call a generator of its own",
}

# What is defined up to sign, rotation or order only, and what BLAS adds in an order of its own on every processor.
UNSAFE = {
    **dict.fromkeys(
        ("eig", "eigh", "eigvals", "eigvalsh", "svd", "svdvals", "qr", "lstsq", "pinv", "polyfit"),
        "differs between BLAS kernels: take a symmetric root (people.anthropometry.survey.root_of)",
    ),
    **dict.fromkeys(
        ("dot", "vdot", "inner", "matmul", "tensordot", "multi_dot", "solve"),
        "its last bits differ between BLAS kernels: use processor.product, or round what it gives",
    ),
}
# Rooms that make people and pictures, and those that read figures off pictures.
MAKING = ("people", "render/select", "shots", "faces/tone.py", "faces/placing.py", "backends/cycles", "backends/swatch.py")
MAKING += ("backends/guide.py",)
SAFE = {
    ("people/anthropometry/survey.py", "root_of", "eigh"): "the symmetric root is the same for every choice of eigenvectors",
    ("backends/cycles/skin/paint.py", "_rim", "polyfit"): "a cubic through four marks is unique, and only shades",
    ("backends/cycles/head/fit.py", "fit_axes", "solve"): "the weights that come of it are rounded",
}

SPEC = """
seed = 5
[cells]
tones = [2, 9]
identities_per_cell = 12
[shots]
images_per_identity = 3
size_px = 32
backend = "swatch"
"""
PICTURES = 4 * 12 * 4


def names_in(tree: ast.AST) -> list[tuple[int, str]]:
    """Every imported or dotted name, with the line that it stands on; ``np`` is written out."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.lineno, str(node.module))] + [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            found.append((node.lineno, f"numpy{name[2:]}" if name.startswith("np.") else name))
    return found


def why_not(name: str, file: str) -> str | None:
    if name.startswith("numpy.random.") and name.split(".")[2] not in FREE:
        return "numpy's global generator: use rng_for(seed, *keys)"
    if name.startswith("numpy.random.default_rng") and file != "rng.py":
        return "a generator that is not keyed: use rng_for(seed, *keys)"
    return next((reason for banned, reason in BANNED.items() if name == banned or name.startswith(f"{banned}.")), None)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_chance_and_time_come_from_nowhere_else(path):
    file = path.relative_to(PACKAGE).as_posix()
    names = names_in(ast.parse(path.read_text()))
    found = [f"line {line}: {name}: {reason}" for line, name in names if (reason := why_not(name, file))]
    assert [each for each in found if file not in CLOCKS or "time.monotonic:" not in each] == []


@pytest.mark.parametrize("file", CLOCKS)
def test_who_may_look_at_the_clock_does(file):
    assert "time.monotonic" in {name for _, name in names_in(ast.parse((PACKAGE / file).read_text()))}


@pytest.mark.parametrize(
    "source", ["import random", "np.random.rand(3)", "np.random.default_rng()", "from uuid import uuid4", "time.time()"]
)
def test_the_ban_finds_what_it_bans(source):
    assert any(why_not(name, "shots.py") for _, name in names_in(ast.parse(source)))


def unsafe(tree: ast.AST) -> list[tuple[str, str]]:
    """Every use of a name of ``UNSAFE``, and of the operator @, with the function that it stands in."""
    found, inside = [], [(tree, "")]
    while inside:
        node, where = inside.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            where = node.name
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult):
            found.append((where, "matmul"))
        names = [node.attr] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("numpy", "scipy")):
            names = [alias.name for alias in node.names]
        found += [(where, name) for name in names if name in UNSAFE]
        inside += [(child, where) for child in ast.iter_child_nodes(node)]
    return found


@pytest.mark.parametrize("place", MAKING)
def test_nothing_that_a_processor_decides_shapes_people_or_pictures(place):
    met = set()
    for path in sorted((PACKAGE / place).rglob("*.py")) or [PACKAGE / place]:
        file = path.relative_to(PACKAGE).as_posix()
        uses = {(file, where, name) for where, name in unsafe(ast.parse(path.read_text()))}
        assert {f"{use}: {UNSAFE[use[2]]}" for use in uses - SAFE.keys()} == set()
        met |= uses
    assert met == {use for use in SAFE if use[0].startswith(place)}, "a permission that nobody needs is taken back"


@pytest.mark.parametrize(
    "source", ["a @ b", "a @= b", "np.linalg.svd(a)", "from scipy.linalg import qr", "a.dot(b)", "np.linalg.eigh(a)"]
)
def test_the_wall_stops_what_a_processor_decides(source):
    assert unsafe(ast.parse(source))


def command(out: Path, workers: int) -> list[str]:
    spec = out.parent / "spec.toml"
    spec.write_text(SPEC)
    return [sys.executable, "-m", "evenface", "generate", str(spec), "--out", str(out), "--workers", str(workers), "--quiet"]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed") / "faces"
    subprocess.run(command(out, 1), check=True, capture_output=True)
    return digests(out), digests(out.with_name("faces.run"))


def finished(run: Path) -> int:
    return len(list(run.glob("people/*/*/*.json")))


def wait_for(run: Path, pictures: int, process: subprocess.Popen[bytes]) -> None:
    while finished(run) < pictures:
        assert process.poll() is None, "the run ended before it could be disturbed"
        time.sleep(0.005)


def test_two_workers_make_the_same_bytes_as_one(tmp_path, undisturbed):
    subprocess.run(command(tmp_path / "faces", 2), check=True, capture_output=True)
    assert (digests(tmp_path / "faces"), digests(tmp_path / "faces.run")) == undisturbed


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path, undisturbed, workers):
    out, run = tmp_path / "faces", tmp_path / "faces.run"
    for share in (0.2, 0.6):
        process = subprocess.Popen(command(out, workers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(run, int(PICTURES * share), process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert finished(run) < PICTURES
        assert not out.exists()
    subprocess.run(command(out, workers), check=True, capture_output=True)
    assert (digests(out), digests(run)) == undisturbed


def test_the_same_command_again_changes_nothing(tmp_path, undisturbed):
    for _ in range(2):
        subprocess.run(command(tmp_path / "faces", 1), check=True, capture_output=True)
    assert (digests(tmp_path / "faces"), digests(tmp_path / "faces.run")) == undisturbed
