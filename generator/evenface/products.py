"""Products of arrays whose last bits do not depend on the processor: all that shapes a person or a picture is multiplied here.

BLAS has kernels of its own for every processor and adds in another order on each of them. A vertex that moves by its last bit can
hand a strand to another lock or a root to another quad, and the picture is another one. ``numpy.einsum`` without ``optimize``
adds in one order everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["product"]


def product(left: ArrayLike, right: ArrayLike) -> NDArray[Any]:
    """Return ``left @ right``: ``(..., N)`` by ``(N,)`` or by ``(N, M)``, in the wider of the two types of numbers."""
    by = np.asarray(right)
    return np.asarray(np.einsum("...n,n->..." if by.ndim == 1 else "...n,nm->...m", np.asarray(left), by))
