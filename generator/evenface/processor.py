"""What differs between processors: the family of this one, and products of arrays whose last bits do not depend on it.

Programs with code for several instruction sets differ in their last bits. BLAS has kernels of its own for every processor and
adds in another order on each of them. A vertex that moves by its last bit can hand a strand to another lock or a root to another
quad, and the picture is another one. All that shapes a person or a picture is therefore multiplied by ``product``:
``numpy.einsum`` without ``optimize`` adds in one order everywhere.
"""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["processor_family", "product"]

# Flags of /proc/cpuinfo that each level of the x86-64 psABI (version 1.0, section 3.1.1) adds to the one below.
_LEVELS = (
    ("v2", {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}),
    ("v3", {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"}),
    ("v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
)


@cache
def processor_family() -> str:
    """Return architecture, maker and level of instructions, such as ``x86_64 GenuineIntel v4`` or ``aarch64 0x41``.

    The maker counts because approximate reciprocals and roots of one instruction differ between makers. What the system does not
    tell is left out.
    """
    try:
        facts = _facts(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        facts = {}
    return family_of(platform.machine(), facts)


def family_of(machine: str, facts: dict[str, str]) -> str:
    """Return the family of a machine whose first processor ``/proc/cpuinfo`` describes by ``facts``."""
    maker = facts.get("vendor_id") or facts.get("CPU implementer") or ""
    level, flags = "", set(facts.get("flags", "").split())
    for name, needed in _LEVELS:
        if not needed <= flags:
            break
        level = name
    return " ".join(part for part in (machine, maker, level) if part)


def _facts(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.split("\n\n", 1)[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def product(left: ArrayLike, right: ArrayLike) -> NDArray[Any]:
    """Return ``left @ right``: ``(..., N)`` by ``(N,)`` or by ``(N, M)``, in the wider of the two types of numbers."""
    by = np.asarray(right)
    return np.asarray(np.einsum("...n,n->..." if by.ndim == 1 else "...n,nm->...m", np.asarray(left), by))
