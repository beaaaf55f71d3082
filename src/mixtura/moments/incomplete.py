"""The moments of rows with missing entries: expected ones, given what is observed.

With y = E[x | x_o] - c_k and Cov[x | x_o] = F F^T (distribution/missing.py) a row adds

    r      r y      r (y y^T + F F^T)

to the moments of component k: F's columns count like further residuals. What they are depends on
the pattern of a row alone, so that rows with one pattern add them once.
"""

import math

import numpy as np

from mixtura._array import bring, namespace, take_rows, to_numpy
from mixtura._patterns import Patterns
from mixtura.distribution import Mixture
from mixtura.distribution.missing import expected_residuals
from mixtura.moments.moments import Moments, moments_from
from mixtura.moments.need import Need
from mixtura.typing import AnyND, AnyNK, ArrayKD, Float


def collect_incomplete(
    mixture: Mixture,
    rows: AnyND,
    patterns: Patterns,
    responsibilities: AnyNK,
    centres: ArrayKD,
    need: Need,
    log_likelihood: float = math.nan,
) -> Moments:
    """The expected moments of rows (n, d) with weighted responsibilities (n, K)."""
    xp = namespace(rows)
    counts = np.zeros(len(centres))
    first = np.zeros(centres.shape)
    scatter: Float = np.zeros(())
    shift = bring(mixture.means - centres, rows)[:, None, :]
    for group in patterns.groups():
        r = take_rows(responsibilities, group.rows)
        residuals, roots = expected_residuals(mixture, take_rows(rows, group.rows), group)
        residuals = residuals + shift
        own = xp.sum(r, axis=0)
        counts += to_numpy(own)
        first += to_numpy(xp.matmul(r.T[:, None, :], residuals)[:, 0, :])
        of_roots = xp.broadcast_to(own, (roots.shape[1], len(centres)))
        everything = xp.concat([residuals, bring(roots, rows)], axis=1)
        scatter = scatter + to_numpy(need.scatter(everything, xp.concat([r, of_roots], axis=0)))
    return moments_from((counts, first, scatter, log_likelihood), centres, need)
