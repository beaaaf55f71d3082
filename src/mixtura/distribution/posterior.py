"""Densities and responsibilities of a block of rows: the formulas of the E-step.

With weights pi_k, means mu_k and covariances Sigma_k,

    joint density       pi_k N(x | mu_k, Sigma_k)
    density             p(x)  = sum_k pi_k N(x | mu_k, Sigma_k)
    responsibilities    r_k   = pi_k N(x | mu_k, Sigma_k) / p(x)

all in logarithms, since densities underflow in a few dozen dimensions. The lines here are what the
kernel computes, and its reference.
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mixtura import _kernel
from mixtura._array import as_float64, bring, namespace
from mixtura._linalg import logsumexp
from mixtura.typing import AnyArray, AnyN, AnyND, AnyNK, ArrayK

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture

LOG_2PI = math.log(2 * math.pi)

Formula: TypeAlias = Callable[["Mixture", AnyND], AnyArray]


def in_kernel(formula: Formula) -> Formula:
    """Let the kernel answer, by the name of the formula, where it takes the rows."""

    @wraps(formula)
    def answer(mixture: "Mixture", rows: AnyND) -> AnyArray:
        if _kernel.takes(rows, mixture.storage.kind):
            return _kernel.answer(rows, kernel_parameters(mixture), formula.__name__)
        return formula(mixture, rows)

    return answer


def log_constants(mixture: "Mixture") -> ArrayK:
    """log pi_k - (d log 2 pi + log |Sigma_k|) / 2, shape (K,)."""
    with np.errstate(divide="ignore"):  # a weight of zero has log-weight -inf
        log_weights = np.log(mixture.weights)
    return log_weights - 0.5 * (mixture.n_features * LOG_2PI + mixture.storage.log_det())


def kernel_parameters(mixture: "Mixture") -> _kernel.Parameters:
    """The mixture as the kernel takes it."""
    storage = mixture.storage
    return _kernel.Parameters(
        storage.kind,
        storage.shared,
        mixture.weights,
        mixture.means,
        storage.factors(),
    )


def float32_suffices(mixture: "Mixture", rows: AnyND) -> bool:
    """Whether float32 rows lose nothing of note to float32 arithmetic, and gain enough time.

    A distance is |W y|^2, so that W enlarges the rounding of a residual y; the limit keeps two
    digits more than a log-likelihood right to 1e-5 needs.
    """
    if rows.dtype != np.float32 or rows.size * mixture.n_components < 1_000_000:
        return False
    return mixture.storage.amplification() < 100


def log_joint(mixture: "Mixture", rows: AnyND) -> AnyNK:
    """log pi_k + log N(x_i | mu_k, Sigma_k), shape (n, K)."""
    rows = as_float64(rows)
    xp = namespace(rows)
    # A row 1e154 deviations out is infinitely far, also where its distance becomes inf - inf.
    with np.errstate(over="ignore", invalid="ignore"):
        distances = mixture.storage.squared_distances(rows, mixture.means)
    distances = xp.where(xp.isnan(distances), xp.full_like(distances, math.inf), distances)
    return bring(log_constants(mixture), rows) - 0.5 * distances


@in_kernel
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


@in_kernel
def responsibilities(mixture: "Mixture", rows: AnyND) -> AnyNK:
    """r_ik, shape (n, K)."""
    return posterior(mixture, rows)[1]


@in_kernel
def labels(mixture: "Mixture", rows: AnyND) -> AnyN:
    """The component with the largest responsibility, shape (n,)."""
    _, responsibilities = posterior(mixture, rows)
    return namespace(responsibilities).argmax(responsibilities, axis=1)


@in_kernel
def log_certainty(mixture: "Mixture", rows: AnyND) -> AnyN:
    """log max_k r_ik, shape (n,): 0 where the label is certain."""
    _, responsibilities = posterior(mixture, rows)
    xp = namespace(responsibilities)
    return xp.log(xp.max(responsibilities, axis=1))
