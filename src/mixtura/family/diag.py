"""Diag (VVI): within a component the features are independent."""

from typing import final

from mixtura.covariance import Diagonal, Storage
from mixtura.family.base import Family
from mixtura.moments import DIAGONAL, Moments


@final
class Diag(Family):
    """Sigma_k = diag(S2_k) / N_k."""

    need = DIAGONAL

    def covariances(self, moments: Moments) -> Storage:
        variances = moments.scatter / moments.counts[:, None]
        return Diagonal.from_covariances(variances, shared=False, n_features=moments.n_features)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features
