"""K components or K + 1? The likelihood-ratio test, its null distribution drawn by the bootstrap.

    LR = 2 (log L_{K+1} - log L_K)

has no chi-square distribution, since K components are K + 1 at the edge of what there can be. So
rows are drawn from the fit with K components, both are fitted to them, and again; with B draws

    p = (1 + #{LR* >= LR}) / (B + 1)

The rows at hand and those drawn are fitted alike: K + 1 components from the estimator's own start,
and from each component of the K split in two. The fit with K to drawn rows begins from the mixture
that they are from.

McLachlan, G. J. (1987). On bootstrapping the likelihood ratio test statistic for the number of
components in a normal mixture. Journal of the Royal Statistical Society C 36, 318-324.
"""

from dataclasses import dataclass
from functools import partial
from operator import index
from typing import Any

import numpy as np
from sklearn.base import clone

from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import check_rows
from mixtura.selection.drawn import Shape
from mixtura.selection.ratios import BootstrapTest, LikelihoodRatioTest
from mixtura.selection.refit import GIVEN, check_can_refit, from_mixture, log_likelihood, settled
from mixtura.selection.replicates import (
    Seed,
    expected_warnings_ignored,
    replicated,
    seed_from,
    warn_of_replicates,
)
from mixtura.selection.splits import splits_of
from mixtura.selection.weights import check_weights
from mixtura.typing import AnyArray, AnyND, Float, RandomSource


