"""What the search compares: a mixture that EM came to, and which of its components are spurious.

The likelihood has no maximum: it grows without bound as a component shrinks onto a few rows that
are nearly alike. A component is taken for such a one if it has fewer than 2 (d + 1) effective rows,
N_k = sum_i w_i r_ik, or if it is thin: a tenth or more of its smallest eigenvalue is reg_covar or
rounding. A fiftieth of the features' variances beyond that is enough where reg_covar is large.

McLachlan, G. and Peel, D. (2000). Finite Mixture Models. Wiley. Section 3.10, spurious maximizers.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mixtura.distribution import Mixture
from mixtura.em.scale import THINNEST
from mixtura.em.steps import Steps
from mixtura.em.stopping import Trace
from mixtura.family import Restricted
from mixtura.typing import ArrayK

ROWS_PER_MEAN = 2
"""A component has at least so many rows for each of the d + 1 numbers that a simplex spans."""

LEAST_SHARE = 10
"""Its smallest eigenvalue is at least so many times reg_covar."""

ENOUGH = 0.02
"""Or, in units of the features' variances, at least so much beyond reg_covar."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mixture with its objective.

    Attributes
    ----------
    mixture : Mixture
    objective : float
        The log-likelihood per unit of weight, with a prior the log-posterior.
    few, thin : ndarray of shape (K,)
        Which components have too few rows, and which no extent of their own.
    """

    mixture: Mixture
    objective: float
    few: NDArray[np.bool_]
    thin: NDArray[np.bool_]

    @classmethod
    def of(cls, mixture: Mixture, steps: Steps) -> Self:
        """The mixture, weighed in one E-step."""
        moments = steps.expect(mixture)
        few = few_rows(moments.counts, mixture.n_features)
        return cls(mixture, steps.objective(mixture, moments), few, thin_components(mixture, steps))

    @classmethod
    def ended(cls, run: tuple[Mixture, Trace], steps: Steps) -> Self:
        """What a run ended with; its objective is that before the last M-step, which is nearly it.

        The weights are N_k / sum N, unless something else holds them: then it is weighed.
        """
        mixture, trace = run
        if isinstance(steps.family, Restricted):
            return cls.of(mixture, steps)
        few = few_rows(mixture.weights * steps.total_weight, mixture.n_features)
        return cls(mixture, trace.log_posterior, few, thin_components(mixture, steps))

    @property
    def spurious(self) -> NDArray[np.bool_]:
        """Which components are, shape (K,)."""
        return np.asarray(self.few | self.thin)

    @property
    def is_admissible(self) -> bool:
        """Whether no component is spurious."""
        return not self.spurious.any()

    @property
    def merit(self) -> tuple[bool, bool, float]:
        """What is compared: admissible ones first, then those with rows enough; the objective."""
        return self.is_admissible, not self.few.any(), self.objective

    def without_spurious(self) -> Mixture | None:
        """The other components, copied until there are K again; None where all are spurious."""
        kept = np.flatnonzero(~self.spurious)
        if not len(kept):
            return None
        rest = chosen_components(self.mixture, kept.tolist(), self.mixture.weights[kept])
        return with_copies(rest, self.mixture.n_components)


def with_copies(mixture: Mixture, n_components: int) -> Mixture:
    """The same distribution with so many components: the heavier share their weight with copies.

    EM moves equal copies alike: in effect it fits fewer components.
    """
    mixture = without_copies(mixture)
    copies = np.ones(mixture.n_components, dtype=np.int64)
    chosen = list(range(mixture.n_components))
    while len(chosen) < n_components:
        chosen.append(int(np.argmax(mixture.weights / (copies + 1))))
        copies[chosen[-1]] += 1
    return chosen_components(mixture, chosen, (mixture.weights / copies)[chosen])


def without_copies(mixture: Mixture) -> Mixture:
    """The same distribution with each component once."""
    _, first, inverse = np.unique(mixture.means, axis=0, return_index=True, return_inverse=True)
    weights = np.asarray(np.bincount(inverse.ravel(), mixture.weights), dtype=np.float64)
    order = np.argsort(first)
    return chosen_components(mixture, first[order].tolist(), weights[order])


def repeated_components(mixture: Mixture) -> NDArray[np.intp]:
    """The components whose means are those of others before them."""
    _, first = np.unique(mixture.means, axis=0, return_index=True)
    return np.setdiff1d(np.arange(mixture.n_components), first)


def few_rows(counts: ArrayK, n_features: int) -> NDArray[np.bool_]:
    """Which components have too few rows, of N_k: shape (K,)."""
    return np.asarray(counts < ROWS_PER_MEAN * (n_features + 1) * (1 - 1e-9))


def thin_components(mixture: Mixture, steps: Steps) -> NDArray[np.bool_]:
    """Which components have no extent of their own along some axis, shape (K,)."""
    thinnest = np.broadcast_to(steps.thinnest, mixture.n_features)
    added = np.maximum(steps.reg_covar, thinnest)
    if not added.any():
        return np.zeros(mixture.n_components, dtype=np.bool_)
    # In a feature that is constant no component has more extent than what is added to it.
    varies = mixture.storage.variances().max(axis=0) > added * (1 + 1e-6)
    enough = np.where(thinnest > 0, added + ENOUGH / THINNEST * thinnest, np.inf)
    floor = np.where(varies, np.minimum(LEAST_SHARE * added, enough), 0)
    return np.broadcast_to(~mixture.storage.exceed(floor), mixture.n_components)


def chosen_components(
    mixture: Mixture, components: list[int], weights: ArrayK, means: ArrayK | None = None
) -> Mixture:
    """A mixture of some components, perhaps more than once, with other weights and means."""
    return Mixture.of(
        weights / weights.sum(),
        mixture.means[components] if means is None else means,
        mixture.storage.select(components),
        mixture.feature_names,
    )
