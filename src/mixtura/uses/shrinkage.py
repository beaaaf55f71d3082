"""Units of features, and how much a covariance estimated from few rows should be shrunk.

The spread of a feature is its standard deviation. Where half of its rows or more hold one value, as
at the edge of an image, few rows tell its spread, or none; its unit can then be the median of the
others' spreads, where its own is not larger.

In these units, with z the centred rows, S their covariance and m = trace(S) / d, the matrix
(1 - a) S + a m I is nearest to the true covariance, in mean square, for about

    a = b^2 / |S - m I|^2      b^2 = min((sum_i |z_i|^4 / n - |S|^2) / n, |S - m I|^2)

with Frobenius norms. It is proportional to S + r I, r = m a / (1 - a): a `reg_covar`.

Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance
matrices. Journal of Multivariate Analysis 88, 365-411.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura.covariance import Dense
from mixtura.distribution import Mixture
from mixtura.typing import ArrayD, Float, HostND

MOST = 0.9
"""The largest a: with 1 there would be no covariance left."""

LEAST = 1e-6
"""The least r of m, so that features which others give leave a covariance invertible."""


@dataclass(frozen=True, eq=False)
class Units:
    """Where features lie, and the units that they are measured in.

    Attributes
    ----------
    origin, unit : ndarray of shape (d,)
    """

    origin: ArrayD
    unit: ArrayD

    @classmethod
    def of(cls, rows: HostND, weights: Float) -> Self:
        """The weighted mean and spread of each feature; where it is constant, the others' median.

        Raises
        ------
        ValueError
            Where all features are constant.
        """
        varies = np.nanmax(rows, axis=0) > np.nanmin(rows, axis=0)
        if not varies.any():
            raise ValueError(
                "All features of X are constant, so that nothing tells how far off a row is."
            )
        seen = ~np.isnan(rows)
        counts = weights[:, None] * seen
        origin = (counts * np.where(seen, rows, 0)).sum(axis=0) / counts.sum(axis=0)
        squares = np.where(seen, rows - origin, 0) ** 2
        spread = np.sqrt((counts * squares).sum(axis=0) / counts.sum(axis=0))
        return cls(origin, np.where(varies, spread, np.median(spread[varies])))

    def shared(self, rows: HostND, weights: Float) -> Self | None:
        """With the others' median unit for features of mostly one value; None without such."""
        quartiles = np.nanquantile(
            rows,
            [0.25, 0.75],
            axis=0,
            weights=np.broadcast_to(weights[:, None], rows.shape),
            method="inverted_cdf",
        )
        peaked = quartiles[0] == quartiles[1]
        if not peaked.any() or peaked.all():
            return None
        common = np.median(self.unit[~peaked])
        return type(self)(self.origin, np.where(peaked, np.maximum(self.unit, common), self.unit))

    def of_rows(self, rows: HostND) -> Float:
        """Rows in these units."""
        return np.asarray((rows - self.origin) / self.unit)

    def of_mixture(self, mixture: Mixture) -> Mixture:
        """A mixture of rows in these units as one of the rows as they were."""
        covariances = mixture.storage.dense() * np.outer(self.unit, self.unit)
        storage = Dense.from_covariances(
            covariances, shared=False, n_features=len(self.unit), accurate=True
        )
        return Mixture.of(mixture.weights, mixture.means * self.unit + self.origin, storage)

    @property
    def log_volume(self) -> float:
        """What a log-density in these units is more than in those of the rows."""
        return float(np.log(self.unit).sum())


def shrinkage_ridge(rows: Float, weights: Float) -> float:
    """r for rows in common units; a missing entry counts as its feature's mean, which is 0."""
    n, n_features = weights.sum(), rows.shape[1]
    z = np.where(np.isnan(rows), 0, rows)
    covariance = (z.T * weights) @ z / n
    m = np.trace(covariance) / n_features
    distance = ((covariance - m * np.eye(n_features)) ** 2).sum()
    fourth = (weights * (z**2).sum(axis=1) ** 2).sum() / n
    b2 = min((fourth - (covariance**2).sum()) / n, distance)
    a = min(b2 / distance, MOST) if distance > 0 else 0.0
    return float(m * max(a / (1 - a), LEAST))


def is_likelier(these: Float, others: Float, weights: Float) -> bool:
    """Whether rows are likelier by more than the standard error of the difference.

    Parameters
    ----------
    these, others : ndarray of shape (n,)
        Log-densities of the same rows.
    weights : ndarray of shape (n,)
    """
    gains = these - others
    mean = np.average(gains, weights=weights)
    variance = np.average((gains - mean) ** 2, weights=weights) / weights.sum()
    return bool(mean > np.sqrt(variance))
