"""The moments of rows that are spread exactly as a mixture says.

    N_k = w pi_k      S1_k = 0      S2_k = N_k Sigma_k      about c_k = mu_k

The M-step of them is the mixture itself: its covariances are the likeliest of their family.
"""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.moments.moments import Moments
from mixtura.moments.need import FULL, POOLED, Need
from mixtura.typing import ArrayD


def believed(
    mixture: Mixture,
    need: Need,
    total_weight: float,
    mean_log_likelihood: float,
    reg_covar: float | ArrayD = 0.0,
) -> Moments:
    """The moments of rows of this weight.

    Parameters
    ----------
    mixture : Mixture
    need : Need
        One that no mixture changes.
    total_weight : float
        w.
    mean_log_likelihood : float
        That of the rows, per unit of weight.
    reg_covar : float or ndarray of shape (d,)
        What the mixture's variances have been given beside the rows'.
    """
    counts = total_weight * mixture.weights
    storage = mixture.storage
    if need in (FULL, POOLED):
        scatter = counts[:, None, None] * storage.dense()
        scatter = scatter.sum(axis=0) if need.pooled else scatter
    else:
        scatter = need.diagonal(counts[:, None] * storage.variances())
    return Moments(
        counts=counts,
        sums=np.zeros_like(mixture.means),
        scatter=scatter,
        centres=mixture.means,
        need=need,
        total_weight=total_weight,
        log_likelihood=total_weight * mean_log_likelihood,
        reg_covar=reg_covar,
    )
