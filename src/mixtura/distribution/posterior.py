"""Densities and responsibilities of a block of rows: the formulas of the E-step.

With weights pi_k, means mu_k and covariances Sigma_k,

    joint density       pi_k N(x | mu_k, Sigma_k)
    density             p(x)  = sum_k pi_k N(x | mu_k, Sigma_k)
    responsibilities    r_k   = pi_k N(x | mu_k, Sigma_k) / p(x)

all in logarithms, since densities underflow in a few dozen dimensions.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from mixtura._array import as_float64, bring, namespace
from mixtura._linalg import logsumexp
from mixtura.typing import AnyN, AnyND, AnyNK

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture

LOG_2PI = math.log(2 * math.pi)


def log_joint(mixture: "Mixture", rows: AnyND) -> AnyNK:
    """log pi_k + log N(x_i | mu_k, Sigma_k), shape (n, K)."""
    rows = as_float64(rows)
    xp = namespace(rows)
    storage = mixture.storage
    # A weight of zero has log-weight -inf; a row 1e154 deviations out is infinitely far, also where
    # its overflowing distance is inf - inf.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_weights = np.log(mixture.weights)
        distances = storage.squared_distances(rows, mixture.means)
    distances = xp.where(xp.isnan(distances), xp.full_like(distances, math.inf), distances)
    constants = log_weights - 0.5 * (mixture.n_features * LOG_2PI + storage.log_det())
    return bring(constants, rows) - 0.5 * distances


def log_density(mixture: "Mixture", rows: AnyND) -> AnyN:
    """log p(x_i), shape (n,)."""
    return logsumexp(log_joint(mixture, rows))


def posterior(mixture: "Mixture", rows: AnyND) -> tuple[AnyN, AnyNK]:
    """log p(x_i) and the responsibilities r_ik, shapes (n,) and (n, K).

    A row so far out that every density underflows even as a logarithm says nothing about the
    components: its responsibilities are the weights.
    """
    joint = log_joint(mixture, rows)
    xp = namespace(joint)
    density = logsumexp(joint)
    known = xp.isfinite(density)
    density_or_0 = xp.where(known, density, xp.zeros_like(density))
    responsibilities = xp.where(
        known[:, None], xp.exp(joint - density_or_0[:, None]), bring(mixture.weights, joint)
    )
    return density, responsibilities


def responsibilities(mixture: "Mixture", rows: AnyND) -> AnyNK:
    """r_ik, shape (n, K)."""
    return posterior(mixture, rows)[1]


def labels(mixture: "Mixture", rows: AnyND) -> AnyN:
    """The component with the largest joint density, shape (n,)."""
    joint = log_joint(mixture, rows)
    return namespace(joint).argmax(joint, axis=1)


def log_certainty(mixture: "Mixture", rows: AnyND) -> AnyN:
    """log max_k r_ik, shape (n,): 0 where the label is certain."""
    joint = log_joint(mixture, rows)
    return namespace(joint).max(joint, axis=1) - logsumexp(joint)
