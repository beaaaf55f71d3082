"""The axes that scatters have in common, as far as they have any.

For components with the same axes D and variances of their own along them, the best variances for a
given D leave a cost that depends on the scatters' diagonals g_k = diag(D^T S2_k D) alone, as a
function of sum_i log g_ki. Let u_k be its derivatives by these sums. Then a small rotation in the
plane (i, j) changes the cost by H_ij - H_ji (times -2), and, where the scatters are nearly
diagonal, the curvature is Q_ij (times 2):

    H_ij = sum_k u_k (D^T S2_k D)_ij / g_ki        Q_ij = sum_k u_k (g_ki / g_kj + g_kj / g_ki - 2)

At the minimum H is symmetric (Flury 1984, Journal of the American Statistical Association 79,
892-898). Browne and McNicholas (2014) go there by majorization: each of their steps minimizes a
bound of the cost, whose largest eigenvalue makes it loose; `rotations.py` takes few steps in place
of thousands, to the same minima.

There may be several minima. The descent begins from the axes of the mixture before, of the pooled
scatter and of each component, and the best end is kept.

References
----------
Browne, R. P. and McNicholas, P. D. (2014). Estimating common principal components in high
dimensions. Advances in Data Analysis and Classification 8, 217-226.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from mixtura._linalg import transpose
from mixtura.distribution import Mixture
from mixtura.family.curvature import LARGEST, inverse_curvature
from mixtura.family.rotations import NEGLIGIBLE, Place, descend, planes
from mixtura.typing import ArrayDD, ArrayKD, ArrayKDD, Float

Profile: TypeAlias = Callable[[Float], tuple[Float, Float]]
"""From sum_i log g_ki, shape (S, K): the costs (S,), and their derivatives (S, K)."""

MAX_ROUNDS = 300
ENOUGH = 1e-3
"""The part of its gain that an iteration of EM may leave to the next, where there are so many
planes that Newton's step is out of reach and hundreds of rounds would be needed for the rest."""

TRIAL_ROUNDS = 2
"""After so many rounds the best of the starts goes on alone, where an iteration of EM before has
been to the end with all."""


def best_orientation(
    scatter: ArrayKDD,
    own_axes: ArrayKDD,
    profile: Profile,
    unit: float,
    previous: Mixture | None = None,
) -> ArrayDD:
    """D, shape (d, d).

    Parameters
    ----------
    scatter : ndarray of shape (K, d, d)
        S2_k, positive definite.
    own_axes : ndarray of shape (K, d, d)
        Their eigenvectors.
    profile : callable
        The cost.
    unit : float
        Its scale: the number of rows.
    previous : Mixture, optional
        With the axes of an iteration before.
    """
    if len(scatter) == 1 or scatter.shape[-1] == 1:
        return np.asarray(own_axes[0])
    look = partial(_place, scatter=scatter, profile=profile)
    starts = np.concatenate([np.linalg.eigh(scatter.sum(axis=0))[1][None], own_axes])
    here = look(starts)
    if previous is not None:
        rival = here.best().axes
        here = look(np.concatenate([rival, _axes_of(previous)[None]]))
        here = descend(here, look, unit=unit, max_rounds=TRIAL_ROUNDS).best()
    else:
        here = descend(here, look, unit=unit, max_rounds=MAX_ROUNDS).best()
    turned = here.axes[0].T @ scatter @ here.axes[0]
    weights = profile(np.log(turned.diagonal(0, 1, 2)).sum(axis=1)[None])[1][0]
    inverse = inverse_curvature(turned, weights)
    many = scatter.shape[-1] > LARGEST and previous is not None
    enough = ENOUGH if many else NEGLIGIBLE
    here = descend(here, look, unit=unit, max_rounds=MAX_ROUNDS, inverse=inverse, negligible=enough)
    return np.asarray(here.axes[0])


def scatters_along(axes: ArrayDD, scatter: ArrayKDD) -> ArrayKD:
    """diag(D^T S2_k D), shape (K, d)."""
    return np.asarray(((scatter @ axes) * axes).sum(axis=1))


def _place(axes: Float, scatter: ArrayKDD, profile: Profile) -> Place:
    turned = transpose(axes)[:, None] @ scatter @ axes[:, None]  # (S, K, d, d)
    sums = turned.diagonal(0, -2, -1)
    costs, weights = profile(np.log(sums).sum(axis=-1))
    per_sum = weights[..., None] / sums
    ratios = (per_sum[..., None] * turned).sum(axis=1)
    growths = transpose(per_sum) @ sums
    first, second = planes(axes.shape[-1])
    slopes = ratios[:, first, second] - ratios[:, second, first]
    curvatures = growths[:, first, second] + growths[:, second, first]
    curvatures = curvatures - 2 * weights.sum(axis=1, keepdims=True)
    return Place(axes, costs, 2 * slopes, 2 * curvatures)


def _axes_of(mixture: Mixture) -> ArrayDD:
    """The axes that a mixture's covariances have in common, if they have.

    They are those of almost any sum of the covariances. In a plain one, long axes of some may make
    up for short ones of others; a sequence without pattern sees to it that they do not.
    """
    dense = mixture.storage.dense()
    golden = (np.sqrt(5) - 1) / 2
    factors = 1 + golden * np.arange(len(dense)) % 1
    units = np.exp(-mixture.storage.log_det() / mixture.n_features)
    return np.asarray(np.linalg.eigh(np.tensordot(factors * units, dense, 1))[1])
