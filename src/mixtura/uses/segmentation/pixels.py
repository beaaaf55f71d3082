"""What an image is: pixels with a place, channels, and whether they count."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mixtura._array import is_array, on_host
from mixtura.typing import AnyArray, Float, Indices
from mixtura.uses.segmentation.lab import lab_of

ChannelAxis: TypeAlias = int | Literal["auto"] | None

MOST_CHANNELS = 16
"""An axis that is no longer, first or last, may well be one of channels."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of an image, one after the other.

    Attributes
    ----------
    image : ndarray
        As it was given.
    channel_axis : int or None
    values : ndarray of shape (n, channels)
        As they are given.
    shape : tuple of int
        Rows and columns; of a volume, planes before.
    counted : ndarray of bool, shape (n,), or None
        Those that the mask leaves, that have an entry and are not transparent; None for all.
    in_lab : bool
        Whether the first three channels are sRGB colours, taken in L*a*b*.
    with_position : bool
        Whether places are features, in hundredths of the longest axis.
    used : ndarray of int
        The features that are not constant.
    """

    image: NDArray[Any]
    channel_axis: int | None
    values: NDArray[Any]
    shape: tuple[int, ...]
    counted: NDArray[np.bool_] | None
    in_lab: bool
    with_position: bool
    used: Indices

    @classmethod
    def of(
        cls,
        image: AnyArray,
        *,
        mask: AnyArray = None,
        channel_axis: ChannelAxis = "auto",
        convert2lab: bool | None = None,
        with_position: bool = False,
    ) -> Self:
        """The pixels of a checked image."""
        array = as_image(image)
        axis = channel_axis_of(array, channel_axis)
        by_pixel = array[..., None] if axis is None else np.moveaxis(array, axis, -1)
        *shape, n_channels = by_pixel.shape
        if len(shape) not in (2, 3):
            raise ValueError(
                f"An image has two axes beside its channels and a volume three, but the shape is "
                f"{array.shape} with channel_axis={axis}."
            )
        values = by_pixel.reshape(-1, n_channels)
        in_lab = (n_channels in (3, 4) and array.ndim == 3) if convert2lab is None else convert2lab
        if in_lab:
            _check_rgb(values)
        n_features = (3 if in_lab else n_channels) + len(shape) * with_position
        used = np.arange(n_features)
        pixels = cls(array, axis, values, tuple(shape), None, in_lab, with_position, used)
        return replace(pixels, counted=pixels._counted(mask))

    @property
    def colours(self) -> NDArray[Any]:
        """The channels but for transparency."""
        return self.values[:, :3] if self.in_lab else self.values

    def places(self) -> Indices:
        """The pixels that count."""
        n = len(self.values)
        return np.arange(n) if self.counted is None else np.flatnonzero(self.counted)

    def features(self, which: slice | Indices) -> Float:
        """The features of some pixels, shape (m, d); NaN where an entry is missing."""
        chosen = self.colours[which]
        features: Float = lab_of(chosen) if self.in_lab else chosen.astype(np.float64)
        if self.with_position:
            numbers = np.arange(len(self.values))[which]
            places = np.stack(np.unravel_index(numbers, self.shape), axis=1)
            features = np.concatenate([features, places * (100 / max(self.shape))], axis=1)
        return features[:, self.used]

    def local_means(self, which: Indices) -> Float:
        """The mean of the features of each pixel and of all that touch it, shape (m, d).

        Entries that are missing, and pixels that do not count, have no part in it.
        """
        sums = np.zeros((len(which), len(self.used)))
        counts = np.zeros_like(sums)
        place = np.stack(np.unravel_index(which, self.shape))
        last = np.array(self.shape)[:, None] - 1
        for offset in product((-1, 0, 1), repeat=len(self.shape)):
            moved = place + np.array(offset)[:, None]
            inside = ((moved >= 0) & (moved <= last)).all(axis=0)
            neighbours = np.ravel_multi_index(tuple(np.clip(moved, 0, last)), self.shape)
            if self.counted is not None:
                inside &= self.counted[neighbours]
            features = self.features(neighbours)
            known = inside[:, None] & ~np.isnan(features)
            np.add(sums, features, out=sums, where=known)
            counts += known
        with np.errstate(invalid="ignore"):  # NaN where no entry is known
            return np.asarray(sums / counts)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features that are used."""
        n_channels = self.values.shape[1]
        names = ["L*", "a*", "b*"] if self.in_lab else [f"channel {c}" for c in range(n_channels)]
        if not self.in_lab and n_channels == 1:
            names = ["grey"]
        if self.with_position:
            names += ["plane", "row", "column"][-len(self.shape) :]
        return tuple(names[j] for j in self.used)

    def _counted(self, mask: AnyArray) -> NDArray[np.bool_] | None:
        counted = None if mask is None else check_mask(mask, self.shape).reshape(-1)
        if self.in_lab and self.values.shape[1] == 4:
            counted = _both(counted, self.values[:, 3] > 0)
        if self.values.dtype.kind == "f":
            missing = np.isnan(self.colours)
            counted = _both(counted, ~(missing.any(1) if self.in_lab else missing.all(1)))
        if counted is not None and not counted.any():
            raise ValueError(
                "No pixel counts: the mask leaves none, or all that it leaves are NaN or "
                "transparent."
            )
        return counted


