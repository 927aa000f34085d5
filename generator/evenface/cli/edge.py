"""The command group: its help by section, and errors as messages and exit codes."""

from __future__ import annotations

import errno
from typing import Any

import click

from evenface.cli.terminal import say, say_error
from evenface.errors import EvenfaceError

__all__ = ["INTERRUPTED", "Edge"]

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
_RESUMED = ("generate", "select", "render", "audit")


class Edge(click.Group):
    """The one place where an error becomes a message and an exit code; its help lists commands by section."""

    def __init__(self, *args: Any, **settings: Any) -> None:  # noqa: ANN401 (click's arguments)
        super().__init__(*args, **settings)
        self._sections: dict[str, list[str]] = {}

    def add_section(self, title: str, *commands: click.Command) -> None:
        """Add commands under a heading of the help."""
        for command in commands:
            self.add_command(command)
        self._sections[title] = [str(command.name) for command in commands]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return [name for names in self._sections.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands of each section with their short help."""
        for title, names in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in names])

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
