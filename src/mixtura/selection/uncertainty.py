"""What the bootstrap says of a fit: standard errors, intervals, and how its replicates went."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em import Outcome
from mixtura.typing import Float


@dataclass(frozen=True, eq=False)
class Parameters:
    """Something said of each parameter of a mixture, in the shapes of the mixture's own.

    Attributes
    ----------
    weights : ndarray of shape (..., K)
    means : ndarray of shape (..., K, d)
        In the units of the data.
    covariances : ndarray
        In squared units, of the shape of `mixture.covariances`.
    """

    weights: Float
    means: Float
    covariances: Float

    def map(self, f: Callable[[Float], Float]) -> "Parameters":
        """The same of f of each."""
        return Parameters(f(self.weights), f(self.means), f(self.covariances))


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Replicates of a fit.

    Attributes
    ----------
    mixture : Mixture
        The fit itself.
    kind : str
        "nonparametric" or "weighted-likelihood".
    replicates : Parameters
        Of each replicate that did not fail, along the first axis, component by component as in the
        mixture.
    outcomes : tuple of Outcome
        How each of these ended.
    n_repaired, n_relabelled : int
        In how many of them a component collapsed and was repaired, and in how many components had
        changed places and were put back.
    failures : tuple of str
        Why the others failed, a sentence for each.
    """

    mixture: Mixture
    kind: str
    replicates: Parameters
    outcomes: tuple[Outcome, ...]
    n_repaired: int
    n_relabelled: int
    failures: tuple[str, ...]

    @property
    def n_failed(self) -> int:
        """How many replicates could not be fitted; they are in no number here."""
        return len(self.failures)

    @property
    def n_unconverged(self) -> int:
        """How many replicates were stopped before they had converged; they are counted in."""
        return sum(outcome is not Outcome.CONVERGED for outcome in self.outcomes)

    @property
    def standard_errors(self) -> Parameters:
        """The standard deviation of the replicates."""
        return self.replicates.map(lambda values: values.std(axis=0, ddof=1))

    def interval(self, level: float = 0.95) -> tuple[Parameters, Parameters]:
        """The percentile interval of each parameter by itself, at a level between 0 and 1.

        Returns
        -------
        low, high : Parameters
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, but it is {level}.")
        low = self.replicates.map(partial(np.quantile, q=(1 - level) / 2, axis=0))
        high = self.replicates.map(partial(np.quantile, q=(1 + level) / 2, axis=0))
        return low, high

    def __repr__(self) -> str:
        counts = {
            "failed": self.n_failed,
            "unconverged": self.n_unconverged,
            "repaired": self.n_repaired,
            "relabelled": self.n_relabelled,
        }
        told = "".join(f", {n} {name}" for name, n in counts.items() if n)
        n_replicates = len(self.outcomes) + self.n_failed
        return f"Bootstrap({n_replicates} {self.kind} replicates{told})"
