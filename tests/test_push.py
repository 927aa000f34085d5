"""Nothing is sent without consent, exactly the listed files are sent, and the token is in no text.

The client is ``huggingface_hub`` itself; the Hub is a server on this machine that speaks the few words that an upload needs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

import pytest
from click.testing import CliRunner

from evenface.cli import main
from evenface.errors import EvenfaceError, UsageFault
from evenface.publish.push import plan_push

TOKEN = "hf_NobodyMayEverReadThis0123456789"  # noqa: S105 (no token of anybody)


class Hub(ThreadingHTTPServer):
    """A Hub that keeps what it is sent; ``refuse`` is a path that it answers with 403 and, rudely, the token it got."""

    def __init__(
        self, *, private: bool = False, held: tuple[str, ...] = (), refuse: str = "", known: dict[str, str] | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.private, self.held, self.refuse, self.known = private, held, refuse, known or {}
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        self.files: dict[str, bytes] = {}
        self.deleted: list[str] = []
        self.branches: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_args: object) -> None:
        pass

    def _answer(self, data: object, status: int = 200) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        # What a careless server, or one in between, might say.
        self.send_header("X-HF-Warning", f"Careless; your token is {token}")
        if status >= 400:
            self.send_header("X-Error-Message", f"no entry with {token}")
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        hub, path = self.server, urlparse(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hub.asked.append(f"{self.command} {path}")
        hub.tokens.add(self.headers.get("Authorization"))
        if hub.refuse and hub.refuse in path:
            self._answer({"error": f"no entry with {self.headers.get('Authorization')}"}, 403)
        elif path == "/api/repos/create":
            self._answer({"url": f"{hub.address}/datasets/somebody/faces", "id": "somebody/faces"})
        elif path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": [{"message": f"odd: {self.headers.get('Authorization')}"}]})
        elif "/branch/" in path:
            hub.branches.append(path.rpartition("/")[2])
            self._answer({})
        elif "/preupload/" in path:
            told = {"uploadMode": "regular", "shouldIgnore": False}
            paths = [each["path"] for each in json.loads(body)["files"]]
            self._answer({"files": [told | {"path": path, "oid": hub.known.get(path)} for path in paths]})
        elif "/commit/" in path:
            self._commit(body)
        elif "/tree/" in path:
            self._answer([{"type": "file", "path": name, "size": 1, "oid": "0" * 40} for name in hub.held])
        else:
            siblings = [{"rfilename": name} for name in hub.held]
            self._answer({"id": "somebody/faces", "private": hub.private, "sha": "1" * 40, "siblings": siblings, "tags": []})

    do_GET = do_POST = _handle  # noqa: N815 (http.server's names)

    def _commit(self, body: bytes) -> None:
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                self.server.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            elif line["key"] == "deletedFile":
                self.server.deleted.append(line["value"]["path"])
        self._answer({"commitUrl": f"{self.server.address}/datasets/somebody/faces/commit/{'2' * 40}", "commitOid": "2" * 40})


@contextmanager
def serving(**options: object) -> Iterator[Hub]:
    with Hub(**options) as hub:  # type: ignore[arg-type]
        thread = threading.Thread(target=hub.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


def said(stdout, stderr):
    assert TOKEN not in stdout + stderr
    assert "Traceback" not in stderr


@pytest.fixture
def push(tmp_path, monkeypatch, capfd):
    """Run the command here, with the Hub at another address."""
    from huggingface_hub import constants

    def run(dataset, endpoint, *args, token=TOKEN):
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        if token:
            monkeypatch.setenv("HF_TOKEN", token)
        done = CliRunner().invoke(main, ["push", str(dataset), "somebody/faces", "--quiet", *args], catch_exceptions=False)
        said(done.stdout, done.stderr)
        said(*capfd.readouterr())
        return done

    return run


def process(dataset, endpoint, *args, **more):
    """Run the command as people do; a Hub elsewhere is named by the variable that ``huggingface_hub`` reads."""
    environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_TOKEN": TOKEN} | more
    command = [sys.executable, "-m", "evenface", "push", str(dataset), "somebody/faces", "--quiet", *args]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)
    said(done.stdout, done.stderr)
    return done


def contents(folder):
    """All files of a dataset by their path in it, but for what is hidden or half written."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".") and not name.endswith(".tmp")}


