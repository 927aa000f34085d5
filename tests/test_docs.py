"""What is written about the commands, the spec and the package is so."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from evenface import __version__
from evenface.cli import main
from evenface.examine.audit.report.writing import COLUMNS
from evenface.examine.validate.findings import CODES
from evenface.records.diffusion import Diffusion
from evenface.spec import PRESETS, Spec, read_spec

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *(path for path in sorted(DOCS.rglob("*.md")) if path.name != "summary.md"),
)
GENERATED = ("docs/commands.md", "docs/validate.md")
README_LINES = 150
SUPPORTED = ("3.11", "3.13")


def text_of(page):
    return (DOCS / page).read_text()


def toml_blocks(page):
    return re.findall(r"```toml\n(.*?)```", text_of(page), re.DOTALL)


def prose_of(path):
    """The text of a page without code, comments and what cog wrote from the code."""
    text = re.sub(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"```.*?```|<!--.*?-->", "", text, flags=re.DOTALL)


def anchors_of(path):
    """The anchors of a page's headings, as MkDocs and GitHub both spell them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(path), re.MULTILINE)
    generated = re.findall(r"^## (evenface \w+)$", path.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower() for heading in (*headings, *generated))
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(path):
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(path)) if "://" not in link]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        # The site is made of docs/ alone: a page there must not lead out of it.
        leaves = path.is_relative_to(DOCS) and not target.is_relative_to(DOCS)
        if leaves or not target.exists() or (anchor and anchor not in anchors_of(target)):
            yield link


@pytest.mark.parametrize("name", main.commands)
def test_every_command_has_help_an_example_and_a_place_in_the_reference(name):
    command = main.commands[name]
    first = command.help.splitlines()[0]
    assert re.fullmatch(r"[A-Z].*[.:]", first), "the first line is a sentence"
    assert f"  evenface {name}" in command.help
    assert f"## evenface {name}\n" in text_of("commands.md")
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


