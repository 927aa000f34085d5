"""The one place where an error becomes a message and an exit code."""

from __future__ import annotations

import errno

import click

from evenface.cli.terminal import say, say_error
from evenface.errors import EvenfaceError

__all__ = ["INTERRUPTED", "Edge"]

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
_RESUMED = ("generate", "select", "render", "audit")


class Edge(click.Group):
    """The one place where an error becomes a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        # In the order of the line, not of the alphabet.
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EvenfaceError as error:
            say_error(error.what, error.hint)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            kept = " Finished pictures are kept; the same command goes on." if ctx.invoked_subcommand in _RESUMED else ""
            say(f"\nInterrupted.{kept}")
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # click is quiet about a reader that has gone
                raise
            say_error(": ".join(filter(None, (error.filename, error.strerror or str(error)))), "")
            ctx.exit(1)
