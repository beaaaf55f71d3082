"""Arguments and options that several verbs share, and checks of the paths they name."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from mixtura.data.arrow.formats import FORMATS
from mixtura.data.paths import check_not_read, paths_of
from mixtura.em import EFFORTS
from mixtura.errors import DataFileError

Data: TypeAlias = Annotated[
    Path,
    typer.Argument(
        help="A CSV, TSV, Parquet, Feather or .npy file of any size, a folder of them, or a "
        "pattern in quotes, such as 'data/*.parquet'."
    ),
]
Columns: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="Columns to fit, separated by commas, or the option again; "
        "else all, which must be numeric."
    ),
]
Model: TypeAlias = Annotated[Path, typer.Argument(help="A model file, from mixtura fit -o.")]
Weights: TypeAlias = Annotated[
    str | None, typer.Option(help="A column that says how many times each row counts.")
]
Effort: TypeAlias = Annotated[
    str, typer.Option(help=f"How much work a search is worth: {', '.join(EFFORTS)}.")
]
Seed: TypeAlias = Annotated[int, typer.Option(help="Of the random numbers.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")]

PICTURES = (".png", ".pdf", ".svg")


def check_outputs(*paths: Path | None, inputs: Sequence[Path] = ()) -> None:
    """Refuse, before any work, places that cannot be written to, and inputs as outputs."""
    read = [file for given in inputs for file in paths_of(str(given), FORMATS)]
    for path in paths:
        if path is None:
            continue
        check_not_read(path, read)
        if path.is_dir():
            raise DataFileError(f"{str(path)!r} is a folder, not a file to write.")
        if not path.parent.is_dir():
            raise DataFileError(f"There is no folder {str(path.parent)!r} to write into.")
        if not os.access(path.parent, os.W_OK):
            raise DataFileError(f"The folder {str(path.parent)!r} cannot be written to.")


def check_model_name(path: Path | None) -> None:
    """Refuse a model file whose name does not say what it is."""
    if path is not None and path.suffix.lower() != ".json":
        raise DataFileError(f"{path.name!r} must end in .json: a model is kept as JSON.")


def check_picture(path: Path | None) -> None:
    """Refuse a name that says no format of pictures."""
    if path is not None and path.suffix.lower() not in PICTURES:
        raise DataFileError(f"{path.name!r} must end in one of {', '.join(PICTURES)}.")


def check_choice(option: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a value that is none of those to choose from."""
    if value not in choices:
        raise DataFileError(f"{option} must be one of {', '.join(choices)}, not {value!r}.")


def split_names(names: Sequence[str] | None, known: Sequence[str] = ()) -> list[str] | None:
    """Names separated by commas, unless all of it is a known name; in several options or one."""
    if not names:
        return None
    split = []
    for option in names:
        split += [option] if option in known else [name.strip() for name in option.split(",")]
    return split


def split_numbers(text: str) -> list[int]:
    """Numbers of components: one, a range with both of its ends, or several of these."""
    numbers: set[int] = set()
    for part in text.split(","):
        first, colon, last = (end.strip() for end in part.partition(":"))
        ends = [first, last] if colon else [first]
        if not all(end.isdecimal() and int(end) > 0 for end in ends) or int(ends[0]) > int(
            ends[-1]
        ):
            raise DataFileError(
                f"-k must be a number such as 3, a range such as 1:9, or several such as 2,4,6, "
                f"not {text!r}."
            )
        numbers.update(range(int(ends[0]), int(ends[-1]) + 1))
    return sorted(numbers)
