"""EM on some components only: the others, and their share of each row, stay as they are.

With rho_i = sum_{k in S} r_ik the share of row i that the components S have between them, EM on S
is EM for a mixture of |S| components on the same rows with the weights w_i rho_i. What its
log-likelihood gains, the log-likelihood of the whole mixture gains at least; but for rows left out,
of which the components have next to nothing, and for covariances that all components share, which
stay.

Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models.
Neural Computation 12, 2109-2128.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mixtura._array import bring, on_host
from mixtura.distribution import Mixture
from mixtura.em.search.candidate import chosen_components
from mixtura.em.steps import Steps
from mixtura.em.stopping import Stopping
from mixtura.em.together import run_each
from mixtura.engine import open_rows
from mixtura.family import unrestricted
from mixtura.typing import Float

A_LITTLE = Stopping(1e-4, 12)
"""Enough for the components concerned to find their places."""

LEAST_SHARE = 1e-3
"""Rows of which the components have less are left out."""


def restricted_to(shares: Float, steps: Steps) -> Steps | None:
    """The steps on the rows that have these shares (n,); None where there are too few of them.

    Components that are worked on by themselves are free of what restricts them all together.
    """
    chosen = np.flatnonzero(shares > LEAST_SHARE)
    if len(chosen) < 2:
        return None
    taken, weights = steps.resident.take(chosen)
    own = shares[chosen] if weights is None else shares[chosen] * on_host(weights)
    patterns = steps.resident.patterns
    engine, source = open_rows(
        taken,
        bring(own, taken),
        None if patterns is None else patterns[chosen],
        floats_per_row=4 * steps.source.n_features,
    )
    return replace(steps, engine=engine, source=source, family=unrestricted(steps.family))


def part_of(mixture: Mixture, components: Sequence[int]) -> Mixture:
    """Some components by themselves."""
    chosen = list(components)
    return chosen_components(mixture, chosen, mixture.weights[chosen])


def refined(mixture: Mixture, components: Sequence[int], shares: Float, steps: Steps) -> Mixture:
    """The mixture after a little EM on these components, which have these shares (n,) of the rows.

    As it was where there are too few rows for it.
    """
    own = restricted_to(shares, steps)
    part = part_of(mixture, components)
    ended = [] if own is None else run_each([part], own, A_LITTLE)
    return with_part(mixture, components, ended[0][0]) if ended else mixture


def with_part(mixture: Mixture, components: Sequence[int], part: Mixture) -> Mixture:
    """The mixture with some components replaced, which keep their weight in all."""
    places = np.arange(mixture.n_components)
    places[list(components)] = mixture.n_components + np.arange(len(components))
    weight = mixture.weights[list(components)].sum()
    return Mixture.of(
        np.concatenate([mixture.weights, weight * part.weights])[places],
        np.concatenate([mixture.means, part.means])[places],
        mixture.storage.joined(part.storage).select(places),
        mixture.feature_names,
    )
