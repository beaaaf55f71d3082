"""The program: its verbs, and how errors end it."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from mixtura._version import __version__
from mixtura.cli import console
from mixtura.cli.fit import fit
from mixtura.cli.impute import impute
from mixtura.cli.info import info
from mixtura.cli.outliers import outliers
from mixtura.cli.plot import plot
from mixtura.cli.predict import predict
from mixtura.cli.sample import sample
from mixtura.cli.score import score
from mixtura.cli.segment import segment
from mixtura.cli.select import select
from mixtura.errors import MixturaError

BAD_INPUT = 2
FAULT = 70
INTERRUPTED = 130

# What typer raises for wrong options is click's, which it has vendored.
UsageError: type[Any] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="mixtura",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def print_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        console.out.print(f"mixtura {__version__}")
        raise typer.Exit


@app.callback()
def program(
    _: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and end.", callback=print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Find the clusters in a table, and label its rows, with Gaussian mixture models."""


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
        except Exception as error:
            if os.environ.get("MIXTURA_TRACEBACK"):
                raise
            console.error(
                f"{type(error).__name__}: {error}. That is a fault of Mixtura's; with "
                "MIXTURA_TRACEBACK=1 in the environment it shows where."
            )
            raise typer.Exit(FAULT) from error

    return guarded


for verb in (fit, select, predict, score, outliers, sample, impute, segment, plot, info):
    app.command()(ending_in_a_sentence(verb))
