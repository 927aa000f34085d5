"""Errors for users: what happened, what was found, what to type."""

from __future__ import annotations

__all__ = ["EvenfaceError", "UsageFault"]


class EvenfaceError(Exception):
    """A failure that a person can act on; the command line prints it as ``Error:`` and ``Try:``.

    Args:
        what: One sentence: what happened and what was found instead.
        hint: What to type or change; empty when nothing can be done.
    """

    exit_code = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[type[EvenfaceError], tuple[str, str]]:
        # Errors cross process borders; the default would lose the hint.
        return type(self), (self.what, self.hint)


class UsageFault(EvenfaceError):
    """Wrong use: a spec, an option or a folder that the user has to change. Exit code 2."""

    exit_code = 2
