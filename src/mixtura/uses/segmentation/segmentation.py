"""What a segmentation is: labels, probabilities, colours, and pictures of them as arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.typing import AnyArray, Float


@dataclass(frozen=True, eq=False)
class Segmentation:
    """An image in segments, from the darkest to the lightest: in order of their first feature.

    Attributes
    ----------
    labels : ndarray of int, in the shape of the image without its channels
        0 to K - 1; -1 where a pixel does not count.
    probabilities : ndarray of float32, shape (*labels.shape, K)
        How probable each segment is, given the neighbours too; 0 where a pixel does not count.
    mean_colors : ndarray of shape (K, channels)
        The mean of each segment's pixels, in the units of the image and without transparency; NaN
        for a segment that smoothing has left without pixels.
    mixture : Mixture
        The distribution of the features that are named in it: L*, a* and b* of colours, else the
        channels, those left out that are constant; and places.
    image : ndarray
        As it was given.
    channel_axis : int or None
        Which axis of it has the channels.
    """

    labels: NDArray[np.int32]
    probabilities: NDArray[np.float32]
    mean_colors: Float
    mixture: Mixture
    image: NDArray[Any]
    channel_axis: int | None

    @property
    def n_segments(self) -> int:
        """K."""
        return self.mixture.n_components

    def counts(self) -> NDArray[np.int64]:
        """How many pixels each segment has, shape (K,)."""
        return np.bincount(self.labels[self.labels >= 0], minlength=self.n_segments)

    def mean_image(self) -> NDArray[Any]:
        """The image with every pixel in the mean colour of its segment.

        In the shape and type of the image. Pixels that do not count, and transparency, stay.

        Examples
        --------
        >>> import mixtura as mx
        >>> image = [[9, 9, 9, 1, 1, 1], [9, 8, 9, 1, 2, 1]]
        >>> mx.segment_image(image, 2, random_state=0).mean_image()
        array([[9, 9, 9, 1, 1, 1],
               [9, 9, 9, 1, 1, 1]])
        """
        picture = np.array(self.image)
        by_pixel = self._by_pixel(picture)
        colors = self.mean_colors
        if picture.dtype.kind in "iub":
            colors = np.rint(np.nan_to_num(colors))
        colors = colors.astype(picture.dtype)
        counts = self.labels >= 0
        for c in range(colors.shape[1]):
            np.copyto(by_pixel[..., c], colors[self.labels, c], where=counts)
        return picture

    def boundaries(self) -> NDArray[np.bool_]:
        """Where a pixel has a neighbour of another segment, along an axis: lines two pixels wide.

        As scikit-image's `find_boundaries(labels)`.
        """
        differs = np.zeros(self.labels.shape, dtype=np.bool_)
        for axis in range(self.labels.ndim):
            along, mark = np.moveaxis(self.labels, axis, 0), np.moveaxis(differs, axis, 0)
            step = along[1:] != along[:-1]
            mark[1:] |= step
            mark[:-1] |= step
        return differs

    def mark_boundaries(
        self, image: AnyArray = None, color: tuple[float, float, float] = (1, 1, 0)
    ) -> NDArray[Any]:
        """An RGB picture with the boundaries drawn into it, as scikit-image's function of the name.

        Parameters
        ----------
        image : ndarray, grey or with three or four channels last, optional
            What is drawn over, of uint8, uint16 or floats from 0 to 1; by default the image itself.
        color : tuple of float, default=(1, 1, 0)
            Red, green and blue, 0 to 1.

        Returns
        -------
        picture : ndarray of shape (*labels.shape, 3)
            In the type of the image.

        Raises
        ------
        ValueError
            Where there are neither grey values nor colours to draw over.
        """
        if image is None:
            image = self._by_pixel(self.image) if self.channel_axis is not None else self.image
        picture = _as_rgb(np.asarray(on_host(image)), self.labels.shape)
        most = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
        picture[self.boundaries()] = (np.array(color) * most).astype(picture.dtype)
        return picture

    def _by_pixel(self, image: NDArray[Any]) -> NDArray[Any]:
        """A view of an image with its channels last, and one where it has none."""
        if self.channel_axis is None:
            return image[..., None]
        return np.moveaxis(image, self.channel_axis, -1)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.labels.shape))
        return f"Segmentation({size} pixels in {self.n_segments} segments)"


def _as_rgb(image: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """A copy with three channels."""
    channels = image.shape[len(shape) :]
    known = image.dtype in (np.uint8, np.uint16) or image.dtype.kind == "f"
    if image.shape[: len(shape)] != shape or channels not in ((), (1,), (3,), (4,)) or not known:
        raise ValueError(
            "Boundaries are drawn over grey values, or three or four channels of colours, of "
            f"uint8, uint16 or floats for the {shape} pixels, not over {image.dtype} of shape "
            f"{image.shape}; give such an image."
        )
    if channels in ((3,), (4,)):
        return np.array(image[..., :3])
    grey = image.reshape(shape)
    return np.stack([grey] * 3, axis=-1)
