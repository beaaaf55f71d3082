"""Conditional distributions of many rows at once: p(x_a | x_b) of each is a mixture.

With a the features in question and b those observed, component k has

    weight       pi_k N(x_b | mu_kb, Sigma_kbb) / sum_j pi_j N(x_b | mu_jb, Sigma_jbb)
    mean         mu_ka + B_k (x_b - mu_kb)            B_k = Sigma_kab Sigma_kbb^-1
    covariance   Sigma_kaa - B_k Sigma_kba

Neither B_k nor the covariances depend on the row, but on which features are observed alone: rows
with one pattern of missing entries share them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from mixtura._array import row_ranges, rows_per_block
from mixtura._patterns import Indices, Patterns
from mixtura.covariance import Features, Storage
from mixtura.distribution.mixture import Mixture
from mixtura.distribution.univariate import cdf_of, quantile_of
from mixtura.typing import Float, HostND


@final
@dataclass(frozen=True, eq=False)
class Conditionals:
    """n mixtures of m features, which differ in weights and means alone.

    Attributes
    ----------
    weights : ndarray of shape (n, K)
    means : ndarray of shape (n, K, m)
    storage : Storage
        The covariances that they share.
    names : tuple of str or None
        Those of the m features.
    """

    weights: Float
    means: Float
    storage: Storage
    names: tuple[str, ...] | None = None

    def __getitem__(self, row: int) -> Mixture:
        """The mixture of one row."""
        return Mixture.of(
            self.weights[row].copy(), self.means[row].copy(), self.storage, self.names
        )

    def mean(self) -> Float:
        """E[x_a | x_b], shape (n, m)."""
        return np.asarray(np.einsum("nk,nkm->nm", self.weights, self.means))

    def variance(self) -> Float:
        """Var[x_a | x_b], shape (n, m): within components plus between them."""
        between = self.means - self.mean()[:, None, :]
        spread = between * between + self.storage.variances()
        return np.asarray(np.einsum("nk,nkm->nm", self.weights, spread))

    def cdf(self, values: Float) -> Float:
        """P(x_a <= value | x_b) of each feature by itself: (n, m) for values (n, m)."""
        return cdf_of(*self._by_feature(), values)

    def quantiles(self, q: Float) -> Float:
        """Those of each feature by itself: (n, m, ...) for q (m, ...)."""
        weights, means, deviations = (
            np.expand_dims(each, tuple(range(2, q.ndim + 1))) for each in self._by_feature()
        )
        return quantile_of(weights, means, deviations, q[None])

    def _by_feature(self) -> tuple[Float, Float, Float]:
        """Weights, means and standard deviations with components last: (n, m, K)."""
        deviations = np.sqrt(self.storage.variances()).T[None]
        return self.weights[:, None, :], self.means.swapaxes(1, 2), deviations


def conditionals(
    mixture: Mixture, rows: HostND, given: Features, kept: Features
) -> Iterator[tuple[Indices, Conditionals]]:
    """The distributions of some features given the others, by pattern and block.

    Parameters
    ----------
    mixture : Mixture
    rows : ndarray of shape (n, len(given))
        Values of the given features; NaN where one is missing, which is integrated out.
    given, kept : ndarray of int
        Features of the mixture.

    Yields
    ------
    rows : ndarray of int
        Which ones.
    conditionals : Conditionals
        Of the kept features, a mixture for each of these rows.
    """
    names = mixture.feature_names
    kept_names = None if names is None else tuple(names[feature] for feature in kept)
    size = rows_per_block(mixture.n_components * (mixture.n_features + len(kept)))
    for group in Patterns(np.isnan(rows)).groups():
        regression = _Regression.of(mixture, given[group.observed], kept)
        for block in row_ranges(len(group.rows), size):
            which = group.rows[block]
            seen = rows[which][:, group.observed].astype(np.float64, copy=False)
            weights, means = regression.given(seen)
            yield which, Conditionals(weights, means, regression.left_over, kept_names)


@dataclass(frozen=True, eq=False)
class _Regression:
    """What rows with one pattern share: p(x_b), mu_a, B_k and what B_k leaves over."""

    observed: Mixture | None
    weights: Float
    means: Float
    coefficients: Float
    left_over: Storage

    @classmethod
    def of(cls, mixture: Mixture, observed: Features, kept: Features) -> "_Regression":
        means = mixture.means[:, kept]
        if not len(observed):
            nothing = np.zeros((1, len(kept), 0))
            return cls(None, mixture.weights, means, nothing, mixture.storage.marginal(kept))
        coefficients, left_over = mixture.storage.condition(kept, observed)
        marginal = mixture.marginal(observed.tolist())
        return cls(marginal, mixture.weights, means, coefficients, left_over)

    def given(self, seen: Float) -> tuple[Float, Float]:
        """Weights (n, K) and means (n, K, m) of the rows."""
        n, (n_components, _) = len(seen), self.means.shape
        if self.observed is None:
            shape = (n, *self.means.shape)
            return np.broadcast_to(self.weights, (n, n_components)), np.broadcast_to(
                self.means, shape
            )
        residuals = seen[None, :, :] - self.observed.means[:, None, :]
        shifts = residuals @ self.coefficients.swapaxes(1, 2)
        means = self.means[:, None, :] + shifts
        return self.observed.responsibilities(seen), means.swapaxes(0, 1)
