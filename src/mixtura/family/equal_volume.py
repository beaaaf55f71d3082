"""EVV: the covariances have the same determinant, and nothing else in common."""

from typing import final

import numpy as np

from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture
from mixtura.family.base import Extent, Family
from mixtura.moments import FULL, Moments


@final
class EqualVolume(Family):
    """Sigma_k = lambda S2_k / |S2_k|^(1/d) with lambda = sum_k |S2_k|^(1/d) / sum_k N_k."""

    need = FULL
    layout = "full"
    extent = Extent.IN_EACH

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        scatter, d = moments.scatter, moments.n_features
        own = Dense.from_covariances(scatter, shared=False, n_features=d)
        volumes = np.exp(own.log_det() / d)
        factor = (volumes.sum() / moments.counts.sum() / volumes)[:, None, None]
        return Dense(factor * scatter, own.inverse_factors / np.sqrt(factor))

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return 1 + n_components * (n_features * (n_features + 1) // 2 - 1)
