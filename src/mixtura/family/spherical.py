"""Balls: a component has one variance for all features, its own (VII) or that of all (EII)."""

from typing import final

from mixtura.covariance import Spherical as SphericalStorage
from mixtura.covariance import Storage
from mixtura.distribution import Mixture
from mixtura.family.base import Extent, Family
from mixtura.moments import TRACE, Moments


@final
class TiedSpherical(Family):
    """EII: Sigma_k = lambda I with lambda = sum_k tr(S2_k) / (d sum_k N_k)."""

    need = TRACE
    layout = "tied_spherical"
    extent = Extent.TOGETHER

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        d = moments.n_features
        variance = moments.scatter.sum(keepdims=True) / (d * moments.counts.sum())
        return SphericalStorage.from_covariances(variance, shared=True, n_features=d)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return 1


@final
class Spherical(Family):
    """VII: Sigma_k = lambda_k I with lambda_k = tr(S2_k) / (d N_k)."""

    need = TRACE
    layout = "spherical"
    extent = Extent.IN_EACH

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        d = moments.n_features
        variances = moments.scatter / (d * moments.counts)
        return SphericalStorage.from_covariances(variances, shared=False, n_features=d)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components
