"""Runs the command line in this process, as a shell would."""

import sys
from dataclasses import dataclass

from mixtura.cli import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


class Program:
    """`mixtura(*arguments)`: the exit code, and what was printed."""

    def __init__(self, monkeypatch, capsys):
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments):
        self.monkeypatch.setattr(sys, "argv", ["mixtura", *map(str, arguments)])
        self.monkeypatch.setenv("COLUMNS", "100")
        self.capsys.readouterr()
        code = main()
        captured = self.capsys.readouterr()
        return Result(code, captured.out, captured.err)
