"""Fits of an estimator over again: to other rows or weights, from a mixture, on one thread.

The spread of estimates is of the order of 1 / sqrt(n), and a log-likelihood ratio is of the order
of 1 whatever n is: EM must go on until what it gains is little beside that. So replicates stop when
the log-likelihood, of all rows together, gains less than a thousandth.
"""

from typing import Any

import numpy as np
from sklearn.base import clone

from mixtura import _machine
from mixtura._array import row_ranges, rows_per_block, to_numpy
from mixtura.distribution import Mixture
from mixtura.em import Outcome
from mixtura.typing import AnyND, Float

LEAST_GAIN = 1e-3
"""In the log-likelihood of all rows together."""

LEAST_MAX_ITER = 1000

GIVEN = ("weights_init", "means_init", "precisions_init", "responsibilities_init", "mixture_init")
"""Parameters of an estimator that say where to begin."""


def check_can_refit(estimator: Any) -> None:
    """An estimator that can begin from a mixture.

    Raises
    ------
    TypeError
        For anything else.
    """
    kind = estimator if isinstance(estimator, type) else type(estimator)
    has_parameters = kind is not estimator and hasattr(estimator, "get_params")
    if not has_parameters or "mixture_init" not in estimator.get_params(deep=False):
        raise TypeError(
            "Replicates are fitted again from a mixture, so that an estimator with a mixture_init, "
            f"such as GaussianMixture(), is needed, not {kind.__name__}."
        )


def settled(estimator: Any, n_rows: float) -> Any:
    """An unfitted copy that goes on until it has converged, on one thread and in silence."""
    copy = clone(estimator)
    return copy.set_params(
        tol=min(copy.tol, LEAST_GAIN / n_rows),
        max_iter=max(copy.max_iter, LEAST_MAX_ITER),
        accelerate=True,
        stopping="gain",
        n_threads=1,
        verbose=0,
        warm_start=False,
        checkpoint=None,
    )


def from_mixture(settled_estimator: Any, mixture: Mixture) -> Any:
    """A copy that begins from a mixture."""
    nothing_given = dict.fromkeys(GIVEN)
    begun: Any = clone(settled_estimator).set_params(**nothing_given)
    return begun.set_params(mixture_init=mixture, n_components=mixture.n_components)


def outcome_of(fitted: Any) -> Outcome:
    """How a fit ended."""
    outcome: Outcome = fitted.outcome_
    return outcome


def log_likelihood(mixture: Mixture, rows: AnyND, weights: Float) -> float:
    """sum_i w_i log p(x_i)."""
    with _machine.threads(1):
        return float(weights @ to_numpy(mixture.log_prob(rows)))


def overlaps(first: Float, mixture: Mixture, rows: AnyND, weights: Float) -> Float:
    """sum_i w_i r_ik s_il, of given responsibilities r and those of the mixture, shape (K, K)."""
    total = np.zeros((first.shape[1], mixture.n_components))
    with _machine.threads(1):
        for block in row_ranges(len(first), rows_per_block(mixture.means.size)):
            second = to_numpy(mixture.responsibilities(rows[block, :]))
            total += (weights[block, None] * first[block]).T @ second
    return total
