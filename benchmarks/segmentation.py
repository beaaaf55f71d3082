"""What smoothing gains on noisy images whose segments are known, and a photograph of 12 megapixels.

    python benchmarks/segmentation.py               both tables
    python benchmarks/segmentation.py --scale 0.01  on a hundredth of the pixels

Noise is such that 75, 80 or 85 % of the pixels would be labelled rightly one by one, by the mixture
that they are drawn from; `segment_image` does not know it. Labels are matched with the true ones as
well as possible. The photograph is one of scikit-learn's, enlarged, with some noise; seconds and
the peak of the memory of a process of its own, which has Python, NumPy and the image in it too.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq, linear_sum_assignment
from sklearn.datasets import load_sample_image

import mixtura as mx
from measure import in_child, print_head, print_row

Labels = NDArray[np.int64]

PIXELS = 12_000_000
N_SEGMENTS = 5


def blobs(shape: tuple[int, ...], n_segments: int) -> Labels:
    """Where one of several smooth random fields is the highest."""
    rng = np.random.default_rng(n_segments)
    smooth = [gaussian_filter(rng.normal(size=shape), 8) for _ in range(n_segments)]
    fields = [(field - field.mean()) / field.std() for field in smooth]
    return np.asarray(np.argmax(fields, axis=0))


def stripes(shape: tuple[int, ...], width: int) -> Labels:
    """Two segments in turns."""
    return np.broadcast_to(np.arange(shape[-1]) // width % 2, shape).astype(np.int64)


IMAGES: dict[str, tuple[Callable[..., Labels], int, tuple[int, ...], int]] = {
    "2 blobs": (blobs, 2, (256, 256), 1),
    "3 blobs": (blobs, 3, (256, 256), 1),
    "4 blobs": (blobs, 4, (256, 256), 1),
    "4 blobs, 3 channels": (blobs, 4, (256, 256), 3),
    "3 blobs in a volume": (blobs, 3, (48, 48, 48), 1),
    "stripes of 16": (stripes, 16, (256, 256), 1),
    "stripes of 8": (stripes, 8, (256, 256), 1),
    "stripes of 4": (stripes, 4, (256, 256), 1),
}
"""What is drawn, with which number, of what shape, and in how many channels."""


def noisy(truth: Labels, n_channels: int, accuracy: float) -> NDArray[np.float64]:
    """Colours of the segments, with as much noise as leaves this accuracy pixel by pixel."""
    rng = np.random.default_rng(0)
    n_segments = truth.max() + 1
    colours = np.arange(n_segments)[:, None] if n_channels == 1 else np.eye(n_segments, n_channels)
    weights = np.bincount(truth.ravel()) / truth.size
    noise = rng.normal(size=(*truth.shape, n_channels))

    def surplus(sigma: float) -> float:
        image = colours[truth] + sigma * noise
        units = [np.eye(n_channels) * sigma**2] * n_segments
        mixture = mx.Mixture(weights, colours, units)
        labels = mixture.responsibilities(image.reshape(-1, n_channels)).argmax(axis=1)
        return float(np.mean(labels == truth.ravel())) - accuracy

    return np.asarray(colours[truth] + brentq(surplus, 0.05, 5, xtol=1e-3) * noise)


def accuracy_of(labels: NDArray[np.int32], truth: Labels) -> float:
    """The share of pixels with the right label, whichever names make it largest."""
    n = max(int(labels.max()), int(truth.max())) + 1
    together = np.bincount(n * truth.ravel() + labels.ravel(), minlength=n * n).reshape(n, n)
    return float(together[linear_sum_assignment(-together)].sum() / truth.size)


def row_of(name: str, wanted: float, scale: float) -> list[str]:
    """What smoothing gains on an image."""
    draw, number, shape, n_channels = IMAGES[name]
    smaller = tuple(max(16, int(n * scale ** (1 / len(shape)))) for n in shape)
    truth = draw(smaller, number)
    image = noisy(truth, n_channels, wanted)
    axis = None if n_channels == 1 else -1
    shown = image[..., 0] if axis is None else image
    told = []
    for smoothness in (0.0, 1.0, 2.0, 3.0, 4.0):
        found = mx.segment_image(
            shown,
            int(truth.max()) + 1,
            smoothness=smoothness,
            channel_axis=axis,
            convert2lab=False,
            random_state=0,
        )
        told.append(accuracy_of(found.labels, truth))
    return [name, f"{wanted:.0%}", *(f"{100 * each:.1f}" for each in told)]


def photograph(n_pixels: int) -> NDArray[np.uint8]:
    """A photograph of about so many pixels, three by four."""
    small = load_sample_image("china.jpg")
    rows, columns = round((n_pixels * 3 / 4) ** 0.5), round((n_pixels * 4 / 3) ** 0.5)
    i, j = np.arange(rows) * len(small) // rows, np.arange(columns) * small.shape[1] // columns
    noise = np.random.default_rng(0).integers(-8, 9, (rows, columns, 3), dtype=np.int16)
    return np.asarray(np.clip(small[i[:, None], j] + noise, 0, 255).astype(np.uint8))


def segmented(
    n_pixels: int, smoothness: float, sample_size: int, n_threads: int
) -> tuple[float, float, float, NDArray[np.int32]]:
    """Seconds, seconds of processors, MiB at the peak, and the labels."""
    image = photograph(n_pixels)
    began, began_work = time.perf_counter(), time.process_time()
    found = mx.segment_image(
        image,
        N_SEGMENTS,
        smoothness=smoothness,
        sample_size=sample_size,
        random_state=0,
        n_threads=n_threads,
    )
    took, worked = time.perf_counter() - began, time.process_time() - began_work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return took, worked, peak / (2**20 if sys.platform == "darwin" else 2**10), found.labels


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the pixels")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", nargs="*", default=list(IMAGES), help="of the noisy ones")
    options = parser.parse_args(arguments)
    print_head("image", "pixel by pixel", "smoothness 0", "1", "2", "3, the default", "4")
    for name in options.images:
        for wanted in (0.75, 0.8, 0.85):
            print_row(row_of(name, wanted, options.scale))
    print()
    print_head("megapixels", "sample", "smoothness", "s", "s of processors", "peak, MiB", "alike")
    n_pixels = int(PIXELS * options.scale)
    for smoothness in (0.0, 3.0):
        whole = None
        for sample_size in (1_000_000, 100_000, 10_000):
            told = in_child(segmented, n_pixels, smoothness, sample_size, options.threads)
            *numbers, labels = told
            whole = labels if whole is None else whole
            took, worked, peak = (f"{number:.1f}" for number in numbers)
            alike = f"{np.mean(labels == whole):.1%}"
            size = f"{n_pixels / 1e6:g}"
            print_row([size, sample_size, f"{smoothness:g}", took, worked, peak, alike])


if __name__ == "__main__":
    main()
