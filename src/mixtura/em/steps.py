"""The two steps of EM for one source, engine and family."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from mixtura._array import on_host
from mixtura.data import Resident, Source
from mixtura.data.inspection import Inspected
from mixtura.distribution import Mixture
from mixtura.em.repair import split_heaviest
from mixtura.engine import Engine
from mixtura.errors import CollapsedComponentsError, DegenerateFitError
from mixtura.family import Family, Restricted
from mixtura.moments import Moments, Need, expect
from mixtura.typing import ArrayD, Block


@dataclass(frozen=True)
class Steps:
    """Where mathematics and machinery meet: what each step needs beside the mixture.

    Moments are regularized as soon as they are summed; the M-step takes them as they are.

    Attributes
    ----------
    engine : Engine
        Where blocks run.
    source : Source
        The rows.
    family : Family or Restricted
        The M-step.
    reg_covar : float or ndarray of shape (d,)
        Added to every variance, as S2_k + N_k diag(reg_covar).
    thinnest : float or ndarray of shape (d,)
        Variances that are as good as none, where less is added.
    """

    engine: Engine
    source: Source
    family: Family | Restricted
    reg_covar: float | ArrayD
    thinnest: float | ArrayD = 0.0

    def expect(self, mixture: Mixture, need: Need | None = None) -> Moments:
        """E-step: the sum of the blocks' moments about the mixture's means.

        They are what the M-step needs, or what `need` says.

        Where the new means lie so far from them that shifting the moments would cancel digits,
        as after a start far off, the sum is taken again about the new means.
        """
        need = need or self.family.need_for(mixture)
        moments = self.sum(partial(expect, mixture, need), self.source)
        if moments.poorly_centred():
            moments = self.sum(partial(expect, mixture, need, centres=moments.means()), self.source)
        return moments

    @property
    def resident(self) -> Resident:
        """The source, whose rows are in memory: those that starts look at always are."""
        assert isinstance(self.source, Resident)
        return self.source

    @cached_property
    def total_weight(self) -> float:
        """sum_i w_i; the number of rows where they have no weights."""
        source = self.source
        if isinstance(source, Inspected) and source.inspection is not None:
            return source.inspection.total_weight
        if all(block.weights is None for block in source):
            return float(source.n_rows)
        return sum(float(on_host(block.weights).sum()) for block in source)

    def objective(self, mixture: Mixture, moments: Moments) -> float:
        """Log-likelihood and log-density of the prior, per unit of weight: it never falls."""
        log_prior = self.family.log_prior(mixture)
        return moments.mean_log_likelihood + log_prior / moments.total_weight

    def sum(self, f: Callable[[Block], Moments], source: Source) -> Moments:
        """The sum of the blocks' moments, with S2_k + N_k diag(reg_covar)."""
        return self.engine.sum(f, source).regularized(self.reg_covar)

    def maximize(
        self, moments: Moments, previous: Mixture | None = None
    ) -> tuple[Mixture, tuple[int, ...]]:
        """M-step: the family's mixture, and the components that had to be repaired.

        Raises
        ------
        DegenerateFitError
            Where no component is left to repair the others from.
        """
        mixture, _, repaired = self.maximize_repaired(moments, previous)
        return mixture, repaired

    def maximize_repaired(
        self, moments: Moments, previous: Mixture | None = None
    ) -> tuple[Mixture, Moments, tuple[int, ...]]:
        """`maximize` that also tells of which moments the mixture is, after all repairs."""
        repaired: set[int] = set()
        for _ in range(len(moments.counts) + 1):
            try:
                return self.family.maximize(moments, previous), moments, tuple(sorted(repaired))
            except CollapsedComponentsError as error:
                collapsed = np.broadcast_to(error.collapsed, moments.counts.shape)
                moments = split_heaviest(moments, collapsed)
                repaired.update(np.flatnonzero(collapsed).tolist())
        raise DegenerateFitError
