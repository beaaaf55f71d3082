"""Fewer components, the same mean and covariance: pairs are merged where it changes least.

Where i and j become the Gaussian with their joint weight, mean and covariance S_ij, the
Kullback-Leibler divergence from the mixture before to the one after is at most

    B(i, j) = 1/2 [(w_i + w_j) log |S_ij| - w_i log |Sigma_i| - w_j log |Sigma_j|]

and the pair with the smallest bound is merged, again and again.

Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE Transactions
on Aerospace and Electronic Systems 43, 989-999.
"""

from operator import index

import numpy as np

from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.as_one import as_one, costs_as_one
from mixtura.typing import ArrayK, ArrayKD, ArrayKDD, Indices


def reduce_mixture(model: object, n_components: int) -> Mixture:
    """The mixture with fewer components, merged in pairs that keep its mean and covariance.

    It looks at no rows: components that say nearly the same become one, as after a search with
    many components, or a product or prediction that has multiplied them.

    Parameters
    ----------
    model : Mixture or fitted estimator
    n_components : int
        From 1 to the K of the mixture.

    Returns
    -------
    mixture : Mixture
        With full covariances, since only those can keep all second moments; a merged component
        stands at the place of its first. With n_components = K the mixture itself.

    Raises
    ------
    ValueError
        Where `n_components` is not between 1 and K.

    References
    ----------
    Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE
    Transactions on Aerospace and Electronic Systems 43, 989-999.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.3, 0.3, 0.4], [[0], [0.5], [9]], [1, 1, 1], covariance_type="spherical")
    >>> fewer = mx.reduce_mixture(m, 2)
    >>> fewer.means.round(2).tolist()
    [[0.25], [9.0]]
    >>> bool(abs(fewer.covariance() - m.covariance()) < 1e-12)
    True
    """
    mixture = as_mixture(model)
    n_left = index(n_components)
    if not 1 <= n_left <= mixture.n_components:
        raise ValueError(
            f"n_components must be from 1 to {mixture.n_components}, which the mixture has, "
            f"but it is {n_components}."
        )
    if n_left == mixture.n_components:
        return mixture
    shape = (mixture.n_components, mixture.n_features, mixture.n_features)
    weights, means = mixture.weights.copy(), mixture.means.copy()
    covariances = np.broadcast_to(mixture.storage.dense(), shape).copy()
    kept = _merge_down_to(n_left, weights, means, covariances)
    return Mixture(
        weights[kept], means[kept], covariances[kept], feature_names=mixture.feature_names
    )


def _merge_down_to(n_left: int, weights: ArrayK, means: ArrayKD, covariances: ArrayKDD) -> Indices:
    """Merge pairs, in place, until `n_left` components are there; which those are."""
    kept = np.arange(len(weights))
    bounds = np.full((len(weights), len(weights)), np.inf)
    for i in range(len(weights)):
        others = kept[i + 1 :]
        bounds[i, others] = costs_as_one(i, others, weights, means, covariances)
    while len(kept) > n_left:
        i, j = divmod(int(bounds.argmin()), len(weights))
        pair = [i, j]
        weights[i], means[i], covariances[i] = as_one(weights[pair], means[pair], covariances[pair])
        bounds[j], bounds[:, j] = np.inf, np.inf
        kept = kept[kept != j]
        others = kept[kept != i]
        bounds[np.minimum(i, others), np.maximum(i, others)] = costs_as_one(
            i, others, weights, means, covariances
        )
    return kept
