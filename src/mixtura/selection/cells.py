"""A cell of the sweep's table, a family and a number of components, and what is fitted in it."""

from dataclasses import dataclass
from typing import Self

from mixtura.distribution import Mixture
from mixtura.em import Steps, Trace
from mixtura.em.search.candidate import Candidate, few_rows, thin_components


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
class Fit(Candidate):
    """A candidate of a cell, and how EM came to it.

    Attributes
    ----------
    trace : Trace
        Of the run that ended with it.
    log_likelihood : float
        That of all rows.
    """

    trace: Trace
    log_likelihood: float

    @classmethod
    def weighed(cls, mixture: Mixture, trace: Trace, steps: Steps) -> Self:
        """The mixture, weighed in one E-step."""
        moments = steps.expect(mixture)
        few = few_rows(moments.counts, mixture.n_features)
        thin = thin_components(mixture, steps)
        objective = steps.objective(mixture, moments)
        return cls(mixture, objective, few, thin, trace, moments.log_likelihood)
