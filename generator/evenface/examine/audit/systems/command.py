"""Any program as a system, without a shell and with a time limit: it reads a line of JSON for each picture, and writes one.

It first writes a line about itself, then answers line by line:

    {"name": "mine", "version": "1", "capabilities": ["detect"]}
    {"id": "1", "path": "/tmp/.../1.png"}                       what it reads
    {"id": "1", "faces": [{"box": [x, y, width, height]}]}      what it writes

Where it can ``compare``, it is also asked ``{"id": "2", "path": ..., "other": ...}`` and answers ``{"id": "2", "score": 0.7}``.
"""

from __future__ import annotations

import json
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.records import About, Answer
from evenface.examine.audit.systems import Compared, Picture, Settings
from evenface.examine.audit.systems.json_lines import about_of, answer_of, compared_of
from evenface.files.pictures import PNG_SIGNATURE
from evenface.files.storage import explain_os_errors, make_folder, sha256_of

__all__ = ["Command"]

_START_SECONDS = 120.0
_LINE_BYTES = 16 * 1024 * 1024
_CRASHES = 5
"""Number of successive crashes that ends the audit."""
_ENDINGS = ((PNG_SIGNATURE, ".png"), (b"\xff\xd8", ".jpg"), (b"RIFF", ".webp"))

T = TypeVar("T")
R = TypeVar("R")


