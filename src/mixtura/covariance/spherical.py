"""Balls: one variance for all features."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._array import bring, namespace
from mixtura.covariance.base import Features, Storage
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyND, AnyNK, ArrayK, ArrayKD, ArrayKDD, Float, RandomSource


@dataclass(frozen=True, eq=False)
class Spherical(Storage):
    """Variances of shape (K,), or (1,) shared; Sigma_k = covariances[k] I."""

    covariances: ArrayK
    dimension: int
    shared: bool = False

    @property
    def n_features(self) -> int:
        return self.dimension

    @staticmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components,)

    @classmethod
    def from_covariances(
        cls, covariances: Float, *, shared: bool, n_features: int, accurate: bool = False
    ) -> Self:
        bad = ~((covariances > 0) & np.isfinite(covariances))
        if bad.any():
            raise CollapsedComponentsError(bad)
        return cls(covariances, n_features, shared)

    @classmethod
    def from_precisions(cls, precisions: Float, *, shared: bool, n_features: int) -> Self:
        return cls.from_covariances(1 / precisions, shared=shared, n_features=n_features)

    def with_accurate_factors(self) -> Self:
        return self

    def squared_distances(self, rows: AnyND, means: ArrayKD) -> AnyNK:
        xp = namespace(rows)
        residuals = rows[None, :, :] - bring(means, rows)[:, None, :]
        whitened = residuals * bring(self.precision_factors(), rows)[:, None, None]
        return xp.sum(whitened * whitened, axis=-1).T

    def log_det(self) -> ArrayK:
        return np.asarray(self.dimension * np.log(self.covariances))

    def precisions(self) -> Float:
        return 1 / self.covariances

    def precision_factors(self) -> Float:
        return 1 / np.sqrt(self.covariances)

    def variances(self) -> ArrayKD:
        return np.repeat(self.covariances[:, None], self.dimension, axis=1)

    def dense(self) -> ArrayKDD:
        return self.covariances[:, None, None] * np.eye(self.dimension)

    def marginal(self, features: Features) -> Self:
        return type(self)(self.covariances, len(features), self.shared)

    def condition(self, kept: Features, given: Features) -> tuple[Float, Self]:
        no_regression = np.zeros((len(self.covariances), len(kept), len(given)))
        return no_regression, self.marginal(kept)

    def draw(self, component: int, n: int, rng: RandomSource) -> Float:
        variance = self.covariances[0 if self.shared else component]
        return np.asarray(rng.standard_normal(size=(n, self.dimension)) * np.sqrt(variance))
