"""Standard errors and intervals of a fit: it is fitted again to rows that are weighted anew.

With n = sum_i w_i rows, replicates of the weights are

    nonparametric            n draws of rows, with replacement: Multinomial(n, w / n)
    weighted-likelihood      n times Dirichlet(w_1, ..., w_n), for which no row is ever left out

so that no row is copied, and a weight of 2 means the row twice. Each fit begins from the mixture at
hand, so that component k stays component k; where components have changed places nevertheless, they
are matched by what is most of sum_i w_i r_ik s_ik, r and s being the responsibilities before and
after (Kuhn 1955).

Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1-26.
Newton, M. A. and Raftery, A. E. (1994). Approximate Bayesian inference with the weighted likelihood
bootstrap. Journal of the Royal Statistical Society B 56, 3-48.
O'Hagan, A., Murphy, T. B., Scrucca, L. and Gormley, I. C. (2019). Investigation of parameter
uncertainty in clustering using a Gaussian mixture model via jackknife, bootstrap and weighted
likelihood bootstrap. Computational Statistics 34, 1779-1813.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.base import clone

from mixtura._array import to_numpy
from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import check_rows
from mixtura.em import Outcome
from mixtura.selection.refit import check_can_refit, from_mixture, outcome_of, overlaps, settled
from mixtura.selection.replicates import Replicated, Seed, replicated, seed_from, warn_of_replicates
from mixtura.selection.uncertainty import Bootstrap, Parameters
from mixtura.selection.weights import check_weights
from mixtura.typing import AnyArray, AnyND, Float, Indices, RandomSource

Reweight = Callable[[np.random.Generator, Float], Float]


def bootstrap(
    estimator: Any,
    X: AnyArray,
    sample_weight: AnyArray = None,
    *,
    kind: str = "nonparametric",
    n_bootstraps: int = 999,
    random_state: RandomSource | int | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Bootstrap:
    """Standard errors and confidence intervals of a fitted mixture, by the bootstrap.

    Replicates are fitted with the estimator's settings, but from its mixture, and until they have
    converged (`tol` at most 0.001 / n, `max_iter` at least 1000): with a loose `tol` they would
    stay near where they begin, and errors would seem small.

    Parameters
    ----------
    estimator : fitted GaussianMixture
        Fitted to these rows; it stays as it is.
    X : array-like of shape (n, d)
        NaN where an entry is missing.
    sample_weight : array-like of shape (n,), optional
        How many times each row counts, as in the fit.
    kind : {"nonparametric", "weighted-likelihood"}, default="nonparametric"
        Whether rows are drawn with replacement, or get weights from a Dirichlet distribution. The
        latter leaves no row out, so that small components survive more often.
    n_bootstraps : int, default=999
    random_state : numpy Generator, RandomState or seed, optional
        The same seed gives the same replicates for any `n_jobs`.
    n_jobs : int, optional
        As joblib's; by default all processors, each with one replicate on one thread.
    verbose : int, default=0
        1 prints how many replicates are done, every few seconds.

    Returns
    -------
    result : Bootstrap

    Raises
    ------
    TypeError
        For an estimator that cannot begin from a mixture, or is not fitted.
    ValueError
        For rows or weights of other shapes, and where there are fewer than two bootstraps.
    MixturaError
        Where every replicate failed; single failures are counted in `n_failed`.

    References
    ----------
    O'Hagan, A., Murphy, T. B., Scrucca, L. and Gormley, I. C. (2019). Investigation of parameter
    uncertainty in clustering using a Gaussian mixture model via jackknife, bootstrap and weighted
    likelihood bootstrap. Computational Statistics 34, 1779-1813.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> X = np.random.default_rng(0).normal(5, 2, size=(400, 1))
    >>> gm = mx.GaussianMixture(1).fit(X)
    >>> result = mx.bootstrap(gm, X, n_bootstraps=200, random_state=0, n_jobs=1)
    >>> result.standard_errors.means.round(1)  # sigma / sqrt(n) is 0.1
    array([[0.1]])
    >>> low, high = result.interval(0.95)
    >>> print(f"mean between {low.means[0, 0]:.1f} and {high.means[0, 0]:.1f}")
    mean between 4.8 and 5.1
    """
    check_can_refit(estimator)
    mixture = as_mixture(estimator)
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, KINDS))}, not {kind!r}.")
    if index(n_bootstraps) < 2:
        raise ValueError(f"n_bootstraps must be at least 2, but it is {n_bootstraps}.")
    rows = check_rows(X, mixture.n_features, mixture.feature_names)
    weights = check_weights(sample_weight, rows)
    n_rows = float(weights.sum())
    if n_rows < mixture.n_components:
        raise ValueError(
            f"A weight counts rows, and together they are {n_rows:g}: too few for "
            f"{mixture.n_components} components."
        )
    replicates = replicated(
        Refit(
            from_mixture(settled(estimator, n_rows), mixture),
            rows,
            weights,
            KINDS[kind],
            to_numpy(mixture.responsibilities(rows)),
        ),
        seed_from(random_state).spawn(n_bootstraps),
        purpose=f"{kind} bootstrap",
        cost_of_pass=int(rows.shape[0]) * mixture.means.size * mixture.n_features,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    result = _bootstrap_of(mixture, kind, replicates)
    warn_of_replicates(f"{kind} bootstrap", result.n_failed, result.n_unconverged)
    return result


def resampled(rng: np.random.Generator, weights: Float) -> Float:
    """How often each row is drawn: multinomial counts, that sum to n."""
    n_rows = weights.sum()
    n_draws = round(n_rows)
    counts = rng.multinomial(n_draws, weights / n_rows)
    return np.asarray(counts * (n_rows / n_draws))


def reweighted(rng: np.random.Generator, weights: Float) -> Float:
    """n times Dirichlet(w_1, ..., w_n): a row twice has the sum of two weights."""
    shares = rng.standard_gamma(weights)
    return np.asarray(shares * (weights.sum() / shares.sum()))


KINDS: dict[str, Reweight] = {"nonparametric": resampled, "weighted-likelihood": reweighted}


@dataclass(frozen=True, eq=False)
class Replicate:
    """One fit to rows weighted anew, its components in the order of the mixture."""

    parameters: Parameters
    outcome: Outcome
    repaired: bool
    relabelled: bool


@dataclass(frozen=True, eq=False)
class Refit:
    """The fit of a replicate.

    Attributes
    ----------
    estimator : estimator
        Begins from the mixture.
    rows : array of shape (n, d)
    weights : ndarray of shape (n,)
        Sample weights.
    reweight : callable
    responsibilities : ndarray of shape (n, K)
        Of the mixture.
    """

    estimator: Any
    rows: AnyND
    weights: Float
    reweight: Reweight
    responsibilities: Float

    def __call__(self, seed: Seed) -> Replicate:
        weights = self.reweight(np.random.default_rng(seed), self.weights)
        fitted = clone(self.estimator).fit(self.rows, sample_weight=weights)
        mixture: Mixture = fitted.mixture_
        alike = overlaps(self.responsibilities, mixture, self.rows, self.weights)
        order: Indices = linear_sum_assignment(alike, maximize=True)[1]
        own = slice(None) if mixture.storage.shared else order
        return Replicate(
            Parameters(mixture.weights[order], mixture.means[order], mixture.covariances[own]),
            outcome_of(fitted),
            repaired=any(trace.repairs for trace in fitted.history_),
            relabelled=bool((np.diff(order) < 0).any()),
        )


def _bootstrap_of(mixture: Mixture, kind: str, replicates: Replicated[Replicate]) -> Bootstrap:
    results = replicates.results
    return Bootstrap(
        mixture,
        kind,
        Parameters(
            np.stack([each.parameters.weights for each in results]),
            np.stack([each.parameters.means for each in results]),
            np.stack([each.parameters.covariances for each in results]),
        ),
        tuple(each.outcome for each in results),
        n_repaired=sum(each.repaired for each in results),
        n_relabelled=sum(each.relabelled for each in results),
        failures=replicates.failures,
    )
