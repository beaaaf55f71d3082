"""Each component has axes of its own, and a spectrum in common with the others (EEV VEV).

With S2_k = L_k diag(s_k) L_k^T and s_k in ascending order, the best axes are D_k = L_k for any
spectrum in that order (von Neumann's trace inequality), and what is left is `spectra.py`'s problem.
"""

from abc import abstractmethod
from typing import final

import numpy as np

from mixtura._linalg import transpose
from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture
from mixtura.family import spectra
from mixtura.family.base import Extent, Family
from mixtura.moments import FULL, Moments
from mixtura.typing import ArrayK, ArrayKD, ArrayKDD


class AlongOwnAxes(Family):
    """Sigma_k = L_k diag(v_k) L_k^T, with variances v_k of the scatters along their axes."""

    need = FULL
    layout = "full"

    @abstractmethod
    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        """v, shape (K, d) or (1, d)."""

    @final
    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        sums, axes = np.linalg.eigh(moments.scatter)
        variances = self.variances(np.maximum(sums, 0), moments.counts, previous)
        return Dense.from_covariances(
            rotated(axes, variances), shared=False, n_features=moments.n_features
        )


@final
class EqualSpectrum(AlongOwnAxes):
    """EEV: the components are rotations of each other."""

    extent = Extent.TOGETHER

    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        return spectra.equal(sums, counts)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_features + n_components * n_features * (n_features - 1) // 2


@final
class ProportionalSpectrum(AlongOwnAxes):
    """VEV: the components are rotations of each other, times a factor."""

    extent = Extent.IN_SOME

    def variances(self, sums: ArrayKD, counts: ArrayK, previous: Mixture | None) -> ArrayKD:
        return spectra.equal_shapes(sums, counts, spectra.volumes_of(previous))

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        orientations = n_components * n_features * (n_features - 1) // 2
        return n_components + n_features - 1 + orientations


def rotated(axes: ArrayKDD, variances: ArrayKD) -> ArrayKDD:
    """D diag(v_k) D^T, symmetric to the last bit."""
    with np.errstate(over="ignore", invalid="ignore"):  # a storage refuses what is no number
        matrices = (axes * variances[:, None, :]) @ transpose(axes)
    return np.asarray((matrices + transpose(matrices)) / 2)
