"""The libraries of trained models: check that they are installed, and silence the lines and bars that they print.

What matters is an error, or in the recipe.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from evenface.errors import UsageFault

__all__ = ["LIBRARIES", "quietly", "require_libraries"]

LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "peft", "safetensors")
"""What the extra ``diffusion`` brings."""


def require_libraries() -> None:
    """Find every library of trained models, and load none.

    Raises:
        UsageFault: where one is not installed.
    """
    for name in LIBRARIES:
        if find_spec(name) is None:
            what = f"trained models need the package {name}, which is not installed"
            raise UsageFault(what, "type: pip install 'evenface[diffusion]'")


@contextmanager
def quietly() -> Iterator[None]:
    """Silence transformers and diffusers for good, and warnings for a while."""
    from transformers.utils import logging as of_transformers

    # First: diffusers imports what it warns of.
    of_transformers.set_verbosity_error()
    of_transformers.disable_progress_bar()
    from diffusers.utils import logging as of_diffusers

    of_diffusers.set_verbosity_error()
    of_diffusers.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
