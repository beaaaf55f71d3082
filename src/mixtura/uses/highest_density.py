"""Highest-density regions: the smallest regions that hold a given probability.

    R = {x : p(x) >= t},    t the 1 - q quantile of p(X) for X drawn from p

so that X lies in R with probability q. The quantile is estimated from draws of the mixture, or from
rows; its probability then has the standard error sqrt(q (1 - q) / n).

Hyndman, R. J. (1996). Computing and graphing highest density regions. The American Statistician 50,
120-126.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise
from scipy.special import gammaincinv

from mixtura._array import patterns_of, to_numpy
from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import as_random_source, check_rows
from mixtura.selection.weights import check_weights
from mixtura.typing import AnyArray, AnyND, Float, RandomSource

REACH = 9.0
"""Standard deviations around a component, beyond which no region of use reaches."""


@dataclass(frozen=True, eq=False)
class HighestDensityRegion:
    """Where the density is at least some threshold.

    Attributes
    ----------
    mixture : Mixture
    level : float
        The probability that the region holds.
    log_density : float
        log t, the log-density on its border.
    standard_error : float
        Of the probability that it holds; 0 where the threshold is known exactly.
    """

    mixture: Mixture
    level: float
    log_density: float
    standard_error: float

    def contains(self, X: AnyND) -> NDArray[np.bool_]:
        """Whether each row lies in the region.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Without missing entries: the density of some features is no density of all.

        Returns
        -------
        inside : ndarray of bool, shape (n,)

        Examples
        --------
        >>> import mixtura as mx
        >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [9, 0]], [1, 1], covariance_type="spherical")
        >>> mx.highest_density_region(m, 0.9).contains([[0, 0], [4.5, 0], [9, 1]])
        array([ True, False,  True])
        """
        return np.asarray(_log_densities(self.mixture, X) >= self.log_density)

    def intervals(self) -> Float:
        """Of a one-dimensional mixture: the intervals that make up the region.

        Returns
        -------
        intervals : ndarray of shape (m, 2)
            Their lower and upper ends, in ascending order.

        Examples
        --------
        >>> import mixtura as mx
        >>> m = mx.Mixture([0.5, 0.5], [[0], [9]], [1, 1], covariance_type="spherical")
        >>> mx.highest_density_region(m, 0.95, n_draws=1_000_000).intervals().round(1)
        array([[-2.,  2.],
               [ 7., 11.]])
        """
        if self.mixture.n_features != 1:
            raise ValueError(
                "Only regions of one feature are intervals, and this mixture has "
                f"{self.mixture.n_features}; take mixture.marginal(feature)."
            )

        def excess(x: Float) -> Float:
            densities = to_numpy(self.mixture.log_prob(x.reshape(-1, 1)))
            return densities.reshape(x.shape) - self.log_density

        points = _line(self.mixture)
        inside = excess(points) >= 0
        crossed = np.flatnonzero(inside[1:] != inside[:-1])
        ends = elementwise.find_root(excess, (points[crossed], points[crossed + 1]))
        return np.asarray(ends.x).reshape(-1, 2)


def highest_density_region(
    model: object,
    level: float = 0.95,
    X: AnyND | None = None,
    *,
    sample_weight: AnyArray = None,
    n_draws: int = 100_000,
    random_state: RandomSource | int = 0,
) -> HighestDensityRegion:
    """The smallest region that holds a given probability.

    Parameters
    ----------
    model : Mixture or fitted estimator
    level : float, default=0.95
        The probability, between 0 and 1.
    X : array-like of shape (n, d), optional
        Rows to find the threshold by, such as those held out from the fit: the region then holds
        that share of them. Without, draws of the mixture.
    sample_weight : array-like of shape (n,), optional
        How many times each of the rows counts.
    n_draws : int, default=100_000
    random_state : numpy Generator, RandomState or seed, default=0
        Of the draws. Of one component none are needed.

    Returns
    -------
    region : HighestDensityRegion

    Raises
    ------
    ValueError
        Where the level is not between 0 and 1, or X has missing entries or another width.
    TypeError
        Where `model` is neither a mixture nor a fitted estimator.

    References
    ----------
    Hyndman, R. J. (1996). Computing and graphing highest density regions. The American Statistician
    50, 120-126.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
    >>> region = mx.highest_density_region(m, 0.9)
    >>> round(region.log_density, 3)
    -4.14
    """
    mixture = as_mixture(model)
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, but it is {level}.")
    if X is not None:
        rows = check_rows(X, mixture.n_features, mixture.feature_names)
        weights = check_weights(sample_weight, rows)
        threshold = _reached(_log_densities(mixture, rows), weights, level)
        n = float(weights.sum())
    else:
        threshold = float(log_density_thresholds(mixture, [level], n_draws, random_state)[0])
        n = math.inf if mixture.n_components == 1 else n_draws
    return HighestDensityRegion(mixture, level, threshold, math.sqrt(level * (1 - level) / n))


def log_density_thresholds(
    mixture: Mixture, levels: Any, n_draws: int = 100_000, rng: RandomSource | int = 0
) -> Float:
    """log t for each level: lower for a larger level.

    For one component, -2 log p(X) has a chi-squared distribution up to a constant.
    """
    probabilities = np.asarray(levels, dtype=np.float64)
    if mixture.n_components == 1:
        highest = to_numpy(mixture.log_prob(mixture.means))
        squared_radii = 2 * gammaincinv(mixture.n_features / 2, probabilities)
        return np.asarray(highest - squared_radii / 2)
    draws, _ = mixture.sample(n_draws, as_random_source(rng))
    densities = to_numpy(mixture.log_prob(draws))
    return np.asarray(np.quantile(densities, 1 - probabilities))


def _reached(densities: Float, weights: Float, level: float) -> float:
    """The density that is reached by rows with such a share of the weight."""
    order = np.argsort(-densities, kind="stable")
    reached = np.cumsum(weights[order])
    place = np.searchsorted(reached, level * reached[-1] * (1 - 1e-12))
    return float(densities[order][place])


def _log_densities(mixture: Mixture, X: AnyND) -> Float:
    rows = check_rows(X, mixture.n_features, mixture.feature_names)
    if patterns_of(rows) is not None:
        raise ValueError(
            "X has missing entries, and the density of some features is no density of all; take "
            "mixture.marginal(features), or impute them."
        )
    return to_numpy(mixture.log_prob(rows))


def _line(mixture: Mixture) -> Float:
    """Points so dense that none of the peaks and valleys of the density lie between two."""
    deviations = np.sqrt(np.broadcast_to(mixture.storage.variances(), mixture.means.shape))
    steps = np.linspace(-REACH, REACH, 361)
    return np.unique(mixture.means[:, :1] + deviations[:, :1] * steps)
