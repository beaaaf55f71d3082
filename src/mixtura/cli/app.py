"""The program: its verbs, and how errors end it."""

import sys

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


def main() -> None:
    """Run the program: 0 when all went well, 2 and one line on standard error when not."""
    try:
        app()
    except (MixturaError, ValueError, OSError) as error:
        console.error(str(error))
        sys.exit(2)
