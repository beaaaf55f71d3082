"""The starts of a search: of every kind of hierarchy, and those of the pool in turn."""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import cycle, islice

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.em.start.hierarchy import KINDS, MOST_ROWS, Hierarchy
from mixtura.em.start.pool import POOL
from mixtura.em.start.proposal import FromRows
from mixtura.em.start.registry import Start
from mixtura.em.steps import Steps
from mixtura.errors import DegenerateFitError
from mixtura.family import unrestricted
from mixtura.family.common_axes import AlongCommonAxes
from mixtura.family.tied import Tied


@dataclass(frozen=True, eq=False)
class Starts:
    """Makes starts with any number of components, up to the most of them, on the same rows.

    Attributes
    ----------
    steps : Steps
    most_components : int
    rng : RandomState
    """

    steps: Steps
    most_components: int
    rng: np.random.RandomState

    def first(self, n_components: int, n: int) -> list[Mixture]:
        """At most n: of all kinds, those with chance in them in turn; failures are left out."""
        pool = [FromRows(start) for start in POOL.values()]
        if n_components == 1:
            chosen = [FromRows(POOL["random partition"])]
        else:
            model_based, *others = self._of_trees
            chosen = [*[model_based, *pool, *others], *islice(cycle(pool), n)][:n]
        cheap = _with_cheap_starts(self.steps)
        starts = []
        for start in chosen:
            with suppress(DegenerateFitError):
                starts.append(start(cheap, n_components, self.rng)[0])
        return starts

    @cached_property
    def _of_trees(self) -> list[FromRows]:
        """Those of the hierarchies, each of which serves every number of components."""
        rows, weights = self.steps.resident.take(slice(None))
        host, host_weights = on_host(rows), None if weights is None else on_host(weights)
        most_rows = max(MOST_ROWS, 2 * self.most_components)
        trees = [Hierarchy.of(host, host_weights, self.rng, kind, most_rows) for kind in KINDS]
        return [FromRows(_cut(tree), takes_samples=False) for tree in trees]


def _cut(tree: Hierarchy) -> Start:
    return lambda _rows, n_components, _rng, _weights: tree.labelled(n_components)


def _with_cheap_starts(steps: Steps) -> Steps:
    """The steps, but of a family nested in one of common axes, which take long to find from labels.

    EM finds them in the short runs.
    """
    has_common_axes = isinstance(unrestricted(steps.family), AlongCommonAxes)
    return replace(steps, family=Tied()) if has_common_axes else steps
