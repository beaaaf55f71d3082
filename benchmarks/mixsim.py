"""Random mixtures whose components overlap as much as is asked (Maitra and Melnykov 2010).

References
----------
Maitra, R. and Melnykov, V. (2010). Simulating data to study performance of finite mixture modeling
and clustering algorithms. Journal of Computational and Graphical Statistics 19, 354-376.

Melnykov, V., Chen, W.-C. and Maitra, R. (2012). MixSim: an R package for simulating data to study
performance of clustering algorithms. Journal of Statistical Software 51, 1-25.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq
from scipy.stats import ortho_group

import mixtura as mx
from cases import Floats
from mixtura.uses.overlap import Pairs


def overlaps(omega: Floats) -> Floats:
    """omega_{j|i} + omega_{i|j} of all pairs i < j."""
    return np.asarray((omega + omega.T)[np.triu_indices(len(omega), 1)])


Summary = Callable[[Floats], float]


def scaled_to(mixture: mx.Mixture, overlap: float, summary: Summary = np.mean) -> mx.Mixture:
    """The mixture with covariances scaled, all alike, until the overlaps' summary is so much.

    Raises
    ------
    ValueError
        Where covariances as large as may be do not overlap so much.
    """
    pairs = Pairs.of(mixture)

    def missing(log_scale: float) -> float:
        scaled = replace(pairs, delta=pairs.delta * np.exp(-log_scale / 2))
        return summary(overlaps(scaled.omega())) - overlap

    ends = -14.0, 14.0  # from nothing to as if means were equal
    if missing(ends[1]) < 0:
        raise ValueError("Components of such shapes never overlap so much.")
    scale = np.exp(brentq(missing, *ends, xtol=1e-5))
    return mx.Mixture(mixture.weights, mixture.means, scale * mixture.covariances)


def elongated(K: int, d: int, overlap: float, seed: int, summary: Summary = np.mean) -> mx.Mixture:
    """A mixture of unbalanced weights and elongated, freely turned components.

    Means are uniform in the unit cube. Variances along a component's axes are log-uniform within a
    factor of 100, and volumes differ by one of up to 10; in many features components so unlike
    never overlap as asked, and both factors are brought down until they do. Half of all weight is
    shared equally, half at random (Dirichlet), so that the smallest is at least 1 / (2 K).
    """
    rng = np.random.default_rng(seed)
    weights = 0.5 / K + 0.5 * rng.dirichlet(np.ones(K))
    means = rng.random((K, d))
    axes = ortho_group(d, seed=rng).rvs(K).reshape(K, d, d)
    log_variances = rng.uniform(-2, 0, (K, d)) + rng.uniform(-0.5, 0.5, (K, 1)) / d
    unlike = 1.0
    while True:
        variances = 10 ** (unlike * log_variances)
        covariances = (axes * variances[:, None]) @ axes.swapaxes(1, 2)
        try:
            return scaled_to(mx.Mixture(weights, means, covariances), overlap, summary)
        except ValueError:
            unlike *= 0.8
