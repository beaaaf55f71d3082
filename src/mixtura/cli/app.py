"""The program: its verbs, and how errors end it."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from mixtura.cli import console
from mixtura.cli.fit import fit
from mixtura.cli.info import info
from mixtura.cli.plot import plot
from mixtura.cli.predict import predict
from mixtura.cli.sample import sample
from mixtura.cli.score import score
from mixtura.errors import MixturaError

BAD_INPUT = 2
INTERRUPTED = 130

# What typer raises for wrong options is click's, which it has vendored.
UsageError: type[Any] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="mixtura",
    help="Gaussian mixture models: find the clusters in a table, and label its rows.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def main() -> int:
    """Run the program and return its exit code: 0 when all went well."""
    try:
        return int(app(prog_name="mixtura", standalone_mode=False) or 0)
    except UsageError as error:
        sentence = error.format_message().rstrip(".")
        if sentence:  # without arguments at all, the help has been shown instead
            console.error(f"{sentence}. See {error.ctx.command_path} --help.")
        return BAD_INPUT


def ending_in_a_sentence(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb, with one line on standard error and an exit code for whatever goes wrong."""

    @wraps(verb)
    def guarded(*arguments: Any, **options: Any) -> None:
        try:
            verb(*arguments, **options)
        except BrokenPipeError:  # whoever read the output, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            console.error("interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        except (MixturaError, ValueError, TypeError, OSError, MemoryError) as error:
            console.error(str(error) or type(error).__name__)
            raise typer.Exit(BAD_INPUT) from error

    return guarded


for verb in (fit, predict, score, sample, plot, info):
    app.command()(ending_in_a_sentence(verb))
