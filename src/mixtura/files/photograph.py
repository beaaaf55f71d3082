"""The only door to Pillow: photographs as arrays, and arrays as pictures."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mixtura._atomic import replacing
from mixtura.errors import DataFileError

LOSSLESS = (".png", ".tif", ".tiff")
WITHOUT_ALPHA = (".jpg", ".jpeg")
SUFFIXES = (*LOSSLESS, *WITHOUT_ALPHA, ".webp")

AS_THEY_ARE = ("1", "L", "I", "F", "RGB", "RGBA")
"""Pillow's names for grey values and colours that arrays have too; so are those of 16 bits."""


def read_photograph(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The first picture of an image file, upright: (rows, columns), or with 3 or 4 channels.

    Raises
    ------
    DataFileError
        Where there is no such file, or it is no image, is broken or far too large.
    """
    if not Path(path).is_file():
        raise DataFileError(f"There is no file {str(path)!r}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, and of doubtful metadata
            with Image.open(path) as opened:
                picture = ImageOps.exif_transpose(opened)
                return np.array(_plain(picture))
    except UnidentifiedImageError:
        raise DataFileError(f"{str(path)!r} is no image that can be read.") from None
    except Image.DecompressionBombError as error:
        raise DataFileError(f"{str(path)!r} is too large to be read: {error}") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # as Pillow's readers raise them
        raise DataFileError(f"{str(path)!r} cannot be read: {error}.") from None


def write_picture(array: NDArray[Any], path: str | os.PathLike[str]) -> None:
    """Write an array as a picture, whole or not at all, in the format that its name says."""
    suffix = Path(path).suffix.lower()
    if array.dtype == np.bool_:
        array = array * np.uint8(255)
    elif array.dtype not in (np.uint8, np.uint16):
        array = _stretched(array)
    # Pillow writes 16 bits of grey values only, and other formats have 8.
    if array.dtype == np.uint16 and (suffix not in LOSSLESS or array.ndim == 3):
        array = (array // 257).astype(np.uint8)
    if suffix in WITHOUT_ALPHA and array.ndim == 3:
        array = array[..., :3]
    with replacing(path) as temporary:
        Image.fromarray(np.ascontiguousarray(array)).save(temporary)


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in AS_THEY_ARE or picture.mode.startswith("I;16"):
        return picture
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _stretched(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Values of no known range, from the least in black to the greatest in white."""
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    scaled = (array.astype(np.float64) - low) * (255 / max(high - low, np.finfo(float).tiny))
    return np.rint(np.nan_to_num(scaled)).astype(np.uint8)
