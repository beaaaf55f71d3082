"""Balls: one variance for all features."""

from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np

from mixtura.covariance.axis_aligned import AxisAligned
from mixtura.covariance.base import Features
from mixtura.typing import ArrayK, ArrayKD, Float


@final
@dataclass(frozen=True, eq=False)
class Spherical(AxisAligned):
    """Variances of shape (K,), or (1,) shared; Sigma_k = covariances[k] I."""

    kind: ClassVar[str] = "spherical"
    covariances: ArrayK
    dimension: int
    shared: bool = False

    @classmethod
    def _of(cls, covariances: Float, shared: bool, n_features: int) -> Self:
        return cls(covariances, n_features, shared)

    @property
    def n_features(self) -> int:
        return self.dimension

    @staticmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components,)

    def log_det(self) -> ArrayK:
        return np.asarray(self.dimension * np.log(self.covariances))

    def variances(self) -> ArrayKD:
        return np.repeat(self.covariances[:, None], self.dimension, axis=1)

    def marginal(self, features: Features) -> Self:
        return type(self)(self.covariances, len(features), self.shared)
