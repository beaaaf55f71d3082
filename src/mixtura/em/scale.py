"""Where the data lie, and how far they spread: what `reg_covar` is held against, and starts need.

Of rows with missing entries, the entries that are there tell it.
"""

from dataclasses import replace
from functools import partial, reduce
from operator import add

import numpy as np

from mixtura._array import bring, row_ranges, rows_per_block
from mixtura.data import Resident, Source
from mixtura.data.inspection import Inspected, first_entries
from mixtura.distribution import Mixture
from mixtura.engine import Engine
from mixtura.moments import DIAGONAL, FULL, POOLED, Moments, Need, Observed, collect_assigned
from mixtura.typing import ArrayD, ArrayDD, ArrayKD, Assignment, Block


def origin(source: Source) -> ArrayKD:
    """A point among the data, shape (1, d): the first entry of each feature that has weight."""
    if isinstance(source, Inspected) and source.inspection is not None:
        return source.inspection.first[None]
    point = np.full(source.n_features, np.nan)
    for block in source:
        point = np.where(np.isnan(point), first_entries(block), point)
        if not np.isnan(point).any():
            return point[None]
    raise ValueError("No row has weight.")


def observed_in(
    engine: Engine, source: Resident, assignment: Assignment, n_components: int, centre: ArrayD
) -> Observed:
    """What the entries that are there tell of each component, from labels or responsibilities."""
    assigned = source.with_columns(assignment=assignment)
    sums: Observed = engine.sum(partial(_observed, centre, n_components), assigned)
    return sums


def observed(engine: Engine, source: Source) -> Observed:
    """What the entries that are there tell of all rows as one component."""
    sums: Observed = engine.sum(partial(_observed_of_all, origin(source)[0]), source)
    return sums


def _observed_of_all(centre: ArrayD, block: Block) -> Observed:
    one_cluster = np.zeros(block.rows.shape[0], dtype=np.int64)
    return _observed(centre, 1, replace(block, columns={"assignment": one_cluster}))


def _observed(centre: ArrayD, n_components: int, block: Block) -> Observed:
    assignment = block.columns["assignment"]
    floats_per_row = n_components + block.rows.shape[1]
    parts = []
    for rows in row_ranges(len(assignment), rows_per_block(floats_per_row)):
        part = assignment[rows]
        shares = part[:, None] == np.arange(n_components) if part.ndim == 1 else part
        own = Block(
            block.rows[rows, :], None if block.weights is None else block.weights[rows], rows.start
        )
        parts.append(Observed.of(own, bring(shares.astype(np.float64), block.rows), centre))
    return reduce(add, parts)


THINNEST = 1e-11
"""Of a feature's variance: as good as none, though rounding leaves it.

Rounded data have rows that are alike in a feature. Where `reg_covar` is 0, a component on some of
them shrinks towards them faster and faster until it has no extent; this finds it on its way.
"""


def thinnest_variances(engine: Engine, source: Source) -> ArrayD:
    """Variances that are as good as none, shape (d,)."""
    return THINNEST * column_variances(engine, source)


def column_variances(engine: Engine, source: Source) -> ArrayD:
    """The weighted variance of each column, shape (d,)."""
    if source.is_incomplete:
        return np.asarray(observed(engine, source).variances()[0])
    rough: Moments = engine.sum(partial(_moments_of_all, origin(source), need=DIAGONAL), source)
    centred = rough.centred
    return np.asarray(np.maximum(centred.scatter[0], 0) / centred.counts[0])


def mean_and_covariance(engine: Engine, source: Source) -> tuple[ArrayD, ArrayDD]:
    """The weighted mean (d,) and covariance (d, d) of the rows, the latter with n - 1.

    n is the sum of the weights, as weights count rows. A missing entry counts as its feature's mean
    and variance, so that the covariance stays one.
    """
    rough: Moments
    if source.is_incomplete:
        of_all = observed(engine, source)
        given = of_all.mixture(of_all)
        rough = engine.sum(partial(_moments_of_all, given.means, need=FULL, given=given), source)
    else:
        rough = engine.sum(partial(_moments_of_all, origin(source), need=FULL), source)
    return mean_and_covariance_of(rough)


def mean_and_covariance_of(moments: Moments) -> tuple[ArrayD, ArrayDD]:
    """Those of all rows that have these moments, without what was added to variances.

    Where moments know no correlations the covariance has none, and the same variance for all
    features where only the trace is known.
    """
    n = float(moments.counts.sum())
    if n <= 1:
        raise ValueError(
            f"The weights sum to {n:g}: from fewer than two rows a prior gets no scale; give one."
        )
    mean = moments.counts / n @ moments.means()
    plain = moments.regularized(-np.asarray(moments.reg_covar))
    about = plain.about(np.broadcast_to(mean, moments.centres.shape))
    if about.need in (FULL, POOLED):
        scatter = about.scatter if about.need.pooled else about.scatter.sum(axis=0)
    else:
        scatter = np.diag(about.variance_sums().sum(axis=0))
    return mean, np.asarray(scatter / (n - 1))


def _moments_of_all(
    centre: ArrayKD, block: Block, need: Need, given: Mixture | None = None
) -> Moments:
    one_cluster = np.zeros(block.rows.shape[0], dtype=np.int64)
    return collect_assigned(block, one_cluster, centre, need, given)
