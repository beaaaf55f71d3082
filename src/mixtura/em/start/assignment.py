"""From labels or responsibilities to a mixture: an M-step, in two passes.

The first pass finds the means, the second takes the moments about them, as every E-step does. Where
entries are missing, the first finds means and variances from those that are there, and the second
takes a missing one for its component's mean with its variance.
"""

from functools import partial

import numpy as np

from mixtura._array import bring, patterns_of
from mixtura.data import ArraySource, Resident
from mixtura.distribution import Mixture
from mixtura.em.scale import observed, observed_in, origin
from mixtura.em.start.labelled import Labelled
from mixtura.em.start.seeding import Seeds
from mixtura.em.start.trial import likeliest
from mixtura.em.steps import Steps
from mixtura.engine import open_rows
from mixtura.moments import DIAGONAL, Moments, Need, collect_assigned
from mixtura.typing import ArrayKD, Assignment, Block


def mixture_of_seeds(
    seeds: Seeds, n_components: int, source: Resident, steps: Steps
) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of one row for each component."""
    order = np.argsort(seeds.indices)
    rows, weights = source.take(seeds.indices[order])
    chosen = ArraySource(rows, weights, len(order), patterns=patterns_of(rows))
    return steps.maximize(_moments_of(order, n_components, chosen, source, steps))


def mixture_of_sample(
    labelled: Labelled, n_components: int, source: Resident, steps: Steps
) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of a labelled sample of rows.

    Where the family knows several, the one that leads highest.
    """
    sample = labelled.sample
    rows, _ = source.take(sample.indices)
    weights, floats_per_row = bring(sample.weights, rows), n_components * source.n_features
    _, chosen = open_rows(rows, weights, patterns_of(rows), floats_per_row=floats_per_row)
    return likeliest(_moments_of(labelled.labels, n_components, chosen, source, steps), steps)


def mixture_of(
    assignment: Assignment, n_components: int, source: Resident, steps: Steps
) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of assigned rows, and the components repaired in it.

    Where the family knows several, the one that leads highest.

    Parameters
    ----------
    assignment : ndarray of shape (n,) or (n, K)
        Labels or responsibilities of the rows of `source`.
    """
    return likeliest(_moments_of(assignment, n_components, source, source, steps), steps)


def _moments_of(
    assignment: Assignment, n_components: int, rows: Resident, all_rows: Resident, steps: Steps
) -> Moments:
    """The moments of some rows that are assigned; where entries are missing, all rows help."""
    assigned = rows.with_columns(assignment=assignment)
    if all_rows.patterns is None:
        given = None
        point = np.repeat(origin(rows), n_components, axis=0)
        rough = steps.sum(partial(_moments, point, DIAGONAL, given), assigned)
        centres = rough.means()
    else:
        of_all = observed(steps.engine, all_rows)
        own = observed_in(steps.engine, rows, assignment, n_components, of_all.centre)
        given = own.mixture(of_all)
        centres = given.means
        rough = steps.sum(partial(_moments, centres, DIAGONAL, given), assigned)
    need = steps.family.need_to_begin(rough.centred)
    return steps.sum(partial(_moments, centres, need, given), assigned)


def _moments(centres: ArrayKD, need: Need, given: Mixture | None, block: Block) -> Moments:
    return collect_assigned(block, block.columns["assignment"], centres, need, given)
