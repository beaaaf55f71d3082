"""One component more: each of K split in two along its longest axis.

A component with weight w, mean mu and covariance Sigma = D R D, D the standard deviations and R the
correlations, whose longest axis is the unit vector v with length lambda, becomes two with weights
w / 2, means mu +- delta, delta = D sqrt(lambda) v / 2, and covariances Sigma - delta delta^T. The
mixture's mean and covariance stay, and the axis does not change with the units of the features.
"""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.moves import longest_axis


def splits_of(mixture: Mixture) -> list[Mixture]:
    """The K mixtures with K + 1 components, of full covariances, in which one is split."""
    shape = (mixture.n_components, mixture.n_features, mixture.n_features)
    covariances = np.broadcast_to(mixture.storage.dense(), shape)
    splits = []
    for k in range(mixture.n_components):
        delta = longest_axis(covariances[k]) / 2
        weights, means = mixture.weights.copy(), mixture.means.copy()
        weights[k] /= 2
        means[k] += delta
        halved = covariances.copy()
        halved[k] -= np.outer(delta, delta)
        splits.append(
            Mixture(
                np.append(weights, weights[k]),
                np.vstack([means, mixture.means[k] - delta]),
                np.concatenate([halved, halved[k : k + 1]]),
            )
        )
    return splits
