"""Full (VVV): every component has a covariance matrix of its own."""

from typing import final

from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture
from mixtura.family.base import Extent, Family
from mixtura.moments import FULL, Moments


@final
class Full(Family):
    """Sigma_k = S2_k / N_k."""

    need = FULL
    layout = "full"
    extent = Extent.IN_EACH

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        matrices = moments.scatter / moments.counts[:, None, None]
        return Dense.from_covariances(matrices, shared=False, n_features=moments.n_features)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features * (n_features + 1) // 2
