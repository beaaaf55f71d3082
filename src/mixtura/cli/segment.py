"""`mixtura segment`: a photograph in; its segments as a picture out."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.style import Style
from rich.text import Text

from mixtura.cli import console, progress
from mixtura.cli.options import (
    Json,
    Quiet,
    Seed,
    check_choice,
    check_outputs,
    split_numbers,
)
from mixtura.errors import DataFileError
from mixtura.estimators import segment_image
from mixtura.uses import Segmentation

SHOWN = ("mean", "boundaries", "labels")
MOST_LABELS = 255


def segment(
    photo: Annotated[Path, typer.Argument(help="A photograph, such as a JPEG, PNG or TIFF file.")],
    segments: Annotated[
        str,
        typer.Option(
            "-k", "--segments", help="How many: 5; chosen by ICL, auto, from 2:8, or 2,4,6."
        ),
    ] = "auto",
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The picture: .png, .tif, .jpg or .webp.")
    ] = Path("segments.png"),
    show: Annotated[str, typer.Option(help=f"What it shows: {', '.join(SHOWN)}.")] = "mean",
    smoothness: Annotated[
        float, typer.Option(min=0, help="How much neighbours agree; 0 is not at all.")
    ] = 3.0,
    mask: Annotated[
        Path | None, typer.Option(help="A picture of the same size; what is black does not count.")
    ] = None,
    position: Annotated[
        bool, typer.Option("--position", help="Let segments be compact: places are features.")
    ] = False,
    seed: Seed = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Divide a photograph into segments of similar colours.

    The picture shows every pixel in the mean colour of its segment, or `--show boundaries`, or
    `--show labels`: grey values from 1, the darkest segment, and 0 for what does not count.

    **Examples**

    `mixtura segment photo.jpg -k 5 -o out.png`

    `mixtura segment photo.jpg --show boundaries -o lines.png`

    `mixtura segment scan.tif -k 2 --smoothness 5 --show labels -o labels.png`
    """
    from mixtura.files import photograph  # Pillow, which the other verbs do without

    check_choice("--show", show, SHOWN)
    numbers: Any = "auto" if segments == "auto" else split_numbers(segments)
    _check_format(output, photograph.SUFFIXES, "a picture")
    if show == "labels":
        _check_format(output, photograph.LOSSLESS, "labels, which others would change,")
        if numbers != "auto" and max(numbers) > MOST_LABELS:
            raise DataFileError(f"A picture of labels has room for {MOST_LABELS} segments.")
    check_outputs(output, inputs=[path for path in (photo, mask) if path])
    image = photograph.read_photograph(photo)
    counted = None if mask is None else _mask(photograph.read_photograph(mask))
    with progress.shown(quiet or json), progress.stages_shown(quiet or json), console.notes():
        found = segment_image(
            image,
            numbers,
            smoothness=smoothness,
            mask=counted,
            position=position,
            random_state=seed,
        )
    photograph.write_picture(_picture(found, show), output)
    if json:
        console.print_json({"segments": _record(found)})
    elif not quiet:
        _print_segments(found, photo.name)
        console.say(f"written: {output}")


def _check_format(path: Path, suffixes: tuple[str, ...], what: str) -> None:
    if path.suffix.lower() not in suffixes:
        raise DataFileError(f"{path.name!r}: {what} must end in one of {', '.join(suffixes)}.")


def _mask(picture: NDArray[Any]) -> NDArray[np.bool_]:
    """What is not black."""
    colours = picture[..., :3] if picture.ndim == 3 else picture[..., None]
    return np.asarray((colours > 0).any(axis=-1))


def _picture(found: Segmentation, show: str) -> NDArray[Any]:
    if show == "mean":
        return found.mean_image()
    if show == "labels":
        return (found.labels + 1).astype(np.uint8)
    image = found.image
    if image.dtype not in (np.uint8, np.uint16):  # values of no known range
        low, high = float(np.nanmin(image)), float(np.nanmax(image))
        image = (image - low) / max(high - low, np.finfo(float).tiny)
    return found.mark_boundaries(image)


def _record(found: Segmentation) -> list[dict[str, Any]]:
    shares = found.counts() / found.counts().sum()
    return [
        {"share": float(share), "mean_color": None if count == 0 else color.tolist()}
        for share, count, color in zip(shares, found.counts(), found.mean_colors, strict=True)
    ]


def _print_segments(found: Segmentation, title: str) -> None:
    """The share of each segment, and its colour."""
    counts = found.counts()
    table = console.plain_table(title)
    table.add_column("segment")
    table.add_column("share", justify="right")
    table.add_column("mean colour")
    for k, (count, color) in enumerate(zip(counts, found.mean_colors, strict=True)):
        share = f"{100 * count / counts.sum():.1f} %"
        table.add_row(str(k), share, _shown(color, found.image.dtype) if count else "")
    console.out.print(table)


def _shown(color: NDArray[np.float64], dtype: np.dtype[Any]) -> Text:
    """A colour as the web writes it, with a patch of it on a terminal; a grey value as it is."""
    if len(color) != 3:
        return Text(f"{color[0]:.4g}")
    red, green, blue = (round(255 * value / np.iinfo(dtype).max) for value in color.tolist())
    name = f"#{red:02x}{green:02x}{blue:02x}"
    patch = ("   ", Style(bgcolor=name)) if console.out.is_terminal else ""
    return Text.assemble(f"{name} ", patch)
