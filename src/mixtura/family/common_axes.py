"""All components have the same axes, each with variances of its own along them (EVE VVE)."""

from abc import abstractmethod
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import final

import numpy as np

from mixtura._linalg import EPS, one_blas_thread
from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture
from mixtura.errors import CollapsedComponentsError
from mixtura.family import spectra
from mixtura.family.base import Extent, Family
from mixtura.family.curvature import LARGEST
from mixtura.family.orientation import best_orientation, scatters_along
from mixtura.family.own_axes import rotated
from mixtura.moments import FULL, Moments
from mixtura.typing import ArrayK, ArrayKD, Float


class AlongCommonAxes(Family):
    """Sigma_k = D diag(v_k) D^T, with variances v_k of the scatters along the columns of D.

    The best variances for given axes, put into the expected log-likelihood, leave a function of D
    alone, whose maximum `orientation.py` finds. A component that is flat along some direction has
    collapsed, since axes along it have no bound.
    """

    need = FULL
    layout = "full"
    extent = Extent.IN_EACH

    @abstractmethod
    def profile(self, log_sums: Float, counts: ArrayK, n_features: int) -> tuple[Float, Float]:
        """-2 times that function, from log_sums_k = sum_i log (D^T S2_k D)_ii, without constants.

        Parameters
        ----------
        log_sums : ndarray of shape (S, K)
            For S orientations.
        counts : ndarray of shape (K,)
        n_features : int

        Returns
        -------
        costs : ndarray of shape (S,)
        derivatives : ndarray of shape (S, K)
            By log_sums.
        """

    @abstractmethod
    def variances(self, sums: ArrayKD, counts: ArrayK) -> ArrayKD:
        """v, shape (K, d), from the scatters along the axes."""

    @final
    def starts(self, moments: Moments) -> tuple[Moments, ...]:
        """The moments as they are, with one scatter for all components, and with balls.

        Axes that fit rows as they are assigned may bind EM to that assignment: on the iris it then
        ends in a maximum that is lower by 24, and elsewhere in a higher one.
        """
        centred = moments.centred
        shares = (centred.counts / centred.counts.sum())[:, None, None]
        pooled = shares * centred.scatter.sum(axis=0)
        sums = centred.variance_sums()
        even = np.broadcast_to(sums.mean(axis=1, keepdims=True), sums.shape)
        balls = centred.need.diagonal(even)
        return moments, *(replace(centred, scatter=scatter) for scatter in (pooled, balls))

    @final
    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        counts, d = moments.counts, moments.n_features
        unit = np.abs(moments.scatter).max() or 1.0
        scatter = moments.scatter / unit  # whose squares are in the range of numbers
        lengths, own_axes = np.linalg.eigh(scatter)
        flat = np.logical_not(lengths[:, 0] > 2 * d * EPS * lengths[:, -1])
        if flat.any():
            raise CollapsedComponentsError(flat)
        profile = partial(self.profile, counts=counts, n_features=d)
        with one_blas_thread() if d > LARGEST else nullcontext():
            axes = best_orientation(scatter, own_axes, profile, float(counts.sum()), previous)
        variances = unit * self.variances(scatters_along(axes, scatter), counts)
        return Dense.from_covariances(rotated(axes, variances), shared=False, n_features=d)


@final
class EqualVolumeCommonAxes(AlongCommonAxes):
    """EVE: the determinants are equal too."""

    def profile(self, log_sums: Float, counts: ArrayK, n_features: int) -> tuple[Float, Float]:
        """N d log sum_k (prod_i g_ki)^(1/d), with N = sum_k N_k."""
        logs = log_sums / n_features
        largest = logs.max(axis=1, keepdims=True)
        volumes = np.exp(logs - largest)
        total = volumes.sum(axis=1, keepdims=True)
        costs = counts.sum() * n_features * (np.log(total) + largest)[:, 0]
        return costs, counts.sum() * volumes / total

    def variances(self, sums: ArrayKD, counts: ArrayK) -> ArrayKD:
        return spectra.equal_volumes(sums, counts)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        orientation = n_features * (n_features - 1) // 2
        return 1 + n_components * (n_features - 1) + orientation


@final
class CommonAxes(AlongCommonAxes):
    """VVE: nothing else is equal."""

    def profile(self, log_sums: Float, counts: ArrayK, n_features: int) -> tuple[Float, Float]:
        """sum_k N_k log prod_i g_ki."""
        return log_sums @ counts, np.broadcast_to(counts, log_sums.shape)

    def variances(self, sums: ArrayKD, counts: ArrayK) -> ArrayKD:
        return spectra.free(sums, counts)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features + n_features * (n_features - 1) // 2
