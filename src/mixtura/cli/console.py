"""What the command line prints: results to standard output, all else to standard error."""

import json
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def error(sentence: str) -> None:
    """One line on standard error."""
    err.print(f"[bold red]error:[/] {escaped(sentence)}", soft_wrap=True)


def say(sentence: str) -> None:
    """One line on standard error about what was done."""
    err.print(escaped(sentence), soft_wrap=True)


@contextmanager
def notes() -> Iterator[None]:
    """Turn warnings into notes, a line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for sentence in dict.fromkeys(str(warning.message) for warning in caught):
        err.print(f"[yellow]note:[/] {escaped(sentence)}", soft_wrap=True)


def plain_table(title: str | None = None) -> Table:
    """A table with rules above and below, as books print them."""
    return Table(title=title, box=box.HORIZONTALS, title_justify="left", header_style="")


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and values, aligned."""
    grid = Table.grid(padding=(0, 2))
    for name, value in facts:
        grid.add_row(name, escaped(value))
    out.print(grid)


def print_json(record: Any) -> None:
    """One JSON value on standard output."""
    out.print(json.dumps(record, indent=2, allow_nan=False), markup=False, soft_wrap=True)


def escaped(text: str) -> str:
    """Text as it is, on one line, for rich."""
    return escape(" ".join(text.split()))
