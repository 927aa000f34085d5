"""The messages of the pipe, both ways: a line of JSON, then the bytes whose sizes it states. Needs the standard library alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

__all__ = ["BrokenWire", "receive", "send"]

_HEADER_BYTES = 16 * 1024 * 1024
_BODY_BYTES = 1024 * 1024 * 1024


class BrokenWire(Exception):
    """The other side has gone, or speaks another language."""


def send(pipe: BinaryIO, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write one message."""
    line = json.dumps(header | {"sizes": [len(blob) for blob in blobs]}, allow_nan=False).encode()
    try:
        pipe.write(line + b"\n")
        for blob in blobs:
            pipe.write(blob)
        pipe.flush()
    except (OSError, ValueError) as problem:  # ValueError: the pipe is closed
        raise BrokenWire(str(problem)) from problem


def receive(pipe: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """Read one message; None where the other side has closed the pipe in good order, between two messages."""
    try:
        line = pipe.readline(_HEADER_BYTES)
        if not line:
            return None
        header = json.loads(line)
        sizes = header.pop("sizes")
        if not all(isinstance(size, int) and size >= 0 for size in sizes) or sum(sizes) > _BODY_BYTES:
            raise BrokenWire(f"a message of sizes {sizes}")
        blobs = [pipe.read(size) for size in sizes]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BrokenWire(f"not a message: {problem}") from problem
    if [len(blob) for blob in blobs] != sizes:
        raise BrokenWire("a message cut short")
    return header, blobs
