"""From labels or responsibilities to a mixture: an M-step, in two passes.

The first pass finds the means, the second takes the moments about them, as every E-step does.
"""

from functools import partial

import numpy as np

from mixtura.data import ArraySource, Source
from mixtura.distribution import Mixture
from mixtura.em.scale import first_row
from mixtura.em.start.seeding import Seeds
from mixtura.em.start.trial import likeliest
from mixtura.em.steps import Steps
from mixtura.moments import DIAGONAL, Moments, Need, collect_assigned
from mixtura.typing import ArrayKD, Assignment, Block


def mixture_of_seeds(
    seeds: Seeds, n_components: int, source: Source, steps: Steps
) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of one row for each component."""
    order = np.argsort(seeds.indices)
    rows, weights = source.take(seeds.indices[order])
    chosen = ArraySource(rows, weights, len(order))
    return steps.maximize(_moments_of(order, n_components, chosen, steps))


def mixture_of(
    assignment: Assignment, n_components: int, source: Source, steps: Steps
) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of assigned rows, and the components repaired in it.

    Where the family knows several, the one that leads highest.

    Parameters
    ----------
    assignment : ndarray of shape (n,) or (n, K)
        Labels or responsibilities of the rows of `source`.
    """
    return likeliest(_moments_of(assignment, n_components, source, steps), steps)


def _moments_of(assignment: Assignment, n_components: int, source: Source, steps: Steps) -> Moments:
    assigned = source.with_columns(assignment=assignment)
    origin = np.repeat(first_row(source), n_components, axis=0)
    rough = steps.sum(partial(_moments, origin, DIAGONAL), assigned)
    need = steps.family.need_to_begin(rough.centred)
    return steps.sum(partial(_moments, rough.means(), need), assigned)


def _moments(centres: ArrayKD, need: Need, block: Block) -> Moments:
    return collect_assigned(block, block.columns["assignment"], centres, need)
