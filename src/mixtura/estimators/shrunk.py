"""The mixture that suits data of which nothing is known but that rows are many or few.

Features are taken in units of their spread, covariances are full and shrunk towards those units as
much as the rows are few (`uses.shrinkage`). The number of components is the least under which rows
that were left out are as likely as they can be, by a standard error (Smyth 2000; Breiman and others
1984).

Smyth, P. (2000). Model selection for probabilistic clustering using cross-validated likelihood.
Statistics and Computing 10, 63-72.
Breiman, L., Friedman, J. H., Olshen, R. A. and Stone, C. J. (1984). Classification and Regression
Trees. Wadsworth. Section 3.4.3.
"""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from mixtura.em import Solution
from mixtura.errors import DegenerateComponentWarning, RegularizationWarning
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.typing import Float, HostND
from mixtura.uses.shrinkage import Units, is_likelier, shrinkage_ridge

MOST_COMPONENTS = 9
PATIENCE = 2
"""So many numbers of components in a row that are no better end the search."""

FOLDS = 5
ROWS_TO_CHOOSE = 5000
"""Of more rows a sample is enough to choose by."""


def fit_shrunk(
    rows: HostND,
    weights: Float | None,
    rng: np.random.RandomState,
    n_threads: int | None,
) -> GaussianMixture:
    """The chosen mixture, fitted.

    Parameters
    ----------
    rows : ndarray of shape (n, d)
        NaN where entries are missing.
    weights : ndarray of shape (n,) or None
    rng : RandomState
        Draws the sample and the folds.
    n_threads : int or None
    """
    counts = np.ones(len(rows)) if weights is None else weights
    counted = counts > 0
    units, n_components = _chosen(rows[counted].astype(np.float64), counts[counted], rng, n_threads)
    scaled = units.of_rows(rows.astype(np.float64))
    ridge = shrinkage_ridge(scaled[counted], counts[counted])
    fitted = _estimator(n_components, ridge, n_threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegularizationWarning)  # it is meant to be large
        fitted.fit(scaled, sample_weight=weights)
    solution = Solution(units.of_mixture(fitted.mixture_), fitted.history_[0], fitted.history_)
    return GaussianMixture(n_components, tol=fitted.tol, max_iter=fitted.max_iter).with_solution(
        solution, np.empty(0, dtype=rows.dtype), fitted.n_samples_fit_, None
    )


def _chosen(
    rows: Float, weights: Float, rng: np.random.RandomState, n_threads: int | None
) -> tuple[Units, int]:
    """Units and number of components under which rows that are left out are likeliest."""
    own = Units.of(rows, weights)
    if len(rows) > ROWS_TO_CHOOSE:
        sample = np.sort(rng.permutation(len(rows))[:ROWS_TO_CHOOSE])
        rows, weights = rows[sample], weights[sample]
    folds = rng.permutation(np.arange(len(rows)) % FOLDS)
    units, scores = own, _held_out(rows, weights, folds, own, 1, n_threads)
    if (shared := own.shared(rows, weights)) is not None:
        other = _held_out(rows, weights, folds, shared, 1, n_threads)
        if not is_likelier(scores, other, weights):
            units, scores = shared, other
    best = 1
    most = len(rows) // (2 * (rows.shape[1] + 1))  # more components are not admissible
    for n_components in range(2, min(MOST_COMPONENTS, most) + 1):
        if n_components > best + PATIENCE:
            break
        more = _held_out(rows, weights, folds, units, n_components, n_threads)
        if is_likelier(more, scores, weights):
            best, scores = n_components, more
    return units, best


def _held_out(
    rows: Float,
    weights: Float,
    folds: NDArray[np.int64],
    units: Units,
    n_components: int,
    n_threads: int | None,
) -> Float:
    """The log-density of each row under the fit to the other folds, shape (n,)."""
    scaled = units.of_rows(rows)
    ridge = shrinkage_ridge(scaled, weights)
    scores = np.empty(len(rows))
    with warnings.catch_warnings():
        for kind in (RegularizationWarning, ConvergenceWarning, DegenerateComponentWarning):
            warnings.simplefilter("ignore", kind)
        for fold in np.unique(folds):
            test = folds == fold
            fitted = _estimator(n_components, ridge, n_threads)
            fitted.fit(scaled[~test], sample_weight=weights[~test])
            scores[test] = fitted.score_samples(scaled[test])
    return scores - units.log_volume


def _estimator(n_components: int, ridge: float, n_threads: int | None) -> GaussianMixture:
    return GaussianMixture(
        n_components, reg_covar=ridge, tol=1e-4, max_iter=500, random_state=0, n_threads=n_threads
    )
