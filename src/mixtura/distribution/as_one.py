"""Several components taken as one Gaussian, with the weight, mean and covariance that they share.

With the shares s_i = w_i / w of their joint weight w,

    mu = sum_i s_i mu_i
    Sigma = sum_i s_i [Sigma_i + (mu_i - mu) (mu_i - mu)^T]
"""

import numpy as np

from mixtura.typing import Float


def as_one(weights: Float, means: Float, covariances: Float) -> tuple[Float, Float, Float]:
    """The joint weight, mean and covariance of m components each.

    Parameters
    ----------
    weights : ndarray of shape (..., m)
        Where all of them are zero, the components share alike.
    means : ndarray of shape (..., m, d)
    covariances : ndarray of shape (..., m, d, d)

    Returns
    -------
    weight, mean, covariance : ndarray
        In shapes (...), (..., d) and (..., d, d).
    """
    weight = weights.sum(axis=-1)
    alive = weight[..., None] > 0
    shares = np.where(alive, weights, 1 / weights.shape[-1]) / np.where(alive, weight[..., None], 1)
    mean = np.einsum("...m,...md->...d", shares, means)
    between = means - mean[..., None, :]
    covariance = np.einsum("...m,...mij->...ij", shares, covariances)
    covariance += np.einsum("...m,...mi,...mj->...ij", shares, between, between)
    return weight, mean, covariance
