"""Seeds drawn where the mixture of those before fits worst.

With D_i the smallest Mahalanobis distance of row i to a component of the mixture so far, the next
mean is drawn with probabilities

    p_i = s w_i D_i / sum_l w_l D_l + (1 - s) w_i / sum_l w_l

It is the best of a few such trials, with a covariance as that within the components before, by the
least sum of w_i (D_ik + log |Sigma_k|) over rows and their best components. Rows then go to these,
and every component takes the mean and covariance of its rows: a long cluster draws no second seed,
as it does in k-means++.

Bloemer, J. and Bujna, K. (2016). Adaptive seeding for Gaussian mixture models. Advances in
Knowledge Discovery and Data Mining, 296-308.
"""

import numpy as np

from mixtura._linalg import inverse_cholesky
from mixtura.typing import ArrayKD, ArrayKDD, Float, Indices

DISTANT_SHARE = 0.5
"""s. The rest is uniform, so that outliers do not take all seeds."""

N_TRIALS = 6
"""With one, two of three clusters far apart often stay together; more than six gain little."""

LEAST_VARIANCE = 1e-6
"""Of a component along any axis, where that of all rows is 1."""

LAST_ROUNDS = 10
"""Of labelling the rows, after the last seed."""


def adaptive_labels(
    points: Float, n_components: int, rng: np.random.RandomState, weights: Float
) -> Indices:
    """Labels (n,) of components that grow from seeds; the first begins with all rows.

    Parameters
    ----------
    points : ndarray of shape (n, r)
        In whitened coordinates.
    weights : ndarray of shape (n,)
    """
    shares = weights / weights.sum()
    labels, means = np.zeros(len(points), dtype=np.int64), np.zeros((1, points.shape[1]))
    for _ in range(n_components - 1):
        means, covariances, pooled = _components(points, labels, shares, means)
        distances, misfits = _misfits(points, means, covariances)
        chances = _chances(distances.min(axis=0), shares)
        trials = points[rng.choice(len(points), N_TRIALS, p=chances)]
        _, of_trials = _misfits(points, trials, np.repeat(pooled, N_TRIALS, axis=0))
        least = np.minimum(misfits.min(axis=0), of_trials)
        best = int(np.argmin(least @ shares))
        means = np.concatenate([means, trials[[best]]])
        labels = np.concatenate([misfits, of_trials[[best]]]).argmin(axis=0)
    return _settled(points, labels, shares, means)


def _settled(points: Float, labels: Indices, shares: Float, means: ArrayKD) -> Indices:
    """The labels after some rounds in which components take the rows that they fit best."""
    for _ in range(LAST_ROUNDS):
        before = labels
        means, covariances, _ = _components(points, labels, shares, means)
        labels = _misfits(points, means, covariances)[1].argmin(axis=0)
        if (labels == before).all():
            break
    return labels


def _chances(distances: Float, shares: Float) -> Float:
    distant = shares * distances
    if not distant.any():
        return shares
    return np.asarray(DISTANT_SHARE * distant / distant.sum() + (1 - DISTANT_SHARE) * shares)


def _components(
    points: Float, labels: Indices, shares: Float, before: ArrayKD
) -> tuple[ArrayKD, ArrayKDD, ArrayKDD]:
    """Means, covariances and the one within components, (1, r, r), of labelled rows.

    A component's covariance is (S_k + v P) / (n_k + v), with P the one within components and v the
    number of rows that one needs: few rows tell their mean better than their shape. A component
    without rows stays where it was before.
    """
    n, n_features = points.shape
    means, counts = before.copy(), np.zeros(len(before))
    scatters = np.zeros((len(before), n_features, n_features))
    for k in range(len(before)):
        own = labels == k
        rows, w = points[own], n * shares[own]
        counts[k] = w.sum()
        if counts[k] > 0:
            means[k] = w @ rows / counts[k]
            residuals = rows - means[k]
            scatters[k] = (w[:, None] * residuals).T @ residuals
    pooled = scatters.sum(axis=0) / n + LEAST_VARIANCE * np.eye(n_features)
    borrowed = n_features + 1
    covariances = (scatters + borrowed * pooled) / (counts + borrowed)[:, None, None]
    return means, covariances, pooled[None]


def _misfits(points: Float, means: ArrayKD, covariances: ArrayKDD) -> tuple[Float, Float]:
    """Squared Mahalanobis distances (K, n), and the same with log |Sigma_k| added."""
    factors = inverse_cholesky(covariances)
    distances = np.empty((len(means), len(points)))
    for k, (mean, factor) in enumerate(zip(means, factors, strict=True)):
        whitened = (points - mean) @ factor.T
        distances[k] = np.einsum("nd,nd->n", whitened, whitened)
    log_dets = -2 * np.log(factors.diagonal(0, -2, -1)).sum(axis=-1)
    return distances, distances + log_dets[:, None]
