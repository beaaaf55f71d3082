"""The starts of a search: of every kind of hierarchy, and those of the pool in turn."""

from contextlib import suppress
from dataclasses import replace
from itertools import cycle, islice

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.start.pool import HIERARCHIES, POOL
from mixtura.em.start.proposal import FromRows
from mixtura.em.steps import Steps
from mixtura.errors import DegenerateFitError
from mixtura.family import unrestricted
from mixtura.family.common_axes import AlongCommonAxes
from mixtura.family.tied import Tied


def first_starts(
    steps: Steps, n_components: int, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """At most n starts: of all kinds, those with chance in them in turn; failures are left out."""
    if n_components == 1:
        chosen = [POOL["random partition"]]
    else:
        model_based, *others = HIERARCHIES.values()
        varied = [model_based, *POOL.values(), *others]
        chosen = [*varied, *islice(cycle(POOL.values()), n)][:n]
    cheap = _with_cheap_starts(steps)
    starts = []
    for start in chosen:
        with suppress(DegenerateFitError):
            starts.append(FromRows(start)(cheap, n_components, rng)[0])
    return starts


def _with_cheap_starts(steps: Steps) -> Steps:
    """The steps, but of a family nested in one of common axes, which take long to find from labels.

    EM finds them in the short runs.
    """
    has_common_axes = isinstance(unrestricted(steps.family), AlongCommonAxes)
    return replace(steps, family=Tied()) if has_common_axes else steps
