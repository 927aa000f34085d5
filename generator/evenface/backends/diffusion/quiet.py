"""Silence the lines and bars that the libraries of models print: what matters is an error, or in the recipe."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from evenface.errors import UsageFault

__all__ = ["quietly"]


@contextmanager
def quietly() -> Iterator[None]:
    """Silence transformers and diffusers for good, and warnings for a while."""
    try:
        from transformers.utils import logging as of_transformers

        # First: diffusers imports what it warns of.
        of_transformers.set_verbosity_error()
        of_transformers.disable_progress_bar()
        from diffusers.utils import logging as of_diffusers
    except ModuleNotFoundError as error:
        what = f"trained models need the package {error.name}, which is not installed"
        raise UsageFault(what, "type: pip install 'evenface[diffusion]'") from error
    of_diffusers.set_verbosity_error()
    of_diffusers.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
