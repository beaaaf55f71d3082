"""The directions along which the components of a mixture differ most, from the mixture alone.

With Sigma the covariance of the whole, B its part between the components and W the part within,

    B = sum_k pi_k (mu_k - mu)(mu_k - mu)^T    W = sum_k pi_k Sigma_k    Sigma = B + W
    U = sum_k pi_k (Sigma_k - W) Sigma^-1 (Sigma_k - W)

the directions with B v = lambda Sigma v are Fisher's (1936): means are apart along them, and there
are K - 1 at most. Across them, those with U v = lambda Sigma v are the ones along which spreads
differ (the second term of Scrucca's kernel, 2010).

Fisher, R. A. (1936). The use of multiple measurements in taxonomic problems. Annals of Eugenics 7,
179-188.
Scrucca, L. (2010). Dimension reduction for model-based clustering. Statistics and Computing 20,
471-484.
"""

from dataclasses import dataclass
from operator import index

import numpy as np

from mixtura._array import as_float64, bring
from mixtura._linalg import EPS
from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import check_rows
from mixtura.typing import AnyArray, AnyND, ArrayD, ArrayDD, Float

NOTHING = 1e-9
"""Where an eigenvalue is no more than this, of variances of 1, components do not differ."""


@dataclass(frozen=True, eq=False)
class Projection:
    """A mixture seen along a few directions.

    Attributes
    ----------
    mixture : Mixture
        The components along the directions, features "direction 1", ..., each of which has mean 0
        and standard deviation 1 in the whole, and is uncorrelated with the others.
    directions : ndarray of shape (d, m)
        V: rows are projected to (x - center) V.
    center : ndarray of shape (d,)
        The mean of the whole mixture.
    between : ndarray of shape (m,)
        The share of the variance along each direction that lies between the components: Fisher's
        lambda, from 0 where all means are equal to 1 where components are far apart.
    correlations : ndarray of shape (d, m)
        Of each feature with each direction, over the whole mixture: what a direction stands for.
    source : Mixture
        The mixture that was projected.
    """

    mixture: Mixture
    directions: Float
    center: ArrayD
    between: Float
    correlations: Float
    source: Mixture

    def transform(self, X: AnyArray) -> AnyND:
        """Rows along the directions.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Where entries are missing, what the mixture expects of them stands for them.

        Returns
        -------
        projected : array of shape (n, m)
            In float64, in the array library of X.
        """
        rows = check_rows(X, self.source.n_features, self.source.feature_names)
        filled = as_float64(self.source.impute(rows))
        return (filled - bring(self.center, filled)) @ bring(self.directions, filled)

    def __repr__(self) -> str:
        d, m = self.directions.shape
        return f"Projection({d} features to {m} direction{'' if m == 1 else 's'})"


def discriminant_projection(model: object, n_directions: int = 2) -> Projection:
    """Project a mixture on the directions along which its components differ most.

    First come Fisher's discriminant coordinates, along which means are apart, at most K - 1. Two
    components have one of these; then follow the directions along which spreads differ (Scrucca's
    GMMDR), and where there are no more of them, those that are correlated most with the features.

    Parameters
    ----------
    model : Mixture or fitted estimator
    n_directions : int, default=2
        From 1 to d.

    Returns
    -------
    projection : Projection
        Units do not matter: of features in other units, the projection is the same.

    Raises
    ------
    ValueError
        Where `n_directions` is not between 1 and d.

    References
    ----------
    Fisher, R. A. (1936). The use of multiple measurements in taxonomic problems. Annals of Eugenics
    7, 179-188.

    Scrucca, L. (2010). Dimension reduction for model-based clustering. Statistics and Computing 20,
    471-484.

    Examples
    --------
    Of three features the third is noise, and the first two differ together:

    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0, 0], [2, 2, 0]], [1, 1], covariance_type="spherical")
    >>> projection = mx.discriminant_projection(m, 1)
    >>> projection.correlations.round(2).tolist()
    [[0.87], [0.87], [0.0]]
    >>> projection.transform([[1, 1, 5]]).round(2).tolist()  # between both, whatever the third is
    [[0.0]]
    """
    mixture = as_mixture(model)
    d = mixture.n_features
    n = index(n_directions)
    if not 1 <= n <= d:
        raise ValueError(f"n_directions must be from 1 to {d}, the features, but it is {n}.")
    center, covariance = mixture.mean(), mixture.covariance()
    deviations = np.sqrt(np.diagonal(covariance))
    whiten, lengths = _whitening(covariance / np.outer(deviations, deviations))
    whiten = whiten / deviations[:, None]
    means = (mixture.means - center) @ whiten
    covariances = whiten.T @ mixture.storage.dense() @ whiten
    axes = _axes([*_differences(mixture.weights, means, covariances), np.diag(lengths)], n)
    correlations = covariance @ whiten @ axes / deviations[:, None]
    signs = np.sign(correlations[np.abs(correlations).argmax(axis=0), np.arange(n)])
    axes, correlations = axes * signs, correlations * signs
    projected = Mixture(
        mixture.weights,
        means @ axes,
        _symmetric(axes.T @ covariances @ axes, mixture.n_components),
        feature_names=[f"direction {i}" for i in range(1, n + 1)],
    )
    between = mixture.weights @ projected.means**2
    return Projection(projected, whiten @ axes, center, between, correlations, mixture)


def _whitening(correlation: ArrayDD) -> tuple[Float, Float]:
    """S with S^T R S = I, along the principal axes of R, and the variances along those."""
    lengths, axes = np.linalg.eigh(correlation)
    lengths = np.maximum(lengths, len(lengths) * EPS * lengths[-1])
    return axes / np.sqrt(lengths), lengths


def _differences(weights: Float, means: Float, covariances: Float) -> tuple[ArrayDD, ArrayDD]:
    """B and U of components in coordinates where mu = 0 and Sigma = I."""
    between = (means.T * weights) @ means
    if len(covariances) == 1:  # all components share it
        return between, np.zeros_like(between)
    unlike = covariances - np.einsum("k,kij->ij", weights, covariances)
    return between, np.einsum("k,kij->ij", weights, unlike @ unlike)


def _axes(criteria: list[ArrayDD], n: int) -> Float:
    """n orthonormal axes: the best by the first criterion, across them by the second, and so on."""
    axes = np.empty((len(criteria[0]), 0))
    for criterion in criteria:
        rest = np.linalg.qr(axes, mode="complete")[0][:, axes.shape[1] :]
        values, vectors = np.linalg.eigh(rest.T @ criterion @ rest)
        good = (values > NOTHING) | (criterion is criteria[-1])
        axes = np.hstack([axes, (rest @ vectors)[:, good][:, ::-1]])[:, :n]
    return axes


def _symmetric(covariances: Float, n_components: int) -> Float:
    """One for each component, without the last bits by which products are not symmetric."""
    symmetric = (covariances + covariances.swapaxes(1, 2)) / 2
    return np.broadcast_to(symmetric, (n_components, *symmetric.shape[1:]))
