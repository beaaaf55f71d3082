"""A cell of the sweep's table, a family and a number of components, and what is fitted in it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mixtura.distribution import Mixture
from mixtura.em import Steps, Trace
from mixtura.em.search.candidate import Candidate, spurious_components


@dataclass(frozen=True, order=True)
class Cell:
    """A number of components and a family.

    Attributes
    ----------
    n_components : int
        K.
    covariance_type : str
        The family's name.
    """

    n_components: int
    covariance_type: str


@dataclass(frozen=True, eq=False)
class Fit:
    """A mixture that EM came to.

    Attributes
    ----------
    mixture : Mixture
    trace : Trace
        Of the run that ended with it.
    objective : float
        Its log-likelihood per unit of weight, with a prior its log-posterior.
    log_likelihood : float
        That of all rows.
    spurious : ndarray of shape (K,)
        Which of its components are.
    """

    mixture: Mixture
    trace: Trace
    objective: float
    log_likelihood: float
    spurious: NDArray[np.bool_]

    @classmethod
    def of(cls, mixture: Mixture, trace: Trace, steps: Steps) -> Self:
        """The mixture, weighed in one E-step."""
        moments = steps.expect(mixture)
        spurious = spurious_components(mixture, moments.counts, steps)
        objective = steps.objective(mixture, moments)
        return cls(mixture, trace, objective, moments.log_likelihood, spurious)

    @property
    def is_admissible(self) -> bool:
        """Whether no component is spurious."""
        return not self.spurious.any()

    @property
    def merit(self) -> tuple[bool, float]:
        """What is compared: admissible ones first, then the objective."""
        return self.is_admissible, self.objective

    def without_spurious(self) -> Mixture | None:
        """The other components, the heaviest halved in place until there are K again."""
        return Candidate(self.mixture, self.objective, self.spurious).without_spurious()