def test_generated_pages_show_the_code_of_today():
    command = [sys.executable, "-m", "cogapp", "--check", *GENERATED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nrefresh it with: make docs"


def test_the_readme_opens_with_the_two_commands_and_the_picture():
    opening = README.partition("\n## ")[0]
    assert opening.index("make demo") < opening.index("make test") < opening.index("![")


def test_cog_writes_every_page_that_asks_for_it():
    asking = {
        path.relative_to(ROOT).as_posix() for path in PAGES if re.search(r"^<!-- \[\[\[cog$", path.read_text(), re.MULTILINE)
    }
    assert asking == set(GENERATED)
    assert f"GENERATED = {' '.join(GENERATED)}\n" in (ROOT / "Makefile").read_text()


def test_the_readme_is_short():
    assert len(README.splitlines()) <= README_LINES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(path):
    assert list(broken_links(path)) == []


def test_links_to_nowhere_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One title\n[a](page.md#one-title) [b](#one-title) [c](page.md#two) [d](missing.md) [e](https://example.org)\n"
    )
    assert list(broken_links(page)) == ["page.md#two", "missing.md"]


def test_every_page_has_a_place_in_the_navigation():
    config = (ROOT / "mkdocs.yml").read_text()
    pages = [path.relative_to(DOCS).as_posix() for path in PAGES if path.is_relative_to(DOCS)]
    assert len(pages) >= 15
    assert [page for page in pages if f": {page}\n" not in config] == []
    assert "font: false" in config, "the site loads no fonts from elsewhere"


def test_the_readme_leads_to_every_page():
    pages = {path.relative_to(ROOT).as_posix() for path in PAGES if path.is_relative_to(DOCS)} - {"docs/index.md"}
    assert {page for page in pages if f"]({page}" not in README} == set()


def unwanted_words():
    table = text_of("develop/words.md").partition("## What is not written\n")[2]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_the_list_of_unwanted_words_is_read():
    assert {"told", "nought", "somebody's", "that is none", "comes in", "goes out"} <= set(unwanted_words())


def unwanted_in(text):
    """The words and phrases of the list that a text has, however its lines are broken."""
    flat = " ".join(text.split())
    return [word for word in unwanted_words() if re.search(rf"\b{re.escape(word)}\b", flat, re.IGNORECASE)]


def test_an_unwanted_word_is_found():
    assert unwanted_in("pixels Come; what\n    comes\n    in is Told of") == ["told", "comes in"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_is_written_in_plain_words(path):
    prose = prose_of(path)
    if path.name == "words.md":
        prose = prose.partition("## What is not written\n")[0]
    assert unwanted_in(prose) == []


SOURCES = [
    *(path for folder in ("generator", "benchmarks", "tools") for path in sorted((ROOT / folder).rglob("*.py"))),
    *(
        path
        for folder in ("datasheets", "prompts")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".j2", ".toml")
    ),
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_and_templates_are_written_in_plain_words(path):
    assert unwanted_in(path.read_text(encoding="utf-8")) == []


def test_every_finding_code_is_explained():
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|note) \| [^|]+ \| [^|]+ \|$", text_of("validate.md"), re.MULTILINE)
    assert rows == [(code, severity) for code, (severity, _) in CODES.items()]


def test_the_spec_page_shows_the_defaults_and_names_every_key(tmp_path):
    (block,) = toml_blocks("spec.md")
    (tmp_path / "spec.toml").write_text(block)
    assert read_spec(tmp_path / "spec.toml") == Spec()
    document = tomllib.loads(block)
    tables = ("cells", "people", "shots", "protocols")
    named = {*document, *(key for table in tables for key in document[table])} - {*tables}
    # That table stands in the file of photographs alone.
    assert named == {field.name for field in dataclasses.fields(Spec)} - {"diffusion"}


def test_the_page_of_photographs_names_every_key(tmp_path):
    (block,) = toml_blocks("photographs.md")
    (tmp_path / "spec.toml").write_text(block)
    assert read_spec(tmp_path / "spec.toml").backend == "diffusion"
    assert set(tomllib.loads(block)["diffusion"]) == {field.name for field in dataclasses.fields(Diffusion)}


def test_the_command_line_offers_the_presets_that_there_are():
    (option,) = [option for option in main.commands["generate"].params if option.name == "preset"]
    assert tuple(option.type.choices) == PRESETS
    assert all(f"--preset {name}" in page for name in PRESETS for page in (README, text_of("spec.md")))


def test_the_changelog_knows_this_version():
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_licence_is_whole():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_carries_all_data_and_no_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("prompts", "datasheets"):
        paths = (path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file() and path.name[0] != ".")
        ours = {path.as_posix() for path in paths if path.parts[0] != "examples"}
        assert ours
        shipped = (name.removeprefix(f"evenface/_shipped/{folder}/") for name in names if f"/_shipped/{folder}/" in name)
        assert {name for name in shipped if name[0] != "."} == ours
    package = ROOT / "generator" / "evenface"
    data = {
        path for path in package.rglob("*") if path.is_file() and path.suffix not in (".pyc",) and "__pycache__" not in path.parts
    }
    assert {f"evenface/{path.relative_to(package).as_posix()}" for path in data} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert [name for name in names if name.startswith(("tests", "docs", "benchmarks"))] == []


def test_an_unpacked_wheel_finds_its_own_data(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "from evenface.files.storage import data_folder; print(data_folder('prompts'), data_folder('datasheets'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"{tmp_path}/evenface/_shipped/{name}" for name in ("prompts", "datasheets")]


def test_each_python_gets_one_blender_and_numbers_that_suit_it(metadata):
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist")]
    suits = {
        "bpy": {"3.11": "5.0.1", "3.13": "5.2.3"},
        "numpy": {"3.11": "1.26.4", "3.13": "2.5.5"},
        "pyarrow": {"3.11": "25.0.1", "3.13": "26.0.1"},
    }
    for name, versions in suits.items():
        for python, version in versions.items():
            chosen = [
                each
                for each in requirements
                if each.name == name and each.marker.evaluate({"python_version": python, "extra": ""})
            ]
            assert len(chosen) == 1
            assert version in chosen[0].specifier
    numpy = next(
        each for each in requirements if each.name == "numpy" and each.marker.evaluate({"python_version": "3.11", "extra": ""})
    )
    assert "2.0.0" not in numpy.specifier


def brought_by(requirements):
    """Names of everything that these requirements install here, as the metadata of what is installed has it."""
    found, left = set(), [(Requirement(line), ("",)) for line in requirements]
    while left:
        each, extras = left.pop()
        key = canonicalize_name(each.name), frozenset(each.extras)
        if key in found or not (each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)):
            continue
        found.add(key)
        left += [(Requirement(line), ("", *each.extras)) for line in distribution(each.name).requires or ()]
    return {name for name, _ in found}


def test_a_plain_install_brings_no_library_of_trained_models_and_no_mesh_library():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = brought_by(project["dependencies"])
    assert {"bpy", "datasets", "numpy", "pandas", "pillow", "click"} <= base
    heavy = re.compile(r"anny|torch|triton|warp-lang|nvidia-.*|cuda-.*|diffusers|transformers|safetensors|sympy|colour-science")
    assert [name for name in base if heavy.fullmatch(name)] == []
    assert {"torch", "diffusers", "safetensors"} <= brought_by(project["optional-dependencies"]["diffusion"])


@pytest.mark.parametrize("python", ["3.10.9", "3.11.0", "3.12.4", "3.13.1", "3.14.0"])
def test_pythons_without_blender_are_refused(metadata, python):
    assert SpecifierSet(metadata["Requires-Python"]).contains(python) == python.startswith(SUPPORTED)


def test_every_extra_that_is_named_exists(metadata):
    texts = [
        *(path.read_text() for path in PAGES),
        *(path.read_text() for path in (ROOT / "generator").rglob("*.py")),
        (ROOT / "Makefile").read_text(),
    ]
    named = {extra for text in texts for extra in re.findall(r"evenface\[([a-z]+)\]", text)}
    assert named <= set(metadata.get_all("Provides-Extra"))
    extras = set(metadata.get_all("Provides-Extra"))
    assert extras == {extra for extra in extras if f"evenface[{extra}]" in README}


def test_the_constraints_suit_the_declared_ranges(metadata):
    pins = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist")]
    assert {"bpy", "numpy", "pyarrow"} <= {each.name for each in requirements}
    for python in SUPPORTED:
        for extra in ("", "test", "c2pa", "diffusion", "distil", "plots", "docs"):
            around = {"python_version": python, "extra": extra}
            pinned = {pin.name.lower(): pin for pin in pins if pin.marker is None or pin.marker.evaluate(around)}
            for each in requirements:
                if each.marker is None or each.marker.evaluate(around):
                    (specifier,) = pinned[each.name.lower()].specifier
                    assert specifier.version in each.specifier, f"{each} and {pinned[each.name.lower()]} on {python}"


def test_make_says_what_is_missing_where_no_python_serves(tmp_path):
    finder = ROOT / "tools" / "find_python.sh"
    said = subprocess.run(
        ["/bin/sh", finder], env={"PATH": "/nonexistent", "HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("Error: No suitable Python was found.\n")
    for way in ("apt-get install", "brew install", "pyenv install", "uv python install"):
        assert way in said.stderr
    broken = tmp_path / "python3.11"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    said = subprocess.run(["/bin/sh", finder], env={"PATH": str(tmp_path), "HOME": str(tmp_path)}, capture_output=True, text=True)
    assert said.returncode == 1
    assert "python3.11: does not run" in said.stderr
    good = subprocess.run(
        ["/bin/sh", finder],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert good.returncode == 0
    assert Path(good.stdout.strip()).exists()
    (other,) = {"3.11", "3.13"} - {f"{sys.version_info.major}.{sys.version_info.minor}"}
    around = {"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(tmp_path)}
    refused = subprocess.run(["/bin/sh", finder, other], env=around, capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (1, "")


def test_the_example_of_an_audit_says_what_its_tables_say():
    folder = ROOT / "docs" / "audit-example"
    concluded = (folder / "README.md").read_text().partition("## What can be concluded")[2]
    found = (folder / "summary.md").read_text() + (folder / "report.html").read_text()
    numbers = set(re.findall(r"\d+(?:\.\d+)?", concluded))
    assert len(numbers) > 20
    assert {number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)", found)} == set()
    assert tuple(pq.read_schema(folder / "estimates.parquet").names) == COLUMNS


def test_the_example_of_an_audit_is_small():
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "audit-example").iterdir()) < 3_000_000