class Command:
    """Several running copies of a program."""

    def __init__(self, settings: Settings) -> None:
        words = _words(settings.argument)
        self.lot = settings.workers  # one per copy, so that a protocol error loses no earlier answer
        logs = settings.folder / "logs"
        with explain_os_errors(logs):
            make_folder(logs)
        self.log = logs / f"{Path(words[0]).name}.stderr"
        self._programs: list[_Program] = []
        self._threads = ThreadPoolExecutor(settings.workers)
        try:
            for _ in range(settings.workers):
                self._programs.append(_Program(words, self.log, settings.time_limit))
        except BaseException:
            self.close()
            raise
        self.about = _about(words, self._programs[0].said)

    def answer(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Ask for all answers to each picture."""
        return self._share_out(pictures, _Program.answer)

    def compare(self, pairs: Sequence[tuple[Picture, Picture]]) -> list[Compared]:
        """Ask for the scores of pairs."""
        return self._share_out(pairs, _Program.compare)

    def _share_out(self, tasks: Sequence[T], ask: Callable[[_Program, T], R]) -> list[R]:
        """Ask each copy for its share in parallel; answers are in the order of the tasks."""
        step = len(self._programs)
        lanes = self._threads.map(
            lambda program, own: [ask(program, task) for task in own], self._programs, [tasks[at::step] for at in range(step)]
        )
        found: list[Any] = [None] * len(tasks)
        for at, lane in enumerate(lanes):
            found[at::step] = lane
        return found

    def close(self) -> None:
        """End the programs, including those that are being asked."""
        for program in self._programs:
            program.stop()
        self._threads.shutdown(cancel_futures=True)
        for program in self._programs:
            program.close()


class _Program:
    """One copy of the program, which is restarted when it ends or is too slow."""

    def __init__(self, words: Sequence[str], log: Path, time_limit: float) -> None:
        self._words, self._log, self._limit, self._crashes = words, log, time_limit, 0
        self._folder = Path(tempfile.mkdtemp(prefix="evenface-"))
        self._number, self._asking, self._closed = 0, False, False
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def answer(self, picture: Picture) -> Answer:
        found = self._ask({"path": picture})
        return Answer(failure=found) if isinstance(found, str) else answer_of(found, self._where)

    def compare(self, pair: tuple[Picture, Picture]) -> Compared:
        found = self._ask({"path": pair[0], "other": pair[1]})
        return Compared(None, found) if isinstance(found, str) else compared_of(found, self._where)

    @property
    def _where(self) -> str:
        return f"an answer of {self._words[0]}"

    def _ask(self, pictures: dict[str, Picture]) -> dict[str, Any] | str:
        """Return the answer of the program, or why there is none."""
        self._asking = True
        try:
            return "the run was ended" if self._closed else self._answer_to(pictures)
        finally:
            self._asking = False

    def _answer_to(self, pictures: dict[str, Picture]) -> dict[str, Any] | str:
        self._number += 1
        if self._process is None:
            self._start()
        paths = {
            name: self._folder / f"{self._number}{'-other' * (name == 'other')}{_ending(each.data)}"
            for name, each in pictures.items()
        }
        try:
            for name, path in paths.items():
                path.write_bytes(pictures[name].data)
            found = self._reply({"id": str(self._number)} | {name: str(path) for name, path in paths.items()})
        except TimeoutError:
            self._end()
            return f"timed out after {self._limit:g} s"
        except (BrokenPipeError, EOFError):
            return self._note_crash()
        finally:
            for path in paths.values():
                path.unlink(missing_ok=True)
        self._crashes = 0
        return found

    def _reply(self, question: dict[str, str]) -> dict[str, Any]:
        pipe = cast("BinaryIO", cast("subprocess.Popen[bytes]", self._process).stdin)
        pipe.write(json.dumps(question).encode() + b"\n")
        pipe.flush()
        said = self._line(self._limit)
        asked = question["id"]
        if not isinstance(said, dict):
            raise self._protocol_error(f"answered {str(said)[:60]!r}, which is not a JSON object")
        if said.get("id") != asked:
            named = said.get("id")
            before = isinstance(named, str) and named.isdecimal() and 0 < int(named) < self._number
            what = f"answered {named} again" if before else f"answered the unknown id {str(named)[:40]!r}"
            raise self._protocol_error(f"{what}, when it was asked {asked}")
        return said

    def _line(self, limit: float) -> object:
        """Return the next line as JSON; another line is an error."""
        end = time.monotonic() + limit
        process = cast("subprocess.Popen[bytes]", self._process)
        handle = cast("BinaryIO", process.stdout).fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(handle, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, end - time.monotonic())):
                    raise TimeoutError
                more = os.read(handle, 1 << 16)
                if not more:
                    raise EOFError
                self._buffer += more
                if len(self._buffer) > _LINE_BYTES:
                    raise self._protocol_error(f"wrote a line of more than {_LINE_BYTES:,} bytes")
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            return json.loads(line)
        except ValueError:
            raise self._protocol_error(f"wrote {line[:60].decode(errors='replace')!r}, which is not JSON") from None

    def _protocol_error(self, what: str) -> EvenfaceError:
        self._end()
        hint = "write a line of JSON with its id for each line read, and nothing else, to stdout; finished answers are kept"
        return EvenfaceError(f"the program {self._words[0]} {what}", hint)

    def _note_crash(self) -> str:
        how = self._end()
        self._crashes += not self._closed
        last = self._last_line()
        if self._crashes >= _CRASHES:
            what = f"the program {self._words[0]} crashed at {_CRASHES} pictures in a row, last with {how}{last}"
            raise EvenfaceError(what, f"see {self._log}; finished answers are kept, and the same command continues")
        return f"crashed: {how}{last}"

    def _start(self) -> None:
        self._buffer = b""
        with self._log.open("ab") as said:
            try:
                self._process = subprocess.Popen(
                    list(self._words),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    bufsize=0,
                    start_new_session=True,
                )
            except OSError as problem:
                raise UsageFault(
                    f"the program {self._words[0]} does not start: {problem.strerror}", "check its path"
                ) from problem
        if self._closed:
            self.stop()
        try:
            self.said = self._line(_START_SECONDS)
        except (EOFError, TimeoutError) as problem:
            how = "wrote nothing" if isinstance(problem, TimeoutError) else f"ended with {self._end()}{self._last_line()}"
            what = f"the program {self._words[0]} {how} before its line about itself"
            raise EvenfaceError(what, f"make it first write a line of JSON about itself and flush it; see {self._log}") from None

    def _end(self) -> str:
        """End the program and its children, and return how it ended."""
        process, self._process = self._process, None
        if process is None:
            return "nothing"
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
        _kill(process)
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                cast("BinaryIO", pipe).close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _last_line(self) -> str:
        with suppress(OSError):
            lines = self._log.read_bytes()[-2000:].decode(errors="replace").strip().splitlines()
            return f": {lines[-1].strip()[:200]}" if lines else ""
        return ""

    def stop(self) -> None:
        """Accept no more questions, and kill the program if it is being asked; the waiting thread then reads the end of the pipe.

        The pipes stay open: a thread that waits at a pipe would not wake up after another thread closed it.
        """
        self._closed = True
        process = self._process
        if self._asking and process is not None:
            _kill(process)

    def close(self) -> None:
        """End the program; no thread may be asking it."""
        self._closed = True
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()  # a sign to end
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _ending(data: bytes) -> str:
    return next((ending for start, ending in _ENDINGS if data.startswith(start)), ".bin")


def _words(argument: str) -> list[str]:
    try:
        words = shlex.split(argument)
    except ValueError as problem:
        raise UsageFault(f"{argument!r} is not a command: {problem}", "quote it as in a shell") from problem
    if not words or shutil.which(words[0]) is None:
        raise UsageFault(
            f"the program {words[0] if words else ''!r} was not found", "give its path, e.g. --system 'command:./mine --fast'"
        )
    return words


def _about(words: Sequence[str], said: object) -> About:
    """Return the description that the program gives of itself, with hashes of it and of its file arguments."""
    paths = [Path(shutil.which(words[0]) or words[0]), *map(Path, words[1:])]
    hashes = {}
    for path in paths:
        if path.is_file():
            hashes[path.name] = sha256_of(path)
    about = about_of(said, f"the first line of {words[0]}", {"version": "not said"})
    notes = (*about.notes, f"program: {shlex.join(words)}")
    return replace(about, weights_sha256={**hashes, **about.weights_sha256}, notes=notes)
