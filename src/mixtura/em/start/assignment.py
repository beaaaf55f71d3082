"""From labels or responsibilities to a mixture: an M-step, in two passes.

The first pass finds the means, the second takes the moments about them, as every E-step does.
"""

from functools import partial

import numpy as np

from mixtura._array import as_float64, bring, to_numpy
from mixtura.data import Source
from mixtura.distribution import Mixture
from mixtura.em.steps import Steps
from mixtura.moments import TRACE, Moments, Need, collect
from mixtura.typing import ArrayKD, Assignment, Block, Float


def mixture_of(
    assignment: Assignment, n_components: int, source: Source, steps: Steps
) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of assigned rows, and the components repaired in it.

    Parameters
    ----------
    assignment : ndarray of shape (n,) or (n, K)
        Labels or responsibilities of the rows of `source`.
    """
    assigned = source.with_columns(assignment=assignment)
    first_row = to_numpy(source.take(slice(0, 1))[0])
    origin = np.repeat(first_row, n_components, axis=0)
    rough: Moments = steps.engine.sum(partial(_moments, origin, TRACE), assigned)
    moments = steps.engine.sum(partial(_moments, rough.means(), steps.family.need), assigned)
    return steps.maximize(moments)


def _moments(centres: ArrayKD, need: Need, block: Block) -> Moments:
    assignment = block.columns["assignment"]
    responsibilities = bring(_one_hot(assignment, len(centres)), block.rows)
    if block.weights is not None:
        responsibilities = responsibilities * as_float64(block.weights)[:, None]
    return collect(block.rows, responsibilities, centres, need)


def _one_hot(assignment: Assignment, n_components: int) -> Float:
    if assignment.ndim == 2:
        return assignment.astype(np.float64, copy=False)
    return np.asarray(assignment[:, None] == np.arange(n_components), dtype=np.float64)
