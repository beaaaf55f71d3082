"""Tied (EEE): all components share one covariance matrix."""

from typing import final

from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture
from mixtura.family.base import Extent, Family
from mixtura.moments import POOLED, Moments


@final
class Tied(Family):
    """Sigma = sum_k S2_k / sum_k N_k."""

    need = POOLED
    layout = "tied"
    extent = Extent.TOGETHER

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        matrix = moments.scatter / moments.counts.sum()
        return Dense.from_covariances(matrix[None], shared=True, n_features=moments.n_features)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_features * (n_features + 1) // 2
