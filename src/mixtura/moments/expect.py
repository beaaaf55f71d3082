"""The E-step: a mixture and a block of rows make moments.

Where the kernel takes the rows, it makes them. The lines here say the same over the Array API, for
rows of any library; the moments come back to NumPy.
"""

import math
from dataclasses import replace

import numpy as np

from mixtura import _kernel
from mixtura._array import as_float64, bring, namespace, to_numpy
from mixtura.distribution import Mixture
from mixtura.distribution.posterior import float32_suffices, kernel_parameters, posterior
from mixtura.moments.incomplete import collect_incomplete
from mixtura.moments.moments import Moments, moments_from
from mixtura.moments.need import Need
from mixtura.typing import AnyND, AnyNK, ArrayKD, Assignment, Block, Indices


def expect(mixture: Mixture, need: Need, block: Block, centres: ArrayKD | None = None) -> Moments:
    """The moments of a block under a mixture, about its means (or about `centres`).

    The E-step of Dempster, Laird and Rubin (1977): r_ik = pi_k N(x_i | mu_k, Sigma_k) / p(x_i),
    and their weighted sums. A sample weight is one factor on the responsibilities. Where the rows
    can have come from some components only, the sum p(x_i) goes over those.
    """
    if block.components is not None:
        return _expect_of_some(mixture, need, block, block.components, centres)
    about = mixture.means if centres is None else centres
    is_incomplete = block.patterns is not None
    if _kernel.takes(block.rows, mixture.storage.kind, need.name, incomplete=is_incomplete):
        sums = _kernel.expect(
            block.rows,
            block.weights,
            kernel_parameters(mixture),
            need.name,
            about,
            projections=need.onto(*about.shape),
            single=float32_suffices(mixture, block.rows),
            patterns=block.patterns,
        )
        return moments_from(_kept(sums, need), about, need)
    log_density, responsibilities = posterior(mixture, block.rows, block.patterns)
    xp = namespace(log_density)
    if block.weights is not None:
        weights = as_float64(block.weights)
        responsibilities = responsibilities * weights[:, None]
        # A row without weight does not count, even where its density is 0.
        log_density = weights * xp.where(weights > 0, log_density, xp.zeros_like(log_density))
    log_likelihood = float(xp.sum(log_density))
    if block.patterns is not None:
        return collect_incomplete(
            mixture, block.rows, block.patterns, responsibilities, about, need, log_likelihood
        )
    return collect(block.rows, responsibilities, about, need, log_likelihood)


def _expect_of_some(
    mixture: Mixture, need: Need, block: Block, components: Indices, centres: ArrayKD | None
) -> Moments:
    """The moments of rows whose responsibilities are 0 for all other components."""
    about = mixture.means if centres is None else centres
    some = Mixture.of(
        mixture.weights[components], mixture.means[components], mixture.storage.select(components)
    )
    own = need.some(components)
    part = expect(some, own, replace(block, components=None), about[components])
    counts, sums = np.zeros(len(about)), np.zeros(about.shape)
    counts[components], sums[components] = part.counts, part.sums
    scatter = need.among(part.scatter, components, len(about))
    return moments_from((counts, sums, scatter, part.log_likelihood), about, need)


def collect_assigned(
    block: Block,
    assignment: Assignment,
    centres: ArrayKD,
    need: Need,
    given: Mixture | None = None,
) -> Moments:
    """The moments of rows that are assigned by labels (n,) or responsibilities (n, K).

    Missing entries are what their components in the mixture `given` expect.
    """
    if block.patterns is None:
        given = None
    elif given is None:
        raise ValueError("Rows with missing entries need a mixture that tells what they may be.")
    kinds = (need.name,) if given is None else (need.name, given.storage.kind)
    if _kernel.takes(block.rows, *kinds, incomplete=given is not None):
        sums = _kernel.collect(
            block.rows,
            block.weights,
            assignment,
            need.name,
            centres,
            need.onto(*centres.shape),
            None if given is None else kernel_parameters(given),
            block.patterns,
        )
        return moments_from(_kept(sums, need), centres, need)
    if assignment.ndim == 1:
        assignment = assignment[:, None] == np.arange(len(centres))
    responsibilities = bring(assignment.astype(np.float64), block.rows)
    if block.weights is not None:
        responsibilities = responsibilities * as_float64(block.weights)[:, None]
    if given is not None and block.patterns is not None:
        return collect_incomplete(
            given, block.rows, block.patterns, responsibilities, centres, need
        )
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
    return moments_from(sums, centres, need)


def _kept(sums: _kernel.Sums, need: Need) -> _kernel.Sums:
    counts, first, scatter, log_likelihood = sums
    return counts, first, need.kept(scatter), log_likelihood
