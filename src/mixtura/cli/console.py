"""What the command line prints: tables to standard output, notes and errors to standard error."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["Table", "err", "error", "notes", "out", "plain_table"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def error(sentence: str) -> None:
    """One line on standard error."""
    err.print(f"[bold red]error:[/] {_escaped(sentence)}", soft_wrap=True)


@contextmanager
def notes() -> Iterator[None]:
    """Turn warnings into notes, a line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for sentence in dict.fromkeys(str(warning.message) for warning in caught):
        err.print(f"[yellow]note:[/] {_escaped(sentence)}", soft_wrap=True)


def plain_table(title: str | None = None) -> Table:
    """A table with rules above and below, as books print them."""
    return Table(title=title, box=box.HORIZONTALS, title_justify="left", header_style="")


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("[", r"\[")
