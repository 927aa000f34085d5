"""The worked examples of docs/audit.md are run as they stand."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from evenface.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "audit.md").read_text()
DOCUMENT = PAGE.partition("## Your own system\n")[2].partition("\n## ")[0]
SCRIPTS = re.findall(r"`(\w+\.py)`.*?```python\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"```sh\nevenface (.*?)\n```", DOCUMENT)


@pytest.fixture
def examples(tiny_dataset, tmp_path, monkeypatch):
    """A folder with the scripts of the document and a dataset in ``faces``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    (tmp_path / "faces").symlink_to(tiny_dataset)
    for name, text in SCRIPTS:
        (tmp_path / name).write_text(text)
    return tmp_path


def audited(command):
    done = CliRunner().invoke(main, [*shlex.split(command), "--json", "--quiet"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["systems"]


def test_the_page_has_both_examples():
    assert [name for name, _ in SCRIPTS] == ["thumbnail.py", "closed.py"]
    assert len(COMMANDS) == 2


def test_a_program(examples):
    (line,) = audited(COMMANDS[0])
    assert (line["system"], line["pictures"], line["failures"], line["templates"]) == ("thumbnail", 36, 0, 36)
    assert (line["pairs"] > 0, line["not compared"]) == (True, 0)


def test_a_file(examples):
    subprocess.run([sys.executable, "closed.py"], check=True)
    answers, pairs = audited(COMMANDS[1])
    assert (answers["system"], answers["pictures"], answers["failures"]) == ("closed", 36, 0)
    assert (pairs["system"], pairs["version"], pairs["not compared"]) == ("closed pairs", "2026-01", 0)
    from evenface.examine.audit.run import Asked, audit

    found = audit("faces", Asked(systems=("scores:closed-pairs.csv",), out=examples / "audit")).comparisons["closed pairs"]
    np.testing.assert_array_equal(found.scores, np.where(found.pairs.mated, 0.9, 0.2))
