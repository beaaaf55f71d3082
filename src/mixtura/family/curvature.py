"""The curvature of the axes' cost in all planes together, for Newton's first step.

With the notation of `orientation.py`, G_k = D^T S2_k D, and a rotation D exp(R), R skew, the
second derivative of sum_ki u_k log (G_k)_ii is

    sum_i R_i V_i R_i^T  -  2 sum_ab H_ab (R R^T)_ab        R_i the i-th row of R
    V_i = sum_k u_k (2 G_k / g_ki - 4 (G_k)_i (G_k)_i^T / g_ki^2)

which is all of it for VVE; for EVE, where u changes too, something positive is left out.
"""

import numpy as np

from mixtura._linalg import inverse_cholesky, transpose
from mixtura.errors import CollapsedComponentsError
from mixtura.family.rotations import planes
from mixtura.typing import ArrayDD, ArrayK, ArrayKDD

LARGEST = 16
"""Features above which the planes are too many to be looked at together."""


def inverse_curvature(turned: ArrayKDD, weights: ArrayK) -> ArrayDD | None:
    """The step for each slope, shape (p, p); None where the cost bends down in some plane.

    Parameters
    ----------
    turned : ndarray of shape (K, d, d)
        G_k.
    weights : ndarray of shape (K,)
        u_k.
    """
    d = turned.shape[1]
    if d > LARGEST:
        return None
    first, second = planes(d)
    there, back = first * d + second, second * d + first  # R_ij = -R_ji
    by_entry = _second_derivatives(turned, weights)
    half = by_entry[:, there] - by_entry[:, back]
    matrix = half[there] - half[back]
    try:
        factor = inverse_cholesky(matrix[None])[0]
    except CollapsedComponentsError:  # not positive definite
        return None
    return np.asarray(factor.T @ factor)


def _second_derivatives(turned: ArrayKDD, weights: ArrayK) -> ArrayDD:
    """By the entries of R, shape (d d, d d)."""
    d = turned.shape[1]
    sums = turned.diagonal(0, 1, 2)
    per_sum = weights[:, None] / sums
    rows = turned.transpose(1, 2, 0)  # (d, d, K): the i-th row of each G_k
    products = (rows * (per_sum / sums).T[:, None, :]) @ transpose(rows)
    ratios = (per_sum[:, :, None] * turned).sum(axis=0)
    second, at = np.zeros((d, d, d, d)), np.arange(d)
    second[at, :, at, :] = 2 * np.tensordot(per_sum.T, turned, 1) - 4 * products
    second[:, at, :, at] -= ratios + ratios.T
    return second.reshape(d * d, d * d)
