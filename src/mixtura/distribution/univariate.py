"""Distribution function and quantiles of one-dimensional mixtures."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise
from scipy.special import log_ndtr, ndtr, ndtri

from mixtura._linalg import logsumexp
from mixtura.typing import ArrayK, Float

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture


def cdf(mixture: "Mixture", x: ArrayLike) -> Float:
    """P(X <= x) = sum_k pi_k Phi((x - mu_k) / sigma_k)."""
    weights, means, deviations = _parameters(mixture)
    points = np.asarray(x, dtype=np.float64)
    if np.isnan(points).any():
        raise ValueError("x contains NaN.")
    return np.asarray(ndtr((points[..., None] - means) / deviations) @ weights)


def quantile(mixture: "Mixture", q: ArrayLike) -> Float:
    """The x with P(X <= x) = q.

    It lies between the smallest and the largest quantile of the components. The root is sought in
    logarithms of the nearer tail, so that q = 1e-300 is found as well as q = 1/2.
    """
    weights, means, deviations = _parameters(mixture)
    probabilities = np.asarray(q, dtype=np.float64)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("q must lie between 0 and 1.")
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    # The upper tail of x is the lower tail of -x.
    sign = np.where(probabilities > 0.5, -1.0, 1.0)
    tail = np.where(probabilities > 0.5, 1 - probabilities, probabilities)
    inside = tail > 0
    tail_or_half = np.where(inside, tail, 0.5)

    def excess(x: Float, sign: Float, log_tail: Float) -> Float:
        scaled = sign[..., None] * (x[..., None] - means) / deviations
        return np.asarray(logsumexp(log_weights + log_ndtr(scaled)) - log_tail)

    of_components = means + deviations * (sign * ndtri(tail_or_half))[..., None]
    alive = weights > 0
    lowest = of_components[..., alive].min(axis=-1)
    highest = of_components[..., alive].max(axis=-1)
    margin = 1e-9 * (highest - lowest) + 1e-12 * (
        np.abs(lowest) + np.abs(highest) + deviations.max()
    )
    root = elementwise.find_root(
        excess, (lowest - margin, highest + margin), args=(sign, np.log(tail_or_half))
    )
    return np.asarray(np.where(inside, root.x, -sign * np.inf))


def _parameters(mixture: "Mixture") -> tuple[ArrayK, ArrayK, ArrayK]:
    if mixture.n_features != 1:
        raise ValueError(
            "Only one-dimensional mixtures have a distribution function here, and this one has "
            f"{mixture.n_features} features; take mixture.marginal(feature) first."
        )
    deviations = np.sqrt(mixture.storage.variances()[:, 0])
    return mixture.weights, mixture.means[:, 0], np.broadcast_to(deviations, mixture.weights.shape)