def bootstrap_test(
    estimator: Any,
    X: AnyArray,
    sample_weight: AnyArray = None,
    *,
    min_components: int = 1,
    max_components: int = 9,
    level: float = 0.05,
    n_bootstraps: int = 999,
    random_state: RandomSource | int | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> BootstrapTest:
    """Test K components against K + 1, for K = 1, 2, ... until K components are enough.

    Fits have the estimator's settings, but go on until they have converged (`tol` at most
    0.001 / n, `max_iter` at least 1000), since what counts is the height of the maxima.

    Parameters
    ----------
    estimator : GaussianMixture
        Its settings, with another number of components each time; it stays as it is.
    X : array-like of shape (n, d)
        NaN where an entry is missing; drawn rows lack the same entries.
    sample_weight : array-like of shape (n,), optional
        How many times each row counts, in integers: as many rows are drawn.
    min_components, max_components : int, default=1 and 9
        The first and the last K that is tested against K + 1; the same for a single test.
    level : float, default=0.05
        Tests go on while the p-value is below it.
    n_bootstraps : int, default=999
        For each test. No p-value is below 1 / (n_bootstraps + 1).
    random_state : numpy Generator, RandomState or seed, optional
        The same seed gives the same draws for any `n_jobs`.
    n_jobs : int, optional
        As joblib's; by default all processors, each with one replicate on one thread.
    verbose : int, default=0
        1 prints how many replicates are done, every few seconds.

    Returns
    -------
    result : BootstrapTest

    Raises
    ------
    TypeError
        For an estimator that cannot begin from a mixture.
    ValueError
        For weights that are no integers, and settings that belong to one number of components
        or with which K components are no case of K + 1 (`*_init`, `fixed`, `equal_weights`).
    MixturaError
        Where every replicate failed; single failures are counted.

    References
    ----------
    McLachlan, G. J. (1987). On bootstrapping the likelihood ratio test statistic for the number of
    components in a normal mixture. Journal of the Royal Statistical Society C 36, 318-324.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, 60), rng.normal(5, 1, 40)])[:, None]
    >>> gm = mx.GaussianMixture(covariance_type="tied")
    >>> result = mx.bootstrap_test(gm, X, n_bootstraps=49, random_state=0, n_jobs=1)
    >>> result.n_components
    2
    >>> result.tests[0].p_value
    0.02
    """
    check_can_refit(estimator)
    _check_settings(estimator)
    _check_range(min_components, max_components, n_bootstraps, level)
    shape = np.shape(X)
    rows = check_rows(X, shape[1] if len(shape) == 2 else 1)
    weights = _counts(sample_weight, rows)
    first, *seeds = seed_from(random_state).spawn(2 + max_components - min_components)
    fits = Fits(settled(estimator, weights.sum()), X, sample_weight)
    run = partial(replicated, n_jobs=n_jobs, verbose=verbose)
    with expected_warnings_ignored():
        null = fits.own_start(min_components, first)
    tests: list[LikelihoodRatioTest] = []
    for seed in seeds:
        with expected_warnings_ignored():
            alternative = fits.with_one_more(null, seed)
        ratio = _statistic(null, alternative, rows, weights)
        draw = NullDraw(fits.estimator, null, Shape.of(rows, weights))
        replicates = run(
            draw,
            seed.spawn(n_bootstraps),
            purpose=f"{null.n_components} components against {null.n_components + 1}",
            cost_of_pass=draw.shape.n_rows * null.means.size * null.n_features,
        )
        draws = np.array(replicates.results)
        tests.append(LikelihoodRatioTest(null, alternative, ratio, draws, replicates.failures))
        if tests[-1].p_value >= level:
            break
        null = alternative
    warn_of_replicates("bootstrap test", sum(test.n_failed for test in tests), 0)
    return BootstrapTest(tuple(tests), level)


@dataclass(frozen=True, eq=False)
class Fits:
    """Fits to the same rows.

    Attributes
    ----------
    estimator : estimator
    X : array-like of shape (n, d)
    sample_weight : array-like of shape (n,), optional
    """

    estimator: Any
    X: AnyArray
    sample_weight: AnyArray = None

    def own_start(self, n_components: int, seed: Seed) -> Mixture:
        """From the start that the estimator is set to."""
        drawn = int(seed.generate_state(1)[0])
        return self._mixture(n_components=n_components, random_state=drawn)

    def with_one_more(self, mixture: Mixture, seed: Seed) -> Mixture:
        """The best with one component more: from the estimator's start, and from all splits."""
        splits = splits_of(mixture)
        starts = iter(splits)
        rows = check_rows(self.X, mixture.n_features)
        weights = check_weights(self.sample_weight, rows)
        fits = [
            partial(self.own_start, len(splits) + 1, seed),
            partial(
                self._mixture,
                n_components=len(splits) + 1,
                init_params=lambda *_: next(starts),
                n_init=len(splits),
            ),
        ]
        found: list[Mixture] = []
        for fit in fits:
            try:
                found.append(fit())
            except ValueError as error:  # the other way may do, or fail as well
                failure = error
        if not found:
            raise failure
        return max(found, key=lambda each: log_likelihood(each, rows, weights))

    def _mixture(self, **settings: Any) -> Mixture:
        fitted = clone(self.estimator).set_params(**settings)
        return as_mixture(fitted.fit(self.X, sample_weight=self.sample_weight))


@dataclass(frozen=True, eq=False)
class NullDraw:
    """The likelihood ratio of rows drawn from the fit with K components."""

    estimator: Any
    null: Mixture
    shape: Shape

    def __call__(self, seed: Seed) -> float:
        rng = np.random.default_rng(seed)
        rows = self.shape.draw(self.null, rng)
        null = as_mixture(from_mixture(self.estimator, self.null).fit(rows))
        alternative = Fits(self.estimator, rows).with_one_more(null, seed)
        return _statistic(null, alternative, rows, np.ones(len(rows)))


def _statistic(null: Mixture, alternative: Mixture, rows: AnyND, weights: Float) -> float:
    """LR, which is never negative: one of K components taken twice is K + 1 of them."""
    log_likelihoods = [log_likelihood(each, rows, weights) for each in (null, alternative)]
    return max(2 * (log_likelihoods[1] - log_likelihoods[0]), 0.0)


def _counts(sample_weight: AnyArray, rows: AnyND) -> Float:
    weights = check_weights(sample_weight, rows)
    if (weights != np.round(weights)).any():
        raise ValueError(
            "The test draws as many rows as there are, so that sample_weight must count them in "
            "integers; mx.bootstrap takes any weights."
        )
    return weights


def _check_settings(estimator: Any) -> None:
    """Settings with which K components are a case of K + 1."""
    settings = estimator.get_params(deep=False)
    given = [name for name in GIVEN if settings.get(name) is not None]
    given += ["fixed"] if settings.get("fixed") else []
    if given:
        raise ValueError(
            f"{given[0]} belongs to one number of components, and the test fits several: leave it "
            "out."
        )
    if settings.get("equal_weights"):
        raise ValueError(
            "With equal_weights K components are no special case of K + 1, so that their "
            "likelihoods cannot be compared by this test."
        )


def _check_range(first: int, last: int, n_bootstraps: int, level: float) -> None:
    if not 1 <= index(first) <= index(last):
        raise ValueError(
            "min_components must be at least 1 and at most max_components, but they are "
            f"{first} and {last}."
        )
    if index(n_bootstraps) < 1:
        raise ValueError(f"n_bootstraps must be at least 1, but it is {n_bootstraps}.")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, but it is {level}.")
