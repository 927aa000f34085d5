"""The command line: commands parse options, call one room and print."""

from __future__ import annotations

import click

from evenface import __version__
from evenface.cli import audit, check, make, share
from evenface.cli.edge import Edge

__all__ = ["main"]


@click.group(cls=Edge, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="evenface", message="%(prog)s %(version)s")
def main() -> None:
    """Make balanced sets of synthetic faces for the audit of face systems.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
    """


main.add_section("Make", make.generate, make.plan, make.select, make.render, make.package, make.remake)
main.add_section("Check", check.validate, check.power, audit.measure, audit.leakage, audit.audit)
main.add_section("Share", share.datasheet, share.sheet, share.export, share.push)
main.add_section("Installation", check.doctor)
