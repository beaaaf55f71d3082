"""The start of one run: what is given is used, what is not comes from a start of the registry."""

from dataclasses import dataclass, replace

import numpy as np

from mixtura._array import on_host, patterns_of
from mixtura.covariance import Storage
from mixtura.distribution import Mixture
from mixtura.em.start.assignment import mixture_of, mixture_of_seeds
from mixtura.em.start.registry import Start
from mixtura.em.start.seeding import Seeds
from mixtura.em.steps import Steps
from mixtura.engine import open_rows
from mixtura.typing import ArrayK, ArrayKD, Assignment

MOST_ROWS = 2**20
"""Starts look at all rows where they are not more, and need a few numbers for each of them."""

ROWS_OF_MORE = 2**18
"""Of more rows, starts look at so many: clusters that matter among millions show among these."""


@dataclass(frozen=True)
class Beginning:
    """Where a run begins.

    Attributes
    ----------
    n_components : int
    start : Start
        Proposes labels, responsibilities or a mixture; asked only for what is not given.
    assignment : ndarray of shape (n,) or (n, K), optional
        Labels or responsibilities to begin from, in place of a proposal.
    weights, means, storage : optional
        Parameters to begin from, in place of those that the assignment gives.
    mixture : Mixture, optional
        All of it.
    start_takes_samples : bool
        Whether the start may be shown a sample of more than `MOST_ROWS` rows. One that the user
        wrote may know the rows, and is shown all of them.
    """

    n_components: int
    start: Start
    assignment: Assignment | None = None
    weights: ArrayK | None = None
    means: ArrayKD | None = None
    storage: Storage | None = None
    mixture: Mixture | None = None
    start_takes_samples: bool = False

    @property
    def is_given(self) -> bool:
        """Whether every run would begin alike, so that one is enough."""
        return self.mixture is not None or self.assignment is not None or self._has_parameters

    @property
    def _has_parameters(self) -> bool:
        return not (self.weights is None or self.means is None or self.storage is None)

    def mixture_for(
        self, steps: Steps, rng: np.random.RandomState
    ) -> tuple[Mixture, tuple[int, ...]]:
        """A mixture to begin from, and the components that had to be repaired in it."""
        if self.mixture is not None:
            return self.mixture, ()
        if self.weights is not None and self.means is not None and self.storage is not None:
            return Mixture.of(self.weights, self.means, self.storage), ()
        if self.assignment is None:
            mixture, repaired = self._proposed(self._sampled(steps, rng), rng)
        else:
            mixture, repaired = mixture_of(self.assignment, self.n_components, steps.source, steps)
        return self._with_given(mixture), repaired

    def _sampled(self, steps: Steps, rng: np.random.RandomState) -> Steps:
        """The steps on the rows that the start looks at: of very many, a sample."""
        if steps.source.n_rows <= MOST_ROWS or not self.start_takes_samples:
            return steps
        rows, weights = steps.engine.sample(steps.source, ROWS_OF_MORE, rng)
        patterns = patterns_of(rows)
        host_weights = None if weights is None else on_host(weights)
        if patterns is not None and len(patterns.unseen(host_weights)):
            return steps  # of a feature with few entries the sample has none
        floats_per_row = self.n_components * steps.source.n_features
        engine, source = open_rows(rows, weights, patterns, floats_per_row=floats_per_row)
        return replace(steps, engine=engine, source=source)

    def _proposed(
        self, steps: Steps, rng: np.random.RandomState
    ) -> tuple[Mixture, tuple[int, ...]]:
        rows, weights = steps.source.take(slice(None))
        host_weights = None if weights is None else on_host(weights)
        proposal = self.start(on_host(rows), self.n_components, rng, host_weights)
        if isinstance(proposal, Mixture):
            return proposal, ()
        if isinstance(proposal, Seeds):
            return mixture_of_seeds(proposal, self.n_components, steps.source, steps)
        return mixture_of(proposal, self.n_components, steps.source, steps)

    def _with_given(self, mixture: Mixture) -> Mixture:
        return Mixture.of(
            mixture.weights if self.weights is None else self.weights,
            mixture.means if self.means is None else self.means,
            mixture.storage if self.storage is None else self.storage,
            mixture.feature_names,
        )
