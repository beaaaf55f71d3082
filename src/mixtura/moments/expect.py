"""The E-step: a mixture and a block of rows make moments.

Where the kernel takes the rows, it makes them. The lines here say the same over the Array API, for
rows of any library; the moments come back to NumPy.
"""

import math

import numpy as np

from mixtura import _kernel
from mixtura._array import as_float64, bring, namespace, to_numpy
from mixtura.distribution import Mixture
from mixtura.distribution.posterior import float32_suffices, kernel_parameters, posterior
from mixtura.moments.moments import Moments
from mixtura.moments.need import Need
from mixtura.typing import AnyND, AnyNK, ArrayKD, Assignment, Block


def expect(mixture: Mixture, need: Need, block: Block, centres: ArrayKD | None = None) -> Moments:
    """The moments of a block under a mixture, about its means (or about `centres`).

    The E-step of Dempster, Laird and Rubin (1977): r_ik = pi_k N(x_i | mu_k, Sigma_k) / p(x_i),
    and their weighted sums. A sample weight is one factor on the responsibilities.
    """
    about = mixture.means if centres is None else centres
    if _kernel.takes(block.rows, mixture.storage.kind, need.name):
        parameters = kernel_parameters(mixture)
        single = float32_suffices(mixture, block.rows)
        onto = need.onto(*about.shape)
        sums = _kernel.expect(
            block.rows,
            block.weights,
            parameters,
            need.name,
            about,
            projections=onto,
            single=single,
        )
        return _moments(_kept(sums, need), about, need)
    log_density, responsibilities = posterior(mixture, block.rows)
    xp = namespace(log_density)
    if block.weights is not None:
        weights = as_float64(block.weights)
        responsibilities = responsibilities * weights[:, None]
        # A row without weight does not count, even where its density is 0.
        log_density = weights * xp.where(weights > 0, log_density, xp.zeros_like(log_density))
    return collect(block.rows, responsibilities, about, need, float(xp.sum(log_density)))


def collect_assigned(block: Block, assignment: Assignment, centres: ArrayKD, need: Need) -> Moments:
    """The moments of rows that are assigned by labels (n,) or responsibilities (n, K)."""
    if _kernel.takes(block.rows, need.name):
        onto = need.onto(*centres.shape)
        sums = _kernel.collect(block.rows, block.weights, assignment, need.name, centres, onto)
        return _moments(_kept(sums, need), centres, need)
    if assignment.ndim == 1:
        assignment = assignment[:, None] == np.arange(len(centres))
    responsibilities = bring(assignment.astype(np.float64), block.rows)
    if block.weights is not None:
        responsibilities = responsibilities * as_float64(block.weights)[:, None]
    return collect(block.rows, responsibilities, centres, need)


def collect(
    rows: AnyND,
    responsibilities: AnyNK,
    centres: ArrayKD,
    need: Need,
    log_likelihood: float = math.nan,
) -> Moments:
    """N_k = sum r, S1_k = sum r (x - c_k), S2_k = sum r (x - c_k)(x - c_k)^T, with r weighted."""
    xp = namespace(rows)
    residuals = as_float64(rows)[None, :, :] - bring(centres, rows)[:, None, :]
    sums = (
        to_numpy(xp.sum(responsibilities, axis=0)),
        to_numpy(xp.matmul(responsibilities.T[:, None, :], residuals)[:, 0, :]),
        to_numpy(need.scatter(residuals, responsibilities)),
        log_likelihood,
    )
    return _moments(sums, centres, need)


def _kept(sums: _kernel.Sums, need: Need) -> _kernel.Sums:
    counts, first, scatter, log_likelihood = sums
    return counts, first, need.kept(scatter), log_likelihood


def _moments(sums: _kernel.Sums, centres: ArrayKD, need: Need) -> Moments:
    counts, first, scatter, log_likelihood = sums
    return Moments(
        counts=counts,
        sums=first,
        scatter=scatter,
        centres=centres,
        need=need,
        total_weight=float(counts.sum()),
        log_likelihood=log_likelihood,
    )
