"""`segment_image`: a mixture fitted to the pixels of an image, and what each of them belongs to."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement

from mixtura import _machine
from mixtura.distribution import Mixture
from mixtura.errors import RegularizationWarning
from mixtura.estimators.choices import numbers_in
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.typing import AnyArray, Float
from mixtura.uses.segmentation import (
    ChannelAxis,
    Pixels,
    Segmentation,
    labels_of,
    mean_colors,
    responsibility_maps,
    smoothed,
)
from mixtura.uses.segmentation.lab import JUST_NOTICEABLE

GIVEN = (
    "weights_init",
    "means_init",
    "precisions_init",
    "responsibilities_init",
    "mixture_init",
)

AUTO = range(1, 10)
"""Numbers of segments among which "auto" chooses."""


def segment_image(
    image: AnyArray,
    n_segments: int | Iterable[int] | str,
    *,
    smoothness: float = 3.0,
    mask: AnyArray = None,
    channel_axis: ChannelAxis = "auto",
    convert2lab: bool | None = None,
    position: bool = False,
    estimator: GaussianMixture | None = None,
    sample_size: int = 100_000,
    random_state: Any = None,
    n_threads: int | None = None,
) -> Segmentation:
    """Divide an image into segments of similar colours, with smooth boundaries.

    A Gaussian mixture is fitted to a sample of the pixels, from clusters of what they and those
    around them are on average; one exact pass gives every pixel its probability of each component;
    and a Potts model lets neighbours agree, by mean field.

    Parameters
    ----------
    image : array-like
        Grey (rows, columns); RGB or RGBA (rows, columns, 3 or 4), of uint8, uint16 or floats from 0
        to 1; or with `channel_axis` any channels. A volume has planes before its rows. Pixels that
        are fully transparent, or have no entry but NaN, do not count; NaN in some channels is
        integrated out, but of an RGB colour takes all three.
    n_segments : int, iterable of int or "auto"
        K; or those among which ICL chooses, "auto" being 1 to 9.
    smoothness : float, default=3.0
        How many nats a label gains that all neighbours have: a pixel among others of one label
        keeps another if that is more than exp(smoothness) times as probable by its colour. With 0
        pixels are taken by themselves. All that touch are neighbours, at corners too, those less.
    mask : array-like of bool, optional
        Which pixels count, in the shape of the image without its channels.
    channel_axis : int, None or "auto", default="auto"
        Which axis holds channels, None for no axis. "auto" takes a last axis of 1, 3 or 4 for
        channels, else three axes for a volume, and asks where one of them has no more than 16.
    convert2lab : bool, optional
        Whether colours are taken from sRGB to CIE L*a*b*, in which distances are as eyes see them.
        By default, where there are three or four channels and two other axes.
    position : bool, default=False
        Whether the place of a pixel is a feature too, so that segments are compact.
    estimator : GaussianMixture, optional
        What is fitted, with K components: a clone. By default full covariances, from clusters of
        k-means in L*a*b*, none narrower than differences of 2.3 that eyes just notice (Mahy and
        others 1994), and else, in whatever units, from hierarchical clusters.
    sample_size : int, default=100_000
        So many pixels are drawn to fit, without replacement, where there are more.
    random_state : int, RandomState or None, default=None
        Of the sample and of the fit; an int gives the same segments each time.
    n_threads : int, optional
        By default all cores; any number gives the same result.

    Returns
    -------
    segmentation : Segmentation
        Labels, probabilities, mean colours and boundaries, from the darkest segment on.

    Raises
    ------
    ValueError
        For shapes that do not fit, values out of range, infinity, a mask that leaves nothing, or
        more segments than different pixels.
    TypeError
        For what is no array of numbers.

    References
    ----------
    Besag, J. (1986). On the statistical analysis of dirty pictures. Journal of the Royal
    Statistical Society B 48, 259-302.

    Celeux, G., Forbes, F. and Peyrard, N. (2003). EM procedures using mean field-like
    approximations for Markov model-based image segmentation. Pattern Recognition 36, 131-144.

    Mahy, M., Van Eycken, L. and Oosterlinck, A. (1994). Evaluation of uniform color spaces
    developed after the adoption of CIELAB and CIELUV. Color Research and Application 19, 105-121.

    Examples
    --------
    Two halves, in noise for which one pixel of five would be mislabelled by itself:

    >>> import numpy as np
    >>> import mixtura as mx
    >>> truth = np.repeat([0, 1], 50) * np.ones((100, 1), dtype=int)
    >>> image = truth + np.random.default_rng(0).normal(0, 0.6, truth.shape)
    >>> for smoothness in (0, 3):
    ...     found = mx.segment_image(image, 2, smoothness=smoothness, random_state=0)
    ...     print(f"{np.mean(found.labels == truth):.2f}")
    0.79
    0.99
    """
    _check_settings(smoothness, sample_size, estimator)
    pixels = Pixels.of(
        image,
        mask=mask,
        channel_axis=channel_axis,
        convert2lab=convert2lab,
        with_position=position,
    )
    rng = check_random_state(random_state)
    with _machine.threads(n_threads):
        pixels, sample = _sample(pixels, sample_size, rng)
        numbers = _numbers(n_segments, sample)
        fitted = _fitted(_estimator(estimator, pixels), numbers, sample, rng)
        mixture = _from_dark_to_light(fitted.mixture_).named(pixels.names)
        maps = responsibility_maps(mixture, pixels)
        if smoothness > 0 and mixture.n_components > 1:
            counted = pixels.counted
            maps = smoothed(
                maps, smoothness, None if counted is None else counted.reshape(pixels.shape)
            )
    labels = labels_of(maps, pixels)
    colors = mean_colors(labels, pixels, mixture.n_components)
    return Segmentation(
        labels, np.moveaxis(maps, 0, -1), colors, mixture, pixels.image, pixels.channel_axis
    )


def _check_settings(smoothness: Any, sample_size: Any, estimator: object) -> None:
    if not isinstance(smoothness, Real) or not 0 <= float(smoothness) < np.inf:
        raise ValueError(
            f"smoothness must be a number from 0, for none, on, but it is {smoothness!r}."
        )
    if not isinstance(sample_size, Integral) or int(sample_size) < 2:
        raise ValueError(f"sample_size must be an integer from 2 on, but it is {sample_size!r}.")
    if estimator is not None and not isinstance(estimator, GaussianMixture):
        raise TypeError(
            f"estimator must be a GaussianMixture, but it is a {type(estimator).__name__}."
        )


@dataclass(frozen=True, eq=False)
class _Sample:
    """What is fitted: features of pixels that count, and their means with those that touch."""

    features: Float
    local_means: Float


def _sample(pixels: Pixels, size: int, rng: np.random.RandomState) -> tuple[Pixels, _Sample]:
    """Pixels drawn without replacement, without features that are constant."""
    places = pixels.places()
    if len(places) > size:
        drawn = sample_without_replacement(len(places), size, random_state=rng)
        places = places[np.sort(drawn)]
    if len(places) < 2:
        raise ValueError("Only one pixel counts, and a mixture is fitted to two or more.")
    features = pixels.features(places)
    varies = np.fmax.reduce(features) > np.fmin.reduce(features)
    if not varies.any():  # one of them stands for all
        varies[np.argmin(np.isnan(features).all(axis=0))] = True
    if not pixels.in_lab:
        pixels, features = replace(pixels, used=np.flatnonzero(varies)), features[:, varies]
    return pixels, _Sample(features, pixels.local_means(places))


def _numbers(n_segments: Any, sample: _Sample) -> tuple[int, ...]:
    """K, or those to choose from, none of which is more than there are different pixels."""
    is_auto = isinstance(n_segments, str) and n_segments == "auto"
    try:
        numbers = numbers_in(AUTO if is_auto else n_segments)
    except ValueError:
        raise ValueError(
            "n_segments must be a positive integer, some of them such as range(2, 9), or 'auto', "
            f"but it is {n_segments!r}."
        ) from None
    n_different = len(np.unique(sample.features[:1000], axis=0))
    if n_different < numbers[-1]:
        n_different = len(np.unique(sample.features, axis=0))
    possible = tuple(number for number in numbers if number <= n_different)
    if not possible or (len(possible) < len(numbers) and not is_auto):
        colours = "colour" if n_different == 1 else "different colours"
        raise ValueError(
            f"The pixels have only {n_different} {colours}, so that there cannot be "
            f"{numbers[-1]} segments."
        )
    return possible


def _estimator(given: GaussianMixture | None, pixels: Pixels) -> GaussianMixture:
    if given is not None:
        copy: GaussianMixture = clone(given)
        return copy
    if pixels.in_lab:
        return GaussianMixture(tol=1e-4, max_iter=500, reg_covar=JUST_NOTICEABLE**2)
    return GaussianMixture(tol=1e-4, max_iter=500, reg_covar="auto", init_params="hierarchical")


def _fitted(
    estimator: GaussianMixture,
    numbers: tuple[int, ...],
    sample: _Sample,
    rng: np.random.RandomState,
) -> GaussianMixture:
    """The fit to the sample, or of several the one with the lowest ICL."""
    if estimator.random_state is None:
        estimator.set_params(random_state=rng.randint(2**31))
    features = sample.features
    if np.fmax.reduce(features, axis=None) == np.fmin.reduce(features, axis=None):
        estimator.set_params(reg_covar=1.0)  # in whatever units: there is one segment
    fits = [_fit(clone(estimator).set_params(n_components=K), sample) for K in numbers]
    return fits[0] if len(fits) == 1 else min(fits, key=lambda fit: fit.icl(features))


def _fit(estimator: GaussianMixture, sample: _Sample) -> GaussianMixture:
    """A fit that begins from clusters of local means, whose noise is less, unless it is told where.

    Noise that hides the modes of single pixels leads fits astray that begin from these.
    """
    begins = any(getattr(estimator, name) is not None for name in GIVEN)
    with warnings.catch_warnings():
        if estimator.n_components > 1 and not begins:
            warnings.simplefilter("ignore")
            of_means = clone(estimator).set_params(checkpoint=None).fit(sample.local_means)
            begun = of_means.predict_proba(sample.local_means)
            estimator.set_params(responsibilities_init=begun)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegularizationWarning)  # which blurs on purpose
        estimator.fit(sample.features)
    return estimator


def _from_dark_to_light(mixture: Mixture) -> Mixture:
    """The components in order of the means of the first feature."""
    order = np.argsort(mixture.means[:, 0], kind="stable")
    return Mixture.of(mixture.weights[order], mixture.means[order], mixture.storage.select(order))
