"""Any positive definite matrix: Sigma_k kept beside the inverse W_k of its Cholesky factor."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, final

import numpy as np

from mixtura._array import bring, namespace
from mixtura._linalg import (
    accurate_inverse_cholesky,
    from_triangles,
    inverse_cholesky,
    inverse_cholesky_of_precision,
    inverse_lower,
    transpose,
    triangles,
)
from mixtura.covariance.base import Features, Storage
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyND, AnyNK, ArrayK, ArrayKD, ArrayKDD, Float, RandomSource


@final
@dataclass(frozen=True, eq=False)
class Dense(Storage):
    """Matrices of shape (K, d, d), or (1, d, d) shared.

    Attributes
    ----------
    covariances : ndarray of shape (K or 1, d, d)
        Sigma_k.
    inverse_factors : ndarray of shape (K or 1, d, d)
        W_k, lower triangular, with W_k^T W_k = Sigma_k^-1.
    """

    kind: ClassVar[str] = "dense"
    covariances: ArrayKDD
    inverse_factors: ArrayKDD
    shared: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles go by triangles, which are half as much to send."""
        parts = triangles(self.covariances), triangles(self.inverse_factors)
        return Dense._from_triangles, (*parts, self.shared)

    @classmethod
    def _from_triangles(cls, covariances: Float, inverse_factors: Float, shared: bool) -> Self:
        return cls(
            from_triangles(covariances, symmetric=True),
            from_triangles(inverse_factors, symmetric=False),
            shared,
        )

    @property
    def n_features(self) -> int:
        return int(self.covariances.shape[-1])

    @staticmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        return n_components, n_features, n_features

    @classmethod
    def from_covariances(
        cls, covariances: Float, *, shared: bool, n_features: int, accurate: bool = False
    ) -> Self:
        if not accurate:  # an M-step's are symmetric, as scatters are
            return cls(covariances, inverse_cholesky(covariances), shared)
        symmetric = covariances / 2 + transpose(covariances) / 2
        return cls(symmetric, accurate_inverse_cholesky(symmetric), shared)

    @classmethod
    def from_precisions(cls, precisions: Float, *, shared: bool, n_features: int) -> Self:
        inverse_factors = inverse_cholesky_of_precision(precisions)
        lower = inverse_lower(inverse_factors)
        return cls(lower @ transpose(lower), inverse_factors, shared)

    def with_accurate_factors(self) -> Self:
        try:
            return replace(self, inverse_factors=accurate_inverse_cholesky(self.covariances))
        except CollapsedComponentsError:  # given as precisions, too near singular to invert
            return self

    def squared_distances(self, rows: AnyND, means: ArrayKD) -> AnyNK:
        xp = namespace(rows)
        residuals = rows[None, :, :] - bring(means, rows)[:, None, :]
        whitened = residuals @ bring(transpose(self.inverse_factors), rows)
        return xp.sum(whitened * whitened, axis=-1).T

    def factors(self) -> Float:
        return self.inverse_factors

    def amplification(self) -> float:
        deviations = np.sqrt(self.variances())[:, :, None]
        return float((np.abs(self.inverse_factors) @ deviations).max())

    def log_det(self) -> ArrayK:
        pivots = self.inverse_factors.diagonal(0, -2, -1)
        return np.asarray(-2 * np.log(pivots).sum(axis=-1))

    def precisions(self) -> Float:
        return np.asarray(transpose(self.inverse_factors) @ self.inverse_factors)

    def precision_factors(self) -> Float:
        return transpose(self.inverse_factors)

    def roots(self) -> Float:
        return inverse_lower(self.inverse_factors)

    def variances(self) -> ArrayKD:
        return np.diagonal(self.covariances, axis1=-2, axis2=-1)

    def dense(self) -> ArrayKDD:
        return self.covariances

    def marginal(self, features: Features) -> Self:
        selected = self.covariances[:, features[:, None], features[None, :]]
        return self.from_covariances(
            selected, shared=self.shared, n_features=len(features), accurate=True
        )

    def condition(self, kept: Features, given: Features) -> tuple[Float, Self]:
        inverse = self.marginal(given).inverse_factors
        cross = self.covariances[:, kept[:, None], given[None, :]]
        whitened_cross = cross @ transpose(inverse)
        own = self.covariances[:, kept[:, None], kept[None, :]]
        left_over = self.from_covariances(
            own - whitened_cross @ transpose(whitened_cross),
            shared=self.shared,
            n_features=len(kept),
            accurate=True,
        )
        return whitened_cross @ inverse, left_over

    def draw(self, component: int, n: int, rng: RandomSource) -> Float:
        covariance = self.covariances[0 if self.shared else component]
        origin = np.zeros(self.n_features)
        return rng.multivariate_normal(origin, covariance, n, check_valid="ignore")
