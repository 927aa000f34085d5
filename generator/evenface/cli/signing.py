"""Calls of the commands that sign pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenface.errors import UsageFault

if TYPE_CHECKING:
    from evenface.publish.signing import PictureSigner

__all__ = ["backend_of", "signer_of"]


def backend_of(run: Path) -> str:
    """Return the backend of a run; a folder that is none is refused before a certificate is looked at."""
    from evenface.publish.package import plan_of_run

    return plan_of_run(run).spec.backend


def signer_of(certificate: Path | None, key: Path | None, backend: str) -> PictureSigner | None:
    """Return what signs the pictures of ``backend``, tried out; None where nobody asked for it."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        given, lacking = ("--c2pa-cert", "--c2pa-key") if key is None else ("--c2pa-key", "--c2pa-cert")
        raise UsageFault(f"{given} is given without {lacking}", "give both, or neither")
    from evenface.dataset.marking import digital_source_type
    from evenface.publish.signing import open_signer

    return open_signer(certificate, key, digital_source_type(backend))
