"""The start of one run: what is given is used, what is not comes from a start of the registry."""

from dataclasses import dataclass

import numpy as np

from mixtura.covariance import Storage
from mixtura.distribution import Mixture
from mixtura.em.start.assignment import mixture_of
from mixtura.em.start.proposal import Begun, Proposer
from mixtura.em.steps import Steps
from mixtura.typing import ArrayK, ArrayKD, Assignment


@dataclass(frozen=True)
class Beginning:
    """Where a run begins.

    Attributes
    ----------
    n_components : int
    propose : Proposer
        Asked only for what is not given.
    assignment : ndarray of shape (n,) or (n, K), optional
        Labels or responsibilities to begin from, in place of a proposal.
    weights, means, storage : optional
        Parameters to begin from, in place of those that the assignment gives.
    mixture : Mixture, optional
        All of it.
    """

    n_components: int
    propose: Proposer
    assignment: Assignment | None = None
    weights: ArrayK | None = None
    means: ArrayKD | None = None
    storage: Storage | None = None
    mixture: Mixture | None = None

    @property
    def is_given(self) -> bool:
        """Whether every run would begin alike, so that one is enough."""
        return self.mixture is not None or self.assignment is not None or self._has_parameters

    @property
    def _has_parameters(self) -> bool:
        return not (self.weights is None or self.means is None or self.storage is None)

    def mixture_for(self, steps: Steps, rng: np.random.RandomState) -> Begun:
        """A mixture to begin from, and the components that had to be repaired in it."""
        if self.mixture is not None:
            return self.mixture, ()
        if self.weights is not None and self.means is not None and self.storage is not None:
            return Mixture.of(self.weights, self.means, self.storage), ()
        if self.assignment is None:
            mixture, repaired = self.propose(steps, self.n_components, rng)
        else:
            mixture, repaired = mixture_of(
                self.assignment, self.n_components, steps.resident, steps
            )
        return self._with_given(mixture), repaired

    def _with_given(self, mixture: Mixture) -> Mixture:
        return Mixture.of(
            mixture.weights if self.weights is None else self.weights,
            mixture.means if self.means is None else self.means,
            mixture.storage if self.storage is None else self.storage,
            mixture.feature_names,
        )
