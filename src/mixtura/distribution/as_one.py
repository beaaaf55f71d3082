"""Several components taken as one Gaussian, with the weight, mean and covariance that they share.

With the shares s_i = w_i / w of their joint weight w,

    mu = sum_i s_i mu_i
    Sigma = sum_i s_i [Sigma_i + (mu_i - mu) (mu_i - mu)^T]

Where i and j are taken as one, with Sigma_ij, the Kullback-Leibler divergence from the mixture
before to the one after is at most

    B_ij = 1/2 [(w_i + w_j) log |Sigma_ij| - w_i log |Sigma_i| - w_j log |Sigma_j|]

Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE Transactions
on Aerospace and Electronic Systems 43, 989-999.
"""

import numpy as np

from mixtura.typing import ArrayK, ArrayKD, ArrayKDD, Float, Indices


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


def costs_as_one(
    i: int, others: Indices, weights: ArrayK, means: ArrayKD, covariances: ArrayKDD
) -> Float:
    """B_ij for each j of the others."""
    pairs = np.stack([np.full_like(others, i), others], axis=1)
    joint, _, covariance = as_one(weights[pairs], means[pairs], covariances[pairs])
    own = weights[i] * _log_det(covariances[i]) + weights[others] * _log_det(covariances[others])
    return np.asarray((joint * _log_det(covariance) - own) / 2)


def _log_det(covariances: Float) -> Float:
    return np.asarray(np.linalg.slogdet(covariances).logabsdet)
