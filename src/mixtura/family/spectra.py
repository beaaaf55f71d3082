"""Variances along known axes, from the scatters along them: which parts are equal.

Along each axis j of component k lie N_k rows' worth of scatter s_kj, and its variance is
v_kj = lambda_k a_kj, a volume times a shape with prod_j a_kj = 1. Each function here minimizes

    sum_kj N_k log v_kj + s_kj / v_kj

under one equality. In log v_kj that is convex, so that every minimum is the global one. The axes
are the features (`diagonal.py`), each component's own (`own_axes.py`) or common to all
(`common_axes.py`).
"""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.typing import ArrayK, ArrayKD

MAX_ROUNDS = 1000
"""Rounds of an iteration that has not settled by then; about 20 are usual."""


def equal(sums: ArrayKD, counts: ArrayK) -> ArrayKD:
    """v_j = sum_k s_kj / sum_k N_k, for all components: shape (1, d)."""
    return np.asarray(sums.sum(axis=0, keepdims=True) / counts.sum())


def equal_shapes(sums: ArrayKD, counts: ArrayK, volumes: ArrayK | None = None) -> ArrayKD:
    """v_kj = lambda_k a_j: shape (K, d).

    Of the two equations

        a_j proportional to sum_k s_kj / lambda_k        lambda_k = sum_j s_kj / (d N_k a_j)

    each gives the best of its left side for the right one's; alternating, they settle.

    Parameters
    ----------
    sums : ndarray of shape (K, d)
        s_kj.
    counts : ndarray of shape (K,)
        N_k.
    volumes : ndarray of shape (K,), optional
        lambda_k to begin from; by default those of balls.
    """
    d = sums.shape[1]
    per_row = sums / (d * counts[:, None])
    volumes = per_row.sum(axis=1) if volumes is None else volumes
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # a storage refuses them
        for _ in range(MAX_ROUNDS):
            shape = unit_volume((1 / volumes) @ sums)
            before, volumes = volumes, per_row @ (1 / shape)
            if settled(before, volumes):
                break
        return np.asarray(volumes[:, None] * shape)


def equal_volumes(sums: ArrayKD, counts: ArrayK) -> ArrayKD:
    """v_kj = lambda a_kj, lambda = sum_k (prod_j s_kj)^(1/d) / sum_k N_k: shape (K, d)."""
    volumes = geometric_means(sums)
    with np.errstate(divide="ignore", invalid="ignore"):  # a storage refuses what is no number
        return np.asarray(sums * (volumes.sum() / counts.sum() / volumes)[:, None])


def free(sums: ArrayKD, counts: ArrayK) -> ArrayKD:
    """v_kj = s_kj / N_k: shape (K, d)."""
    return sums / counts[:, None]


def geometric_means(sums: ArrayKD) -> ArrayK:
    """(prod_j s_kj)^(1/d), 0 where a factor is; by logarithms, so that nothing overflows."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.log(sums).mean(axis=-1)))


def volumes_of(mixture: Mixture | None) -> ArrayK | None:
    """lambda_k = |Sigma_k|^(1/d) of an earlier mixture, shape (K,)."""
    if mixture is None:
        return None
    volumes = np.exp(mixture.storage.log_det() / mixture.n_features)
    return np.broadcast_to(volumes, mixture.weights.shape)


def unit_volume(shape: ArrayK) -> ArrayK:
    """A shape a with prod_j a_j = 1."""
    return np.asarray(shape / geometric_means(shape))


def settled(before: ArrayK, after: ArrayK) -> bool:
    """Whether positive numbers have stopped changing, but for their last digits, or are none."""
    return not (np.abs(after - before) > 1e-13 * after).any()