def as_image(image: AnyArray) -> NDArray[Any]:
    """A NumPy array of numbers, none of which is infinite; masked entries become NaN."""
    if np.ma.isMaskedArray(image):
        image = np.ma.filled(image.astype(np.result_type(image, np.float32)), np.nan)
    array = on_host(image) if is_array(image) else np.asarray(image)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"An image is an array of numbers, but this one is of {array.dtype} with shape "
            f"{array.shape}."
        )
    if array.size == 0:
        raise ValueError(f"The image has no pixels: its shape is {array.shape}.")
    if array.dtype.kind == "f" and np.isinf(array).any():
        raise ValueError("The image contains infinity; NaN stands for what is missing.")
    return array.astype(np.float32) if array.dtype == np.float16 else array


def channel_axis_of(image: NDArray[Any], channel_axis: ChannelAxis) -> int | None:
    """Which axis holds channels. Unless it is said, three or four last entries are colours."""
    shape = image.shape
    if channel_axis == "auto":
        if image.ndim != 3:
            return None
        if shape[-1] in (1, 3, 4):
            return -1
        if min(shape[0], shape[-1]) > MOST_CHANNELS:
            return None
        raise ValueError(
            f"An image of shape {shape} may have channels or be a volume: give channel_axis=-1 or "
            "0 for channels, or channel_axis=None for a volume."
        )
    if channel_axis is None:
        return None
    if isinstance(channel_axis, bool | str) or not -image.ndim <= channel_axis < image.ndim:
        raise ValueError(
            f"channel_axis must be 'auto', None or an axis of the image, whose shape is {shape}, "
            f"but it is {channel_axis!r}."
        )
    return int(channel_axis)


def check_mask(mask: AnyArray, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A mask as bool."""
    array = on_host(mask) if is_array(mask) else np.asarray(mask)
    if array.shape != shape:
        raise ValueError(f"The mask's shape is {array.shape}, and the image's {shape}.")
    if array.dtype.kind not in "biu" or (
        array.dtype.kind != "b" and not np.isin(array, (0, 1)).all()
    ):
        raise ValueError(
            "A mask is True or 1 where pixels count, and False or 0 elsewhere, but it has other "
            "values."
        )
    return array.astype(np.bool_)


def _check_rgb(values: NDArray[Any]) -> None:
    """sRGB colours: three channels, or four with transparency, of a known range."""
    n_channels, dtype = values.shape[1], values.dtype
    if n_channels not in (3, 4):
        raise ValueError(
            f"convert2lab=True is for three channels of sRGB, or four with transparency, but "
            f"there are {n_channels}."
        )
    if dtype.kind == "f":
        low, high = np.nanmin(values, initial=0), np.nanmax(values, initial=0)
        if low < 0 or high > 1:
            raise ValueError(
                f"RGB images of {dtype} go from 0 to 1, but this one goes from {low:g} to "
                f"{high:g}: divide it by what white is, or give convert2lab=False."
            )
    elif dtype not in (np.uint8, np.uint16):
        raise ValueError(
            f"RGB images are of uint8, uint16 or floats from 0 to 1, but this one is of {dtype}: "
            "convert it, or give convert2lab=False."
        )


def _both(counted: NDArray[np.bool_] | None, also: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    if also.all():
        return counted
    return also if counted is None else counted & also
