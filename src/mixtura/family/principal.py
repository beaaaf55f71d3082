"""Where factor analyzers begin: principal axes of the correlations, from a few projections.

No scatter is formed: from random projections B S of S alone, S is known as well as its leading axes
are (Halko, Martinsson and Tropp 2011); in few dimensions B is all of them, and S is known exactly.
The loadings are those of probabilistic principal components (Tipping and Bishop 1999), on features
of unit variance, so that no scale of a feature matters.
"""

import numpy as np

from mixtura._linalg import identity
from mixtura.moments.projected import seen_through
from mixtura.typing import ArrayD, ArrayKD, Float

FEW_FEATURES = 64
"""Up to so many features, all of them are projected onto."""
MORE_DIRECTIONS = 10
"""How many more random directions than factors."""
LEAST_UNIQUE = 0.05
"""The least share of a variance that a start leaves to noise."""


def directions(variances: ArrayKD, n_factors: int) -> Float:
    """Projections to begin with, (K, m, d): random, and the same each time."""
    n_features = variances.shape[1]
    deviations = np.sqrt(np.where(variances > 0, variances, 1.0))
    n_directions = n_factors + max(n_factors, MORE_DIRECTIONS)
    if n_features <= max(FEW_FEATURES, n_directions):
        return np.asarray(identity(n_features) / deviations[:, None, :])
    drawn = np.random.default_rng(0).standard_normal((n_directions, n_features))
    return np.asarray(drawn / deviations[:, None, :])


def principal_loadings(
    projections: Float, cross: Float, variances: ArrayD, n_factors: int
) -> Float:
    """Loadings (d, q) from projections B (m, d), B S (m, d) and the diagonal of S (d,)."""
    n_features = len(variances)
    loadings = np.zeros((n_features, n_factors))
    if n_factors == 0:
        return loadings
    deviations = np.sqrt(variances)
    seen = seen_through(projections, cross) / deviations[:, None]
    axes, roots, _ = np.linalg.svd(seen, full_matrices=False)
    q = min(n_factors, len(roots))
    lengths = roots[:q] ** 2
    noise = max(n_features - lengths.sum(), 0) / (n_features - n_factors)
    strengths = np.maximum(lengths - noise, LEAST_UNIQUE * lengths)
    loadings[:, :q] = axes[:, :q] * np.sqrt(strengths)
    communal = (loadings**2).sum(axis=1)
    shrunk = np.sqrt(np.minimum(1, (1 - LEAST_UNIQUE) / np.maximum(communal, LEAST_UNIQUE)))
    return np.asarray(loadings * (shrunk * deviations)[:, None])
