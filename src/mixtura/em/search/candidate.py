"""What the search compares: a mixture that EM came to, and which of its components are spurious.

The likelihood has no maximum: it grows without bound as a component shrinks onto a few rows that
are nearly alike. A component is taken for such a one if it has fewer than 2 (d + 1) effective rows,
N_k = sum_i w_i r_ik, or if it is thin: a tenth or more of its smallest eigenvalue is reg_covar or
rounding. A fiftieth of the features' variances beyond that is enough where reg_covar is large.

McLachlan, G. and Peel, D. (2000). Finite Mixture Models. Wiley. Section 3.10, spurious maximizers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mixtura.covariance import Storage
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
    def each_ended(cls, runs: Sequence[tuple[Mixture, Trace]], steps: Steps) -> list[Self]:
        """What runs ended with; an objective is that before the last M-step, which is nearly it.

        The weights are N_k / sum N, unless something else holds them: then each is weighed.
        """
        if isinstance(steps.family, Restricted):
            return [cls.of(mixture, steps) for mixture, _ in runs]
        mixtures = [mixture for mixture, _ in runs]
        thin = _thin_in_each(mixtures, steps)
        return [
            cls(mixture, trace.log_posterior, _few_rows_in(mixture, steps), thin_ones)
            for (mixture, trace), thin_ones in zip(runs, thin, strict=True)
        ]

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
    if mixture.n_components == n_components:
        return mixture
    copies = np.ones(mixture.n_components, dtype=np.int64)
    chosen = list(range(mixture.n_components))
    while len(chosen) < n_components:
        chosen.append(int(np.argmax(mixture.weights / (copies + 1))))
        copies[chosen[-1]] += 1
    return chosen_components(mixture, chosen, (mixture.weights / copies)[chosen])


def without_copies(mixture: Mixture) -> Mixture:
    """The same distribution with each component once."""
    first = first_alike(mixture)
    kept = np.unique(first)
    if len(kept) == mixture.n_components:
        return mixture
    weights = np.asarray(np.bincount(first, mixture.weights)[kept], dtype=np.float64)
    return chosen_components(mixture, kept.tolist(), weights)


def repeated_components(mixture: Mixture) -> NDArray[np.intp]:
    """The components whose means are those of others before them."""
    return np.flatnonzero(first_alike(mixture) < np.arange(mixture.n_components))


def first_alike(mixture: Mixture) -> NDArray[np.intp]:
    """For each component the first that has its mean, shape (K,)."""
    first: dict[bytes, int] = {}
    means = mixture.means + 0.0  # which makes 0 of -0
    return np.array([first.setdefault(mean.tobytes(), k) for k, mean in enumerate(means)])


def few_rows(counts: ArrayK, n_features: int) -> NDArray[np.bool_]:
    """Which components have too few rows, of N_k: shape (K,)."""
    return np.asarray(counts < ROWS_PER_MEAN * (n_features + 1) * (1 - 1e-9))


def _few_rows_in(mixture: Mixture, steps: Steps) -> NDArray[np.bool_]:
    return few_rows(mixture.weights * steps.total_weight, mixture.n_features)


def thin_components(mixture: Mixture, steps: Steps) -> NDArray[np.bool_]:
    """Which components have no extent of their own along some axis, shape (K,)."""
    return np.broadcast_to(_are_thin(mixture.storage, steps), mixture.n_components)


def _thin_in_each(mixtures: Sequence[Mixture], steps: Steps) -> Iterable[NDArray[np.bool_]]:
    """Which components of each are thin, told together."""
    if not mixtures or mixtures[0].storage.shared:
        return [thin_components(mixture, steps) for mixture in mixtures]
    first, *others = (mixture.storage for mixture in mixtures)
    return _are_thin(first.joined(*others), steps).reshape(len(mixtures), -1)


def _are_thin(storage: Storage, steps: Steps) -> NDArray[np.bool_]:
    """Which covariances have no extent of their own along some axis, shape (K,) or (1,)."""
    thinnest = np.broadcast_to(steps.thinnest, storage.n_features)
    added = np.maximum(steps.reg_covar, thinnest)
    variances = storage.variances()
    if not added.any():
        return np.zeros(len(variances), dtype=np.bool_)
    # In a feature that is constant no component has more extent than what is added to it.
    varies = variances.max(axis=0) > added * (1 + 1e-6)
    enough = np.where(thinnest > 0, added + ENOUGH / THINNEST * thinnest, np.inf)
    return ~storage.exceed(np.where(varies, np.minimum(LEAST_SHARE * added, enough), 0))


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
