"""One variance per feature."""

from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np

from mixtura.covariance.axis_aligned import AxisAligned
from mixtura.covariance.base import Features
from mixtura.typing import ArrayK, ArrayKD, Float


@final
@dataclass(frozen=True, eq=False)
class Diagonal(AxisAligned):
    """Variances of shape (K, d), or (1, d) shared."""

    kind: ClassVar[str] = "diagonal"
    covariances: ArrayKD
    shared: bool = False

    @classmethod
    def _of(cls, covariances: Float, shared: bool, n_features: int) -> Self:
        return cls(covariances, shared)

    @property
    def n_features(self) -> int:
        return int(self.covariances.shape[-1])

    @staticmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        return n_components, n_features

    def log_det(self) -> ArrayK:
        return np.asarray(np.log(self.covariances).sum(axis=-1))

    def variances(self) -> ArrayKD:
        return self.covariances

    def marginal(self, features: Features) -> Self:
        return type(self)(self.covariances[:, features], self.shared)
