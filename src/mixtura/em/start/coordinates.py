"""Coordinates in which distances between rows know no units.

With Z the standardized rows and V Lambda V^T their correlation matrix, the coordinates are

    Z V Lambda^-p

For p = 0 distances are those of the standardized rows; for p = 1/2 they are Mahalanobis distances
under the covariance of all rows, the same after any affine map; p = 1/4 lies between, where
Scrucca and Raftery found that hierarchies begin best.

Scrucca, L. and Raftery, A. E. (2015). Improved initialisation of model-based clustering using
Gaussian hierarchical partitions. Advances in Data Analysis and Classification 9, 447-460.
"""

import numpy as np

from mixtura.covariance import Dense
from mixtura.distribution import Mixture
from mixtura.distribution.missing import imputed
from mixtura.typing import Float, HostN, HostND

SCALED, PRINCIPAL, WHITENED = 0.0, 0.25, 0.5
"""Values of p."""

LEAST_EIGENVALUE = 1e-10
"""Of the largest: along axes of less, rows differ by the rounding of features that others give."""

RIDGE = 1e-6
"""Of a correlation matrix, so that features which others give can be regressed on them."""


def coordinates(rows: HostND, weights: HostN | None, power: float) -> Float:
    """Rows (n, d), or (n, r) in float64 where they lie in fewer dimensions than they have features.

    A missing entry is taken for what the others of its row tell of it, by the correlations of all
    rows. Features that are constant or have no entry are left out; of rows that are all alike, one
    zero is left.

    Parameters
    ----------
    rows : ndarray of shape (n, d)
        NaN where entries are missing.
    weights : ndarray of shape (n,) or None
    power : float
        p: `SCALED`, `PRINCIPAL` or `WHITENED`.
    """
    shares = np.full(len(rows), 1 / len(rows)) if weights is None else weights / weights.sum()
    standardized = _standardized(rows, shares)
    if not standardized.shape[1]:
        return np.zeros((len(rows), 1))
    if np.isnan(standardized).any():
        standardized = _filled(standardized, shares)
    correlation = standardized.T @ (shares[:, None] * standardized)
    eigenvalues, axes = np.linalg.eigh(correlation)
    kept = eigenvalues > LEAST_EIGENVALUE * eigenvalues[-1]
    return np.asarray(standardized @ (axes[:, kept] * eigenvalues[kept] ** -power))


def _standardized(rows: HostND, shares: Float) -> Float:
    """(x - mean) / deviation of the features that vary, with NaN for missing entries."""
    is_there = ~np.isnan(rows)
    counts = is_there & (shares > 0)[:, None]
    first = rows[counts.argmax(axis=0), np.arange(rows.shape[1])].astype(np.float64)
    residuals = np.where(is_there, rows - first, 0.0)
    # About the first entry, and at most 1, a constant is 0 and no square too large or small.
    sizes = np.abs(residuals * counts).max(axis=0)
    varies = sizes > 0
    residuals, is_there = residuals[:, varies] / sizes[varies], is_there[:, varies]
    known = shares @ is_there
    residuals = np.where(is_there, residuals - shares @ residuals / known, 0.0)
    deviations = np.sqrt(shares @ residuals**2 / known)
    return np.where(is_there, residuals / deviations, np.nan)


def _filled(standardized: Float, shares: Float) -> Float:
    """The rows with their conditional means under one Gaussian, whose means are 0.

    Its covariances are sums over the rows that have both features, so that they are those of rows
    with 0 for missing entries, and its variances are 1.
    """
    d = standardized.shape[1]
    known = np.nan_to_num(standardized)
    correlation = (1 - RIDGE) * known.T @ (shares[:, None] * known)
    np.fill_diagonal(correlation, 1)
    storage = Dense.from_covariances(correlation[None], shared=False, n_features=d)
    one_gaussian = Mixture.of(np.ones(1), np.zeros((1, d)), storage)
    return np.asarray(imputed(one_gaussian, standardized))
