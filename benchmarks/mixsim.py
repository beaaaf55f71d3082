"""Random mixtures whose components overlap as much as is asked.

How often a row of component i is taken for one of component j (Maitra and Melnykov 2010),

    omega_{j|i} = P( pi_i N(x; mu_i, Sigma_i) < pi_j N(x; mu_j, Sigma_j) ),  x ~ N(mu_i, Sigma_i),

is P(Q < 0) for a quadratic form Q of a standard normal y: with eigenvalues lambda_l and
eigenvectors of Sigma_i^{1/2} Sigma_j^{-1} Sigma_i^{1/2}, and delta the coordinates of
Sigma_i^{-1/2} (mu_i - mu_j) along them,

    Q = sum_l [(lambda_l - 1) y_l^2 + 2 lambda_l delta_l y_l] + c,
    c = sum_l lambda_l delta_l^2 - 2 log(pi_j / pi_i) - log |Sigma_i| + log |Sigma_j|.

With M(s) = E e^{sQ}, which is known, P(Q < 0) = -(1 / pi) int_0^inf Re[M(s) / s] dt, s = -1/4 + it.
No singularity is closer than 1/4, so that the midpoint rule with steps h errs by e^{-pi / (2 h)}.
By Chernoff's bound P(Q < 0) <= M(-1/4), so pairs are left out where that is negligible.

References
----------
Maitra, R. and Melnykov, V. (2010). Simulating data to study performance of finite mixture modeling
and clustering algorithms. Journal of Computational and Graphical Statistics 19, 354-376.

Melnykov, V., Chen, W.-C. and Maitra, R. (2012). MixSim: an R package for simulating data to study
performance of clustering algorithms. Journal of Statistical Software 51, 1-25.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import brentq
from scipy.stats import ortho_group

import mixtura as mx
from cases import Floats

STEP, POINTS, FURTHEST = 0.1, 64, 500.0
"""Of t: its steps, how many are looked at together, and where to end in any case."""

NEGLIGIBLE = 1e-7


@dataclass(frozen=True)
class Pairs:
    """The quadratic forms of all ordered pairs (i, j) of components, i != j, one after the other.

    Attributes
    ----------
    lam, delta : ndarray of shape (K (K - 1), d)
    log_odds : ndarray of shape (K (K - 1),)
        What -c has beside the sum.
    n_components : int
    """

    lam: Floats
    delta: Floats
    log_odds: Floats
    n_components: int

    @classmethod
    def of(cls, mixture: mx.Mixture) -> Self:
        """Those of a mixture with full covariances."""
        weights, means, K = mixture.weights, mixture.means, mixture.n_components
        i, j = np.nonzero(~np.eye(K, dtype=bool))
        root = np.linalg.cholesky(mixture.covariances)  # L y is a row of i less its mean
        W = np.linalg.solve(root[j], root[i])
        lam, axes = np.linalg.eigh(W.swapaxes(1, 2) @ W)
        apart = np.linalg.solve(root[i], (means[i] - means[j])[..., None])
        log_det = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
        log_odds = 2 * np.log(weights[j] / weights[i]) + log_det[i] - log_det[j]
        return cls(lam, (axes.swapaxes(1, 2) @ apart)[..., 0], log_odds, K)

    def omega(self, scale: float = 1.0) -> Floats:
        """omega_{j|i} at [i, j], of covariances that are multiplied by `scale`; 0 for i = j."""
        delta = self.delta / np.sqrt(scale)
        a, b = self.lam - 1, 2 * self.lam * delta
        c = (self.lam * delta**2).sum(axis=1) - self.log_odds
        omega = np.zeros((self.n_components, self.n_components))
        omega[~np.eye(self.n_components, dtype=bool)] = below_zero(a, b, c)
        return omega


def below_zero(a: Floats, b: Floats, c: Floats) -> Floats:
    """P(sum_l (a_l y_l^2 + b_l y_l) + c < 0) of standard normal y and a > -1, form by form.

    Parameters
    ----------
    a, b : ndarray of shape (m, d)
    c : ndarray of shape (m,)
    """
    probability = np.zeros(len(c))
    left, t = np.arange(len(c)), STEP * (np.arange(POINTS) + 0.5)
    left = left[transform(a, b, c, np.array([-0.25]))[:, 0].real > NEGLIGIBLE]
    while len(left) and t[0] < FURTHEST:
        s = -0.25 + 1j * t
        integrand = transform(a[left], b[left], c[left], s) / s
        probability[left] -= STEP / np.pi * integrand.real.sum(axis=1)
        left = left[np.abs(integrand[:, -1]) * t[-1] > NEGLIGIBLE]
        t = t + STEP * POINTS
    return np.clip(probability, 0, 1)


def transform(a: Floats, b: Floats, c: Floats, s: Floats) -> Floats:
    """M(s) = e^{cs} prod_l (1 - 2 a_l s)^{-1/2} exp(b_l^2 s^2 / (2 - 4 a_l s)), forms by points."""
    log = c[:, None] * s
    for a_l, b_l in zip(a.T[..., None], b.T[..., None], strict=True):
        u = 1 - 2 * a_l * s
        log = log + (b_l * s) ** 2 / (2 * u) - np.log(u) / 2
    return np.asarray(np.exp(log))


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
        return summary(overlaps(pairs.omega(np.exp(log_scale)))) - overlap

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
