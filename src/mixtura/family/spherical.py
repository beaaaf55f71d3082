"""Spherical (VII): a component has one variance for all features."""

from typing import final

from mixtura.covariance import Spherical as SphericalStorage
from mixtura.covariance import Storage
from mixtura.family.base import Family
from mixtura.moments import TRACE, Moments


@final
class Spherical(Family):
    """Sigma_k = tr(S2_k) / (d N_k) I."""

    need = TRACE

    def covariances(self, moments: Moments) -> Storage:
        d = moments.n_features
        variances = moments.scatter / (d * moments.counts)
        return SphericalStorage.from_covariances(variances, shared=False, n_features=d)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components
