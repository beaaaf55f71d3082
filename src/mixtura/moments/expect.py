"""The E-step: a mixture and a block of rows make moments.

Written over the Array API: the rows may be NumPy's, torch's or any other library's, and the moments
come back to NumPy.
"""

from mixtura._array import as_float64, bring, namespace, to_numpy
from mixtura.distribution import Mixture
from mixtura.distribution.posterior import posterior
from mixtura.moments.moments import Moments
from mixtura.moments.need import Need
from mixtura.typing import AnyND, AnyNK, ArrayKD, Block


def expect(mixture: Mixture, need: Need, block: Block, centres: ArrayKD | None = None) -> Moments:
    """The moments of a block under a mixture, about its means (or about `centres`).

    The E-step of Dempster, Laird and Rubin (1977): r_ik = pi_k N(x_i | mu_k, Sigma_k) / p(x_i),
    and their weighted sums. A sample weight is one factor on the responsibilities.
    """
    log_density, responsibilities = posterior(mixture, block.rows)
    xp = namespace(log_density)
    if block.weights is not None:
        weights = as_float64(block.weights)
        responsibilities = responsibilities * weights[:, None]
        # A row without weight does not count, even where its density is 0.
        log_density = weights * xp.where(weights > 0, log_density, xp.zeros_like(log_density))
    return collect(
        block.rows,
        responsibilities,
        mixture.means if centres is None else centres,
        need,
        log_likelihood=float(xp.sum(log_density)),
    )


def collect(
    rows: AnyND,
    responsibilities: AnyNK,
    centres: ArrayKD,
    need: Need,
    log_likelihood: float = float("nan"),
) -> Moments:
    """The moments of rows with these (weighted) responsibilities about these centres."""
    xp = namespace(rows)
    residuals = as_float64(rows)[None, :, :] - bring(centres, rows)[:, None, :]
    counts = to_numpy(xp.sum(responsibilities, axis=0))
    return Moments(
        counts=counts,
        sums=to_numpy(xp.matmul(responsibilities.T[:, None, :], residuals)[:, 0, :]),
        scatter=to_numpy(need.scatter(residuals, responsibilities)),
        centres=centres,
        need=need,
        total_weight=float(counts.sum()),
        log_likelihood=log_likelihood,
    )
