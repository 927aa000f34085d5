"""The tests themselves: none passes because it looked at nothing."""

from __future__ import annotations

import ast
from collections.abc import Collection
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("test_*.py"))
PASSING_ON = {"dict.fromkeys", "enumerate", "list", "product", "reversed", "set", "sorted", "tuple", "zip"}


def has_members(node: ast.expr, counted: Collection[str]) -> bool:
    """Whether ``node`` is written out, a CONSTANT, something that is counted where it is made, or a view of such a thing."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return bool(node.keys if isinstance(node, ast.Dict) else node.elts)
        case ast.ListComp(_, parts) | ast.DictComp(_, _, parts) | ast.GeneratorExp(_, parts):
            return all(has_members(part.iter, counted) and not part.ifs for part in parts)
        case ast.Name(name):
            return name.isupper() or name in counted
        case ast.Call(ast.Name("zip"), arguments, [ast.keyword("strict", ast.Constant(True))]):
            return any(has_members(each, counted) for each in arguments)
        case ast.Call(function, arguments) if ast.unparse(function) in PASSING_ON:
            return all(has_members(each, counted) for each in arguments)
        case ast.Call(ast.Name("range")) | ast.Constant():
            return True
        case ast.Call(inner) | ast.Attribute(inner) | ast.Subscript(inner):
            return has_members(inner, counted)
    return False


def counting(tree: ast.AST) -> dict[str, bool]:
    """Fixtures and functions that assert something, such as how many they return (True), or cannot return nothing (False)."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            last = node.body[-1]
            if any(isinstance(each, ast.Assert) for each in ast.walk(node)):
                found[node.name] = True
            elif isinstance(last, ast.Return) and last.value and has_members(last.value, ()):
                found[node.name] = False
    return found


SHARED: dict[str, bool] = {}
for shared in HERE.glob("*.py"):
    SHARED |= {} if shared in FILES else counting(ast.parse(shared.read_text()))


def asks(node: ast.AST, counted: dict[str, bool]) -> bool:
    """Whether something under ``node`` is asserted for certain, and not only of each member of what may be empty."""
    match node:
        case ast.Assert(ast.Call(ast.Name("all"), [members]) | ast.UnaryOp(ast.Not(), ast.Call(ast.Name("any"), [members]))):
            return has_members(members, counted)
        case ast.Assert():
            return True
        case ast.For(_, iterable) if not has_members(iterable, counted):
            return False
        case ast.While() | ast.FunctionDef():
            return False
        case ast.Expr(ast.Call(ast.Name(name))) if counted.get(name):
            return True
        case ast.Call(function) if ast.unparse(function).startswith(("np.testing.", "pytest.raises", "pytest.warns")):
            return True
    return any(asks(child, counted) for child in ast.iter_child_nodes(node))


def blind(source: str) -> list[str]:
    """Names of the tests that would pass if what they loop over were empty."""
    tree = ast.parse(source)
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    counted = {name: asserts for name, asserts in SHARED.items() if name not in functions} | counting(tree)
    tests = {name: node.body for name, node in functions.items() if name.startswith("test_")}
    return [name for name, body in tests.items() if not any(asks(node, counted) for node in body)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_test_looks_at_something(path):
    assert blind(path.read_text()) == [], "assert how many there are, here or where they are made"


@pytest.mark.parametrize(
    "body",
    [
        "for row in rows: assert row",
        "assert all(row for row in rows)",
        "assert not any(row.bad for row in ROWS if row.kind)",
        "for row in sorted(rows): assert row",
        "for row in [row for row in ROWS if row.kind]: assert row",
        "prepare(rows)",
    ],
)
def test_a_blind_test_is_found(body):
    assert blind(f"def test_it(rows):\n    {body}") == ["test_it"]


@pytest.mark.parametrize(
    "body",
    [
        "for row in ROWS: assert row",
        "assert all(row for row in counted())",
        "for k, row in enumerate((1, 2)): assert row",
        "for row in sorted(made()): assert row",
        "counted()",
    ],
)
def test_a_test_that_looks_at_something_passes(body):
    helpers = "def counted():\n    assert ROWS\n    return ROWS\n\ndef made():\n    return [row.name for row in ROWS]\n\n"
    assert blind(f"{helpers}def test_it(rows):\n    {body}") == []
