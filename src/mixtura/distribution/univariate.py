"""Distribution function and quantiles of one-dimensional mixtures.

The formulas take any number of mixtures at once: weights, means and standard deviations of shape
(..., K), which broadcast against each other.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise
from scipy.special import log_ndtr, ndtr, ndtri

from mixtura._linalg import logsumexp
from mixtura.typing import ArrayK, Float, Indices

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture


def cdf(mixture: "Mixture", x: ArrayLike) -> Float:
    """P(X <= x), in the shape of x."""
    points = np.asarray(x, dtype=np.float64)
    if np.isnan(points).any():
        raise ValueError("x contains NaN.")
    return cdf_of(*_parameters(mixture), points)


def quantile(mixture: "Mixture", q: ArrayLike) -> Float:
    """The x with P(X <= x) = q, in the shape of q."""
    return quantile_of(*_parameters(mixture), check_probabilities(q))


def check_probabilities(q: ArrayLike) -> Float:
    """Numbers from 0 to 1."""
    probabilities = np.asarray(q, dtype=np.float64)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("q must lie between 0 and 1.")
    return probabilities


def cdf_of(weights: Float, means: Float, deviations: Float, x: Float) -> Float:
    """P(X <= x) = sum_k pi_k Phi((x - mu_k) / sigma_k), for each x of its own mixture."""
    below = ndtr((x[..., None] - means) / deviations)
    return np.asarray(np.einsum("...k,...k->...", below, np.broadcast_to(weights, below.shape)))


def quantile_of(weights: Float, means: Float, deviations: Float, q: Float) -> Float:
    """The x with P(X <= x) = q, for each q of its own mixture.

    It lies between the smallest and the largest quantile of the components. The root is sought in
    logarithms of the nearer tail, so that q = 1e-300 is found as well as q = 1/2.
    """
    shape = np.broadcast_shapes(q[..., None].shape, weights.shape, means.shape)
    weights, means, deviations = (
        np.broadcast_to(each, shape).reshape(-1, shape[-1]) for each in (weights, means, deviations)
    )
    probabilities = np.broadcast_to(q, shape[:-1]).ravel()
    # The upper tail of x is the lower tail of -x.
    sign = np.where(probabilities > 0.5, -1.0, 1.0)
    tail = np.where(probabilities > 0.5, 1 - probabilities, probabilities)
    inside = tail > 0
    tail_or_half = np.where(inside, tail, 0.5)
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)

    def excess(x: Float, sign: Float, log_tail: Float, which: Indices) -> Float:
        """Of those mixtures whose roots are still sought."""
        scaled = sign[:, None] * (x[:, None] - means[which]) / deviations[which]
        return np.asarray(logsumexp(log_weights[which] + log_ndtr(scaled)) - log_tail)

    of_components = means + deviations * (sign * ndtri(tail_or_half))[:, None]
    lowest = np.where(weights > 0, of_components, np.inf).min(axis=1)
    highest = np.where(weights > 0, of_components, -np.inf).max(axis=1)
    margin = 1e-9 * (highest - lowest) + 1e-12 * (
        np.abs(lowest) + np.abs(highest) + deviations.max(axis=1)
    )
    root = elementwise.find_root(
        excess,
        (lowest - margin, highest + margin),
        args=(sign, np.log(tail_or_half), np.arange(len(sign))),
    )
    return np.where(inside, root.x, -sign * np.inf).reshape(shape[:-1])


def _parameters(mixture: "Mixture") -> tuple[ArrayK, ArrayK, ArrayK]:
    if mixture.n_features != 1:
        raise ValueError(
            "Only one-dimensional mixtures have a distribution function here, and this one has "
            f"{mixture.n_features} features; take mixture.marginal(feature) first."
        )
    deviations = np.sqrt(mixture.storage.variances()[:, 0])
    return mixture.weights, mixture.means[:, 0], np.broadcast_to(deviations, mixture.weights.shape)
