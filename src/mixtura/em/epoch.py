"""One pass of stepwise EM over rows that are read in passes, before the exact ones.

From a mixture that fits a sample of the rows, an exact pass takes one step of EM; this one takes a
small step after every few thousand rows, and comes closer to the end than several exact passes,
which then go on from there. It pays where each part of the rows is like all of them. Files are
often sorted, by time or by what the clusters are made of, and steps would follow what comes last:
so the pass ends, and the mixture it began from is kept, with the first part that is not what the
mixture expects. With N_k, S1_k the moments of a part of weight w about the means,

    sum_k (N_k - w pi_k)^2 / (w pi_k) / (K - 1)        sum_kj S1_kj^2 / (N_k Sigma_kjj) / (K d)

are about 1, or less, where its rows are drawn from all, and of the order of w where they are not.
"""

from collections.abc import Iterator

import numpy as np

from mixtura._array import on_host
from mixtura._linalg import TINY
from mixtura.data import ArraySource, Source
from mixtura.distribution import Mixture
from mixtura.em.steps import Steps
from mixtura.em.stepwise import Pace, Running, next_mixture
from mixtura.moments import Moments, believed, expect
from mixtura.typing import AnyN, Block

PACE = Pace(exponent=0.8)
"""Steps that fall fast: the mixture is a good one already."""

ROWS_PER_STEP = 2**13
"""So many cost ten times an M-step, and hold hundreds for each of some ten components."""

SURPRISE = 10.0
"""So many times their expectation are squares that chance does not explain."""


def stepwise_epoch(mixture: Mixture, steps: Steps, seen: float) -> Mixture:
    """A mixture nearer to the end of EM, where the rows are in no order; else the one given.

    Parameters
    ----------
    mixture : Mixture
        The fit of a sample of the rows.
    steps : Steps
        Of EM on all rows, whose blocks are worked on here.
    seen : float
        The weight of the sample, in the units of the rows' weights.
    """
    need = steps.family.need_to_keep()
    running = Running(believed(mixture, need, seen, 0.0, steps.reg_covar), 1, seen)
    current = mixture
    for part in _parts(steps.source):
        moments = expect(current, need, part)
        if moments.total_weight == 0:
            continue
        if _surprise(current, moments, part.weights, running.seen) > SURPRISE:
            return mixture
        running = running.after(moments.regularized(steps.reg_covar), PACE)
        current, running, _ = next_mixture(current, running, steps)
    return current


def _parts(source: Source) -> Iterator[Block]:
    """The blocks, in parts of so many rows."""
    for block in source:
        yield from ArraySource(
            block.rows, block.weights, ROWS_PER_STEP, block.columns, block.patterns
        )


def _surprise(mixture: Mixture, moments: Moments, weights: AnyN | None, seen: float) -> float:
    """How many times their expectation the squares are, if the part is like all rows."""
    expected = moments.total_weight * mixture.weights
    of_counts = ((moments.counts - expected) ** 2 / expected).sum() / max(1, len(expected) - 1)
    variances = np.maximum(moments.counts, TINY)[:, None] * mixture.storage.variances()
    of_means = (moments.sums**2 / variances).mean()
    host = None if weights is None else on_host(weights)
    per_row = 1.0 if host is None else float(host @ host) / moments.total_weight
    known = 1 + moments.total_weight / seen  # the mixture itself comes from so many rows
    return float(max(of_counts, of_means)) / (per_row * known)
