"""What storages share whose features are independent within a component: variances suffice."""

from abc import abstractmethod
from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from mixtura._array import bring, namespace
from mixtura._linalg import identity
from mixtura.covariance.base import Features, Storage
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyND, AnyNK, ArrayD, ArrayKD, ArrayKDD, Float, RandomSource


class AxisAligned(Storage):
    """Sigma_k = diag(variances_k), kept in fewer numbers."""

    @classmethod
    @abstractmethod
    def _of(cls, covariances: Float, shared: bool, n_features: int) -> Self:
        """Keep these covariances, which are positive."""

    @final
    @classmethod
    def from_covariances(
        cls, covariances: Float, *, shared: bool, n_features: int, accurate: bool = False
    ) -> Self:
        if not (covariances.min() > 0 and covariances.max() < np.inf):
            good = (covariances > 0) & np.isfinite(covariances)
            collapsed = np.asarray(~good.reshape(len(covariances), -1).all(axis=1))
            raise CollapsedComponentsError(collapsed)
        return cls._of(covariances, shared, n_features)

    @final
    @classmethod
    def from_precisions(cls, precisions: Float, *, shared: bool, n_features: int) -> Self:
        return cls.from_covariances(1 / precisions, shared=shared, n_features=n_features)

    @final
    def with_accurate_factors(self) -> Self:
        return self

    @final
    def squared_distances(self, rows: AnyND, means: ArrayKD) -> AnyNK:
        xp = namespace(rows)
        residuals = rows[None, :, :] - bring(means, rows)[:, None, :]
        whitened = residuals / bring(np.sqrt(self.variances()), rows)[:, None, :]
        return xp.sum(whitened * whitened, axis=-1).T

    @final
    def precisions(self) -> Float:
        return 1 / self.covariances

    @final
    def exceed(self, variances: ArrayD) -> NDArray[np.bool_]:
        return np.asarray((self.variances() >= variances).all(axis=1))

    @final
    def factors(self) -> Float:
        return 1 / np.sqrt(self.covariances)

    @final
    def amplification(self) -> float:
        return 1.0

    @final
    def precision_factors(self) -> Float:
        return self.factors()

    @final
    def roots(self) -> Float:
        return np.asarray(np.sqrt(self.variances())[:, :, None] * identity(self.n_features))

    @final
    def dense(self) -> ArrayKDD:
        return np.asarray(self.variances()[:, :, None] * identity(self.n_features))

    @final
    def condition(self, kept: Features, given: Features) -> tuple[Float, Self]:
        no_regression = np.zeros((len(self.covariances), len(kept), len(given)))
        return no_regression, self.marginal(kept)

    @final
    def draw(self, component: int, n: int, rng: RandomSource) -> Float:
        variances = self.variances()[0 if self.shared else component]
        return np.asarray(rng.standard_normal(size=(n, self.n_features)) * np.sqrt(variances))
