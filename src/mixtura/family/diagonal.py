"""Within a component the features are independent: the axes are the features (EEI VEI EVI VVI)."""

from abc import abstractmethod
from typing import final

import numpy as np

from mixtura.covariance import LAYOUTS, Diagonal, Storage
from mixtura.distribution import Mixture
from mixtura.family import spectra
from mixtura.family.base import Extent, Family
from mixtura.moments import DIAGONAL, Moments
from mixtura.typing import ArrayK, ArrayKD


class AlongFeatures(Family):
    """Sigma_k = diag(v_k), with variances v_k of the scatters along the features."""

    need = DIAGONAL

    @abstractmethod
    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        """v, shape (K, d), or (1, d) shared, from the scatters along the features."""

    @final
    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        sums = np.maximum(moments.scatter, 0)  # which rounding may have taken below
        variances = self.variances(sums, moments.counts, previous)
        shared = LAYOUTS[self.layout].shared
        return Diagonal.from_covariances(variances, shared=shared, n_features=moments.n_features)


@final
class TiedDiag(AlongFeatures):
    """EEI: the variances are the same in all components."""

    layout = "tied_diag"
    extent = Extent.TOGETHER

    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        return spectra.equal(sums, counts)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_features


@final
class EqualShapeDiag(AlongFeatures):
    """VEI: the variances of a component are those of another, times a factor."""

    layout = "diag"
    extent = Extent.IN_SOME

    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        return spectra.equal_shapes(sums, counts, spectra.volumes_of(previous))

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components + n_features - 1


@final
class EqualVolumeDiag(AlongFeatures):
    """EVI: the variances of a component have the same product as those of another."""

    layout = "diag"
    extent = Extent.IN_EACH

    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        return spectra.equal_volumes(sums, counts)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return 1 + n_components * (n_features - 1)


@final
class Diag(AlongFeatures):
    """VVI: Sigma_k = diag(S2_k) / N_k."""

    layout = "diag"
    extent = Extent.IN_EACH

    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        return spectra.free(sums, counts)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features
