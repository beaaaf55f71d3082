"""How often a row of one component is taken for one of another.

For x from component i, the probability that j is the more likely one of the two,

    omega_{j|i} = P( pi_i N(x; mu_i, Sigma_i) < pi_j N(x; mu_j, Sigma_j) ),  x ~ N(mu_i, Sigma_i),

is P(Q < 0) for a quadratic form Q of a standard normal y: with eigenvalues lambda_l and
eigenvectors of Sigma_i^{1/2} Sigma_j^{-1} Sigma_i^{1/2}, and delta the coordinates of
Sigma_i^{-1/2} (mu_i - mu_j) along them,

    Q = sum_l [(lambda_l - 1) y_l^2 + 2 lambda_l delta_l y_l] + c,
    c = sum_l lambda_l delta_l^2 - 2 log(pi_j / pi_i) - log |Sigma_i| + log |Sigma_j|.

Maitra, R. and Melnykov, V. (2010). Simulating data to study performance of finite mixture modeling
and clustering algorithms. Journal of Computational and Graphical Statistics 19, 354-376.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._linalg import cholesky, inverse_cholesky, one_blas_thread
from mixtura.distribution import Mixture, as_mixture
from mixtura.typing import ArrayK, Float
from mixtura.uses.quadratic import below_zero


def overlap_matrix(model: object) -> Float:
    """How often a row of each component is taken for one of each other, of the two alone.

    Parameters
    ----------
    model : Mixture or fitted estimator

    Returns
    -------
    omega : ndarray of shape (K, K)
        At [i, j] the probability that a row of component i is more likely one of component j,
        weights considered; its error is about 1e-7, and in two features at most about 1e-5. On the
        diagonal 0, where R's MixSim writes 1; 0 too for components of weight 0. What that package
        calls the overlap of two is omega[i, j] + omega[j, i].

    References
    ----------
    Maitra, R. and Melnykov, V. (2010). Simulating data to study performance of finite mixture
    modeling and clustering algorithms. Journal of Computational and Graphical Statistics 19,
    354-376.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [3, 0]], [1, 1], covariance_type="spherical")
    >>> mx.overlap_matrix(m).round(4)  # Phi(-3 / 2) = 0.0668
    array([[0.    , 0.0668],
           [0.0668, 0.    ]])
    """
    mixture = as_mixture(model)
    alive = np.flatnonzero(mixture.weights > 0)
    omega = np.zeros((mixture.n_components, mixture.n_components))
    chosen = mixture.weights[alive], mixture.means[alive], mixture.storage.select(alive)
    omega[np.ix_(alive, alive)] = Pairs.of(Mixture.of(*chosen)).omega()
    return omega


@dataclass(frozen=True, eq=False)
class Pairs:
    """The quadratic forms of all ordered pairs (i, j) of components, i != j, one after the other.

    Attributes
    ----------
    lam, delta : ndarray of shape (K (K - 1), d)
    log_odds : ndarray of shape (K (K - 1),)
        What -c has beside the sum.
    n_components : int
    """

    lam: Float
    delta: Float
    log_odds: Float
    n_components: int

    @classmethod
    def of(cls, mixture: Mixture) -> Self:
        """Those of a mixture whose weights are positive."""
        K, d = mixture.means.shape
        covariances = np.broadcast_to(mixture.storage.dense(), (K, d, d))
        roots, whiten = cholesky(covariances), inverse_cholesky(covariances)  # L and L^-1
        lam, delta = np.empty((K, K, d)), np.empty((K, K, d))
        with one_blas_thread():
            for i in range(K):
                W = whiten @ roots[i]
                lam[i], axes = np.linalg.eigh(W.swapaxes(1, 2) @ W)
                apart = (mixture.means[i] - mixture.means) @ whiten[i].T
                delta[i] = np.einsum("jdl,jd->jl", axes, apart)
        others = ~np.eye(K, dtype=bool)
        log_odds = _log_odds(mixture.weights, np.broadcast_to(mixture.storage.log_det(), K))
        return cls(lam[others], delta[others], log_odds[others], K)

    def omega(self) -> Float:
        """omega_{j|i} at [i, j], and 0 for i = j."""
        a, b = self.lam - 1, 2 * self.lam * self.delta
        c = (self.lam * self.delta**2).sum(axis=1) - self.log_odds
        omega = np.zeros((self.n_components, self.n_components))
        omega[~np.eye(self.n_components, dtype=bool)] = below_zero(a, b, c)
        return omega


def _log_odds(weights: ArrayK, log_det: ArrayK) -> Float:
    """2 log(pi_j / pi_i) + log |Sigma_i| - log |Sigma_j| at [i, j]."""
    log = 2 * np.log(weights) - log_det
    return np.asarray(log - log[:, None])