def blob(data):
    """The name that git, and so the Hub, has for a file with these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def test_without_yes_all_is_shown_and_nobody_is_asked(push, tiny_dataset):
    with serving() as hub:
        done = push(tiny_dataset, hub.address, token=None)
    assert done.exit_code == 0, done.stderr
    assert hub.asked == []
    wanted = {name: len(data) for name, data in contents(tiny_dataset).items()}
    assert {"README.md", "evenface.json", "masks/test-00000-of-00001.parquet"} < wanted.keys()
    assert [line.split() for line in done.stdout.splitlines()[4:-1]] == [[name, str(size)] for name, size in wanted.items()]
    total = sum(wanted.values())
    assert done.stderr.splitlines() == [
        "Balanced and whole: 1 note.",
        f"To:      {hub.address}/datasets/somebody/faces, revision main; a public repository, unless it exists and is private",
        "Licence: cc-by-4.0",
        f"Sent:    {len(wanted)} files, {total / 1000:.1f} kB; other parquet files in the repository are removed",
        "Nothing was sent. To send it, add --yes to the same command.",
    ]


def test_what_was_shown_is_what_is_sent(push, own_dataset):
    (own_dataset / ".hidden").mkdir()
    (own_dataset / ".hidden" / "notes").write_text("mine")
    (own_dataset / "README.md.123.tmp").write_text("half")
    stale = ("masks/test-00000-of-00007.parquet", "masks/test-00000-of-00001.parquet", ".gitattributes", "NOTES.md")
    with serving(held=stale) as hub:
        done = push(own_dataset, hub.address, "--yes")
    assert done.exit_code == 0, done.stderr
    assert hub.files == contents(own_dataset)
    assert hub.deleted == ["masks/test-00000-of-00007.parquet"], "an older shard would be loaded too"
    assert hub.tokens - {None} == {f"Bearer {TOKEN}"}
    assert done.stderr.splitlines()[-1] == f"Sent: {hub.address}/datasets/somebody/faces/commit/{'2' * 40}"


def test_a_push_that_broke_off_goes_on_with_what_is_missing(push, tiny_dataset):
    with serving(refuse="/commit/") as hub:
        assert push(tiny_dataset, hub.address, "--yes").exit_code == 1
    files = contents(tiny_dataset)
    arrived = {name: blob(data) for name, data in files.items() if name.endswith(".parquet")}
    with serving(known=arrived) as hub:
        assert push(tiny_dataset, hub.address, "--yes").exit_code == 0
    assert hub.files.keys() == files.keys() - arrived.keys()


def test_another_revision_is_made(push, tiny_dataset):
    with serving() as hub:
        done = push(tiny_dataset, hub.address, "--yes", "--revision", "v2")
    assert done.exit_code == 0, done.stderr
    assert hub.branches == ["v2"]
    assert any(asked.endswith("/commit/v2") for asked in hub.asked)
    assert not any(asked.endswith("/commit/main") for asked in hub.asked)


def test_what_was_to_be_private_does_not_become_public(push, tiny_dataset):
    with serving(private=False) as hub:
        done = push(tiny_dataset, hub.address, "--yes", "--private")
    assert done.exit_code == 2
    assert hub.files == {}
    assert done.stderr.splitlines()[-2:] == [
        "Error: somebody/faces exists and is public, but --private was given; nothing was sent",
        "Try: make it private on the Hub, choose another name, or leave out --private",
    ]
    with serving(private=True) as hub:
        assert push(tiny_dataset, hub.address, "--yes", "--private").exit_code == 0
    assert hub.files


@pytest.mark.parametrize("where", ["/api/", "/api/validate-yaml", "/preupload/", "/commit/"])
def test_a_refusal_is_reported_without_the_token(push, tiny_dataset, where):
    with serving(refuse=where) as hub:
        done = push(tiny_dataset, hub.address, "--yes")
    assert done.exit_code == 1
    *_, error, hint = done.stderr.splitlines()
    assert error.startswith(f"Error: the Hub at {hub.address} ")
    if where != "/api/validate-yaml":  # of which the client tells less
        assert "***" in error
    assert hint.startswith("Try: ")
    assert hub.files == {}


def test_without_a_token_the_hint_says_how_to_log_in(push, tiny_dataset):
    with serving() as hub:
        done = push(tiny_dataset, hub.address, "--yes", token=None)
    assert done.exit_code == 2
    assert hub.asked == []
    assert done.stderr.splitlines()[-2:] == [
        "Error: no token for the Hub was found",
        "Try: log in with: hf auth login; or set HF_TOKEN",
    ]


def test_no_network_is_one_error(push, tiny_dataset):
    done = push(tiny_dataset, "http://127.0.0.1:9", "--yes")
    assert done.exit_code == 1
    *_, error, hint = done.stderr.splitlines()
    assert error.startswith("Error: the Hub at http://127.0.0.1:9 cannot be reached, or the transfer stopped: ")
    assert hint == "Try: run the same command again later: files that were sent are not sent again"


def test_a_whole_process_says_no_token_either(tiny_dataset):
    with serving(refuse="/commit/") as hub:
        done = process(tiny_dataset, hub.address, "--yes", HF_DEBUG="1")
    assert done.returncode == 1
    assert f"Bearer {TOKEN}" in hub.tokens
    assert f"Error: the Hub at {hub.address} refused: " in done.stderr
    done = process(tiny_dataset, "http://127.0.0.1:9", "--yes", HF_HUB_OFFLINE="1")
    assert (done.returncode, "offline mode is enabled" in done.stderr) == (1, True)


def test_what_has_findings_is_not_sent_but_by_force(push, own_dataset):
    (own_dataset / "masks" / "test-00000-of-00001.parquet").write_bytes(b"nothing")
    with serving() as hub:
        done = push(own_dataset, hub.address, "--yes")
        assert (done.exit_code, hub.asked) == (1, [])
        assert "  shard-changed [masks/test-00000-of-00001.parquet]" in done.stderr
        assert done.stderr.splitlines()[-2:] == [
            f"Error: {own_dataset} does not match its declaration, so it was not sent",
            f"Try: list all findings with: evenface validate {own_dataset}; or send it with --force",
        ]
        done = push(own_dataset, hub.address, "--yes", "--force")
    assert (done.exit_code, hub.files) == (0, contents(own_dataset))


# Planning


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("faces", "'faces' lacks the owner of the repository"),
        ("a/b/c", "'a/b/c' is not a repository name: "),
        ("../faces", "'../faces' is not a repository name: "),
        ("a/--b", "'a/--b' is not a repository name: "),
    ],
)
def test_an_invalid_name_is_wrong_use(tiny_dataset, name, what):
    with pytest.raises(UsageFault) as caught:
        plan_push(tiny_dataset, name)
    assert caught.value.what.startswith(what)
    assert caught.value.hint.startswith("give it as NAME/")


def test_a_link_is_not_followed(own_dataset, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (own_dataset / "figures").mkdir()
    (own_dataset / "figures" / "a.svg").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageFault) as caught:
        plan_push(own_dataset, "somebody/faces")
    assert caught.value.what == f"{own_dataset / 'figures' / 'a.svg'} is a link, which could send files from outside the dataset"
    (own_dataset / "figures" / "a.svg").unlink()
    (own_dataset / "figures").rmdir()
    (own_dataset / "figures").symlink_to(tmp_path)
    with pytest.raises(UsageFault, match=r"figures is a link"):
        plan_push(own_dataset, "somebody/faces")


def test_a_card_is_needed_and_its_licence_is_read(own_dataset):
    card = own_dataset / "README.md"
    card.write_text(card.read_text().replace("license: cc-by-4.0\n", ""))
    assert plan_push(own_dataset, "somebody/faces").licence is None
    card.write_text("---\nlicense: [a\n---\n")
    with pytest.raises(EvenfaceError, match=r"^the head of .*README.md cannot be read: "):
        plan_push(own_dataset, "somebody/faces")
    card.unlink()
    with pytest.raises(EvenfaceError, match=r"has no README.md, which the Hub reads$"):
        plan_push(own_dataset, "somebody/faces")


def test_a_name_with_signs_of_patterns_is_sent_as_it_is(push, own_dataset):
    (own_dataset / "figures").mkdir()
    (own_dataset / "figures" / "a[b]*.svg").write_text("<svg/>")
    with serving() as hub:
        assert push(own_dataset, hub.address, "--yes").exit_code == 0
    assert hub.files["figures/a[b]*.svg"] == b"<svg/>"
    assert Path(own_dataset / "README.md").read_bytes() == hub.files["README.md"]
