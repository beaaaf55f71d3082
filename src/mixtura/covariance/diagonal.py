"""Independent features: one variance per feature."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._array import bring, namespace
from mixtura.covariance.base import Features, Storage
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyND, AnyNK, ArrayK, ArrayKD, ArrayKDD, Float, RandomSource


@dataclass(frozen=True, eq=False)
class Diagonal(Storage):
    """Variances of shape (K, d), or (1, d) shared."""

    covariances: ArrayKD
    shared: bool = False

    @property
    def n_features(self) -> int:
        return int(self.covariances.shape[-1])

    @staticmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        return n_components, n_features

    @classmethod
    def from_covariances(
        cls, covariances: Float, *, shared: bool, n_features: int, accurate: bool = False
    ) -> Self:
        bad = np.logical_not((covariances > 0) & np.isfinite(covariances)).any(axis=-1)
        if bad.any():
            raise CollapsedComponentsError(np.asarray(bad))
        return cls(covariances, shared)

    @classmethod
    def from_precisions(cls, precisions: Float, *, shared: bool, n_features: int) -> Self:
        return cls.from_covariances(1 / precisions, shared=shared, n_features=n_features)

    def with_accurate_factors(self) -> Self:
        return self

    def squared_distances(self, rows: AnyND, means: ArrayKD) -> AnyNK:
        xp = namespace(rows)
        residuals = rows[None, :, :] - bring(means, rows)[:, None, :]
        whitened = residuals * bring(self.precision_factors(), rows)[:, None, :]
        return xp.sum(whitened * whitened, axis=-1).T

    def log_det(self) -> ArrayK:
        return np.asarray(np.log(self.covariances).sum(axis=-1))

    def precisions(self) -> Float:
        return 1 / self.covariances

    def precision_factors(self) -> Float:
        return 1 / np.sqrt(self.covariances)

    def variances(self) -> ArrayKD:
        return self.covariances

    def dense(self) -> ArrayKDD:
        return self.covariances[:, :, None] * np.eye(self.n_features)

    def marginal(self, features: Features) -> Self:
        return type(self)(self.covariances[:, features], self.shared)

    def condition(self, kept: Features, given: Features) -> tuple[Float, Self]:
        no_regression = np.zeros((len(self.covariances), len(kept), len(given)))
        return no_regression, self.marginal(kept)

    def draw(self, component: int, n: int, rng: RandomSource) -> Float:
        variances = self.covariances[0 if self.shared else component]
        return np.asarray(rng.standard_normal(size=(n, self.n_features)) * np.sqrt(variances))
