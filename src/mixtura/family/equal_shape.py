"""VEE: the covariance of a component is that of another, times a factor."""

from typing import final

import numpy as np

from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture
from mixtura.errors import CollapsedComponentsError
from mixtura.family.base import Extent, Family
from mixtura.family.spectra import MAX_ROUNDS, settled, volumes_of
from mixtura.moments import FULL, Moments
from mixtura.typing import ArrayK


@final
class EqualShape(Family):
    """Sigma_k = lambda_k C.

    Of the two equations

        C = sum_k S2_k / lambda_k / sum_k N_k        lambda_k = tr(S2_k C^-1) / (d N_k)

    each gives the best of its left side for the right one's; alternating, they settle at the one
    maximum (the likelihood is concave along the geodesics of such matrices; Wiesel 2012, IEEE
    Transactions on Signal Processing 60, 6182-6189).
    """

    need = FULL
    layout = "full"
    extent = Extent.IN_SOME

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        scatter, counts, d = moments.scatter, moments.counts, moments.n_features
        per_row = scatter.reshape(len(counts), d * d) / (d * counts[:, None])
        volumes = volumes_of(previous)
        if volumes is None:
            volumes = per_row[:, :: d + 1].sum(axis=1)  # those of balls
        with np.errstate(over="ignore", invalid="ignore"):  # where volumes drift apart for ever
            for _ in range(MAX_ROUNDS):
                matrix = np.tensordot(1 / volumes, scatter, 1)[None] / counts.sum()
                common = Dense.from_covariances(matrix, shared=True, n_features=d)
                before, volumes = volumes, per_row @ common.precisions().ravel()
                _check(volumes)
                if settled(before, volumes):
                    break
            covariances = volumes[:, None, None] * matrix
        _check(covariances.diagonal(0, 1, 2).sum(axis=1))
        factors = common.inverse_factors / np.sqrt(volumes)[:, None, None]
        return Dense(covariances, factors)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        return n_components - 1 + n_features * (n_features + 1) // 2


def _check(sizes: ArrayK) -> None:
    good = (sizes > 0) & np.isfinite(sizes)
    if not good.all():
        raise CollapsedComponentsError(np.logical_not(good))
