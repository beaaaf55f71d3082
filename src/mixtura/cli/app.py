"""The program: its verbs, and how errors end it."""

from typing import Any

import typer

from mixtura.cli import console
from mixtura.cli.fit import fit
from mixtura.cli.predict import predict
from mixtura.errors import MixturaError

app = typer.Typer(
    name="mixtura",
    help="Gaussian mixture models: find the clusters in a table, and label its rows.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(fit)
app.command()(predict)


# What typer raises for wrong options is click's, which it may have vendored.
UsageError: type[Any] = typer.BadParameter.__mro__[1]
INTERRUPTED = 130


def main() -> int:
    """Run the program: 0 when all went well, 2 and one line on standard error when not."""
    try:
        return int(app(prog_name="mixtura", standalone_mode=False) or 0)
    except UsageError as error:
        sentence = error.format_message().rstrip(".")
        if sentence:  # without arguments at all, the help has been shown instead
            console.error(f"{sentence}. See {error.ctx.command_path} --help.")
    except (MixturaError, ValueError, OSError) as error:
        console.error(str(error))
    except (KeyboardInterrupt, typer.Abort):
        console.error("interrupted.")
        return INTERRUPTED
    return 2
