"""The command line: one file per verb. `mixtura --help` begins here."""

from mixtura.cli.app import main

__all__ = ["main"]
