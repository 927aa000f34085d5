"""One worker in the environment of the face models, seen from here: starts, asks and ends it; its failures become errors."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from evenface.errors import EvenfaceError
from evenface.faces.models.environment import how_to_install
from evenface.faces.models.wire import BrokenWire, receive, send

__all__ = ["Worker"]

_PACKAGE = Path(__file__).parents[2]
# That environment must not see what else lies beside evenface: only this package is made known, under its name.
_START = """
import importlib.util, sys
folder, want = sys.argv[1:]
spec = importlib.util.spec_from_file_location("evenface", folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules["evenface"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from evenface.faces.models.worker import main
sys.exit(main(want))
"""
_LAST_WORDS_SECONDS = 5
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}


class Worker:
    """A process that answers. ``models`` and ``fingerprints`` are what it said of the face models when it started."""

    def __init__(self, python: Path, want: Sequence[str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the worker)
        command = [str(python), "-I", "-B", "-c", _START, str(_PACKAGE), ",".join(want)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=os.environ | _ONE_THREAD,
            )
        except OSError as problem:
            self._said.close()
            raise EvenfaceError(
                f"the Python of the face models, {python}, does not start: {problem.strerror}", how_to_install()
            ) from problem
        self.python = python
        try:
            self.models, self.fingerprints = self._hello()
        except BaseException:
            self.close()
            raise

    def ask(self, blobs: Sequence[bytes]) -> list[dict[str, Any]]:
        """Return what the face models say of each picture file, in order: by model, or why it shows no picture."""
        pipe = self._process
        try:
            send(cast("BinaryIO", pipe.stdin), {}, blobs)
            answer = receive(cast("BinaryIO", pipe.stdout))
        except BrokenWire:
            answer = None
        faces = answer[0].get("faces") if answer else None
        if not isinstance(faces, list) or len(faces) != len(blobs):
            raise self._died("while it looked at pictures")
        return faces

    def close(self) -> None:
        """End the worker."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                cast("BinaryIO", pipe).close()
            except OSError:  # it was written to after the worker had gone
                continue
        self._process.kill()
        self._process.wait()
        self._said.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _hello(self) -> tuple[tuple[dict[str, Any], ...], dict[str, str]]:
        try:
            answer = receive(cast("BinaryIO", self._process.stdout))
        except BrokenWire:
            answer = None
        if answer is None:
            raise self._died("before it could answer")
        if "missing" in answer[0]:
            packages = ", ".join(answer[0]["missing"])
            raise EvenfaceError(f"the environment of the face models, {self.python}, lacks {packages}", how_to_install())
        if "broken" in answer[0]:
            raise EvenfaceError(
                f"the environment of the face models, {self.python}, is broken: {answer[0]['broken']}", how_to_install()
            )
        return tuple(answer[0]["models"]), answer[0]["fingerprints"]

    def _died(self, when: str) -> EvenfaceError:
        """Return the error for a worker that has ended: its exit code or signal, and the last line that it wrote."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_LAST_WORDS_SECONDS)
        self._process.kill()  # it may still run, and answer nonsense
        code = self._process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - 2000))
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        last = f": {lines[-1].strip()}" if lines else ""
        hint = f"run the same command again; if it ends again, install the environment anew: {how_to_install()}"
        return EvenfaceError(f"the worker of the face models ({self.python}) ended {when}, with {how}{last}", hint)
