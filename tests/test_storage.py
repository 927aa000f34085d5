"""Files are there in full or not at all, and every refusal of the system becomes words."""

from __future__ import annotations

import errno
import os

import pytest

from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import explain_os_errors, make_folder, sync_folder, write_file
from evenface.report.table import csv_entry, csv_table


def test_a_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "a.json"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.json").mkdir()
    with pytest.raises(IsADirectoryError):
        write_file(tmp_path / "a.json", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_folders_are_made_with_what_they_lie_in(tmp_path):
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    sync_folder(tmp_path / "a")


@pytest.mark.parametrize(
    ("code", "kind", "what"),
    [
        (errno.ENOSPC, EvenfaceError, "the disk is full at {}"),
        (errno.EDQUOT, EvenfaceError, "the disk quota is used up at {}"),
        (errno.EFBIG, EvenfaceError, "the file size limit is reached at {}"),
        (errno.EACCES, UsageFault, "{} cannot be written (Permission denied)"),
        (errno.EROFS, UsageFault, "{} cannot be written (Read-only file system)"),
        (errno.ENOTDIR, UsageFault, "{} cannot be used as asked (Not a directory)"),
        (errno.EIO, EvenfaceError, "{}: Input/output error"),
    ],
)
def test_what_the_system_says_becomes_words(tmp_path, code, kind, what):
    with pytest.raises(EvenfaceError) as error, explain_os_errors(tmp_path):
        raise OSError(code, os.strerror(code))
    assert type(error.value) is kind
    assert error.value.what == what.format(tmp_path)
    assert error.value.hint


def test_what_is_no_matter_of_the_disk_passes(tmp_path):
    with pytest.raises(ZeroDivisionError), explain_os_errors(tmp_path):
        raise ZeroDivisionError


@pytest.mark.parametrize("word", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "-1+cmd", "\uff1d1", "+\u0661"])
def test_a_word_that_is_a_formula_is_no_entry_of_a_csv(word):
    assert csv_entry(word) == f"'{word}"


@pytest.mark.parametrize("entry", ["monk_01/man", "a=b", "", "-12", "+3.5", -3.5, -1, None, True, "'=1"])
def test_other_entries_of_a_csv_stay_as_they_are(entry):
    assert csv_entry(entry) is entry


def test_a_table_guards_its_words_and_leaves_its_numbers():
    rows = [{"group": "=1+1/woman", "value": -0.5, "note": None}, {"group": "man", "value": 2, "note": "a,b"}]
    assert csv_table(("group", "value", "note"), rows) == b'group,value,note\n\'=1+1/woman,-0.5,\nman,2,"a,b"\n'
