"""Bhattacharyya's distance between Gaussians: half of a half of what tells them apart.

With S = (Sigma_1 + Sigma_2) / 2,

    D = (mu_1 - mu_2)^T S^-1 (mu_1 - mu_2) / 8 + log(|S| / sqrt(|Sigma_1| |Sigma_2|)) / 2

and e^-D, the integral of sqrt(p_1 p_2), is 1 for equal ones and 0 where they do not overlap.

Bhattacharyya, A. (1943). On a measure of divergence between two statistical populations defined by
their probability distributions. Bulletin of the Calcutta Mathematical Society 35, 99-109.
"""

import numpy as np

from mixtura._linalg import inverse_cholesky
from mixtura.distribution import Mixture
from mixtura.typing import Float


def bhattacharyya(first: Mixture, second: Mixture) -> Float:
    """D between each component of the first mixture and each of the second, shape (K_1, K_2)."""
    K, d = second.means.shape
    theirs = np.broadcast_to(second.storage.dense(), (K, d, d))
    log_det = np.broadcast_to(second.storage.log_det(), K)
    distances = np.empty((first.n_components, K))
    for i in range(first.n_components):
        own = first.component(i).storage
        whiten = inverse_cholesky((own.dense() + theirs) / 2)
        apart = np.einsum("kij,kj->ki", whiten, first.means[i] - second.means)
        log_det_of_both = -2 * np.log(np.diagonal(whiten, axis1=1, axis2=2)).sum(axis=1)
        rounder = log_det_of_both - (own.log_det() + log_det) / 2
        distances[i] = (apart**2).sum(axis=1) / 8 + rounder / 2
    return distances
