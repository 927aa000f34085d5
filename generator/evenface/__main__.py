"""``python -m evenface`` is the command ``evenface``."""

from evenface.cli import main

main(prog_name="evenface")
