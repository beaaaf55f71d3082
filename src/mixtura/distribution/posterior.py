"""Densities and responsibilities of a block of rows: the formulas of the E-step.

With weights pi_k, means mu_k and covariances Sigma_k,

    joint density       pi_k N(x | mu_k, Sigma_k)
    density             p(x)  = sum_k pi_k N(x | mu_k, Sigma_k)
    responsibilities    r_k   = pi_k N(x | mu_k, Sigma_k) / p(x)

all in logarithms, since densities underflow in a few dozen dimensions. Where entries of x are
missing, they are integrated out: N(x_o | mu_ko, Sigma_koo) of the observed features o stands in for
the density. The lines here are what the kernel computes, and its reference.
"""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mixtura import _kernel
from mixtura._array import (
    as_float64,
    bring,
    namespace,
    patterns_of,
    take_columns,
    take_rows,
)
from mixtura._linalg import logsumexp
from mixtura._patterns import Indices, Patterns
from mixtura.covariance import Storage
from mixtura.typing import AnyArray, AnyN, AnyND, AnyNK, ArrayKD

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture

LOG_2PI = math.log(2 * math.pi)


class Formula(Protocol):
    """What is said of rows, some of whose entries may be missing."""

    __name__: str

    def __call__(
        self, mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None, /
    ) -> AnyArray: ...


def in_kernel(formula: Formula) -> Callable[["Mixture", AnyND], AnyArray]:
    """Let the kernel answer, by the name of the formula, where it takes the rows."""

    @wraps(formula)
    def answer(mixture: "Mixture", rows: AnyND) -> AnyArray:
        patterns = patterns_of(rows)
        if _kernel.takes(rows, mixture.storage.kind, incomplete=patterns is not None):
            return _kernel.answer(rows, kernel_parameters(mixture), formula.__name__, patterns)
        return formula(mixture, rows, patterns)

    return answer


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


def joined_parameters(mixtures: Sequence["Mixture"]) -> _kernel.Parameters:
    """Those of several mixtures of one storage, one after the other."""
    each = [kernel_parameters(mixture) for mixture in mixtures]
    return _kernel.Parameters(
        each[0].storage,
        each[0].shared,
        np.concatenate([one.weights for one in each]),
        np.concatenate([one.means for one in each]),
        np.concatenate([one.factors for one in each]),
    )


def float32_suffices(mixture: "Mixture", rows: AnyND) -> bool:
    """Whether float32 rows lose nothing of note to float32 arithmetic, and gain enough time.

    A distance is |W y|^2, so that W enlarges the rounding of a residual y; the limit keeps two
    digits more than a log-likelihood right to 1e-5 needs.
    """
    if rows.dtype != np.float32 or rows.size * mixture.n_components < 1_000_000:
        return False
    return mixture.storage.amplification() < 100


def log_joint(mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None) -> AnyNK:
    """log pi_k + log N(x_i | mu_k, Sigma_k), shape (n, K)."""
    rows = as_float64(rows)
    with np.errstate(divide="ignore"):  # a weight of zero has log-weight -inf
        log_weights = np.log(mixture.weights)
    if patterns is None:
        log_densities = log_normal(rows, mixture.means, mixture.storage)
    else:
        log_densities = _log_normal_of_observed(mixture, rows, patterns)
    return bring(log_weights, rows) + log_densities


def log_normal(rows: AnyND, means: ArrayKD, storage: Storage) -> AnyNK:
    """log N(x_i | mu_k, Sigma_k), shape (n, K)."""
    xp = namespace(rows)
    # A row 1e154 deviations out is infinitely far, also where its distance becomes inf - inf.
    with np.errstate(over="ignore", invalid="ignore"):
        distances = storage.squared_distances(rows, means)
    distances = xp.where(xp.isnan(distances), xp.full_like(distances, math.inf), distances)
    constants = -0.5 * (means.shape[1] * LOG_2PI + storage.log_det())
    return bring(constants, rows) - 0.5 * distances


def _log_normal_of_observed(mixture: "Mixture", rows: AnyND, patterns: Patterns) -> AnyNK:
    """log N(x_io | mu_ko, Sigma_koo), shape (n, K); 0 where nothing is observed."""
    parts = []
    for group in patterns.groups():
        seen = take_columns(take_rows(rows, group.rows), group.observed)
        if len(group.observed):
            marginal = mixture.storage.marginal(group.observed)
            parts.append(log_normal(seen, mixture.means[:, group.observed], marginal))
        else:
            parts.append(bring(np.zeros((len(group.rows), mixture.n_components)), rows))
    return in_row_order(namespace(rows).concat(parts, axis=0), patterns.sorted.order)


def in_row_order(values: AnyArray, order: Indices) -> AnyArray:
    """Values of rows that were listed in this order, as the rows lie."""
    return take_rows(values, np.argsort(order))


@in_kernel
def log_density(mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None) -> AnyN:
    """log p(x_i), shape (n,)."""
    return logsumexp(log_joint(mixture, rows, patterns))


def posterior(
    mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None
) -> tuple[AnyN, AnyNK]:
    """log p(x_i) and the responsibilities r_ik, shapes (n,) and (n, K).

    A row so far out that every density underflows even as a logarithm says nothing about the
    components: its responsibilities are the weights.
    """
    joint = log_joint(mixture, rows, patterns)
    xp = namespace(joint)
    density = logsumexp(joint)
    known = xp.isfinite(density)
    density_or_0 = xp.where(known, density, xp.zeros_like(density))
    responsibilities = xp.where(
        known[:, None], xp.exp(joint - density_or_0[:, None]), bring(mixture.weights, joint)
    )
    return density, responsibilities


@in_kernel
def responsibilities(mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None) -> AnyNK:
    """r_ik, shape (n, K)."""
    return posterior(mixture, rows, patterns)[1]


@in_kernel
def labels(mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None) -> AnyN:
    """The component with the largest responsibility, shape (n,)."""
    _, responsibilities = posterior(mixture, rows, patterns)
    return namespace(responsibilities).argmax(responsibilities, axis=1)


@in_kernel
def log_certainty(mixture: "Mixture", rows: AnyND, patterns: Patterns | None = None) -> AnyN:
    """log max_k r_ik, shape (n,): 0 where the label is certain."""
    _, responsibilities = posterior(mixture, rows, patterns)
    xp = namespace(responsibilities)
    return xp.log(xp.max(responsibilities, axis=1))
