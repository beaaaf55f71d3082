"""The bootstrap of a fit, against closed forms, the information matrix, and coverage."""

import joblib
import numpy as np
import pytest
from scipy.stats import binom, norm
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from mixtura.family import FAMILIES
from mixtura.selection.refit import from_mixture, settled
from mixtura.selection.resampling import KINDS, Refit, resampled, reweighted
from support.data import data

PAIR = mx.Mixture([0.4, 0.6], [[0, 0], [4, 1]], np.stack([np.eye(2), np.diag([1, 0.5])]))
ROWS, _ = PAIR.sample(150, rng=0)
HOLES = np.where(np.random.default_rng(1).uniform(size=ROWS.shape) < 0.1, np.nan, ROWS)


def run(gm, rows=ROWS, n=20, **options):
    return mx.bootstrap(gm, rows, n_bootstraps=n, random_state=0, n_jobs=1, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_error_of_a_mean_is_sigma_over_root_n(kind):
    rows = np.random.default_rng(0).normal(3, 2, size=(80, 1))
    result = run(mx.GaussianMixture().fit(rows), rows, 200, kind=kind)
    n = 80 if kind == "nonparametric" else 81  # the variance of Dirichlet weights
    error = np.sqrt(rows.var() / n)
    assert result.standard_errors.means[0, 0] == pytest.approx(error, rel=4 / np.sqrt(2 * 200))
    low, high = result.interval(0.9)
    z = norm.ppf(0.95)
    assert (high.means - low.means)[0, 0] == pytest.approx(2 * z * error, rel=0.2)
    np.testing.assert_allclose(result.replicates.weights, 1)


def test_errors_are_those_of_the_information_matrix():
    waiting = data("faithful")[:, 1:]
    gm = mx.GaussianMixture(2, reg_covar=0, tol=1e-9, max_iter=1000, random_state=0).fit(waiting)
    assert sorted(gm.means_[:, 0]) == pytest.approx([54.614889, 80.091090], abs=1e-3)
    weights, means, deviations = gm.weights_, gm.means_[:, 0], np.sqrt(gm.covariances_[:, 0, 0])
    at = np.array([weights[0], *means, *deviations])

    def log_densities(p):
        joint = np.array([p[0], 1 - p[0]]) * norm.pdf(waiting, p[1:3], p[3:])
        return np.log(joint.sum(axis=1))

    steps = np.diag(1e-4 * at)
    scores = np.stack(
        [(log_densities(at + h) - log_densities(at - h)) / 2 / h.sum() for h in steps]
    )
    expected = np.sqrt(np.diagonal(np.linalg.inv(scores @ scores.T)))
    errors = run(gm, waiting, 120, kind="weighted-likelihood").standard_errors
    assert errors.weights[0] == pytest.approx(expected[0], rel=0.3)
    np.testing.assert_allclose(errors.means[:, 0], expected[1:3], rtol=0.3)


def test_intervals_hold_the_means_as_often_as_they_say():
    held = 0
    for seed in range(20):
        rows, _ = PAIR.sample(100, rng=seed)
        gm = mx.GaussianMixture(2, covariance_type="tied", mixture_init=PAIR).fit(rows)
        low, high = run(gm, rows, 40).interval(0.9)
        held += ((low.means < PAIR.means) & (high.means > PAIR.means))[:, 0].sum()
    assert binom.ppf(1e-3, 40, 0.9) <= held <= 40


def test_draws_have_the_moments_of_their_distributions():
    weights = np.array([1.0, 2.0, 0.0, 5.0])
    n, shares = weights.sum(), weights / weights.sum()
    rng = np.random.default_rng(0)
    for draw, variance in (
        (resampled, n * shares * (1 - shares)),
        (reweighted, n**2 * shares * (1 - shares) / (n + 1)),
    ):
        draws = np.stack([draw(rng, weights) for _ in range(4000)])
        np.testing.assert_allclose(draws.sum(axis=1), n)
        np.testing.assert_allclose(draws.mean(axis=0), weights, atol=0.1)
        np.testing.assert_allclose(draws.var(axis=0), variance, atol=0.1)
        assert (draws[:, 2] == 0).all()


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"E", "V"}))
@pytest.mark.parametrize("rows", [ROWS, HOLES], ids=["complete", "NaN"])
def test_every_family_has_replicates_in_the_shape_of_its_parameters(family, rows):
    gm = mx.GaussianMixture(2, covariance_type=family, random_state=0).fit(rows)
    result = run(gm, rows, 3, sample_weight=np.arange(150) % 3)
    assert result.n_failed == 0
    for name in ("weights", "means", "covariances"):
        shape = getattr(gm.mixture_, name).shape
        assert getattr(result.replicates, name).shape == (3, *shape)
        assert getattr(result.standard_errors, name).shape == shape
        low, high = (getattr(side, name) for side in result.interval())
        assert (low <= high).all()


def test_restrictions_hold_in_replicates():
    gm = mx.GaussianMixture(2, means_init=PAIR.means, fixed="means", prior="default").fit(ROWS)
    replicates = run(gm, n=3).replicates
    np.testing.assert_array_equal(replicates.means, np.broadcast_to(PAIR.means, (3, 2, 2)))
    assert replicates.weights.std(axis=0).min() > 0


@pytest.mark.parametrize("n_jobs", [2, None])
def test_replicates_are_the_same_for_any_number_of_jobs(n_jobs):
    gm = mx.GaussianMixture(2, random_state=0).fit(ROWS)
    alone = run(gm, n=6)
    with joblib.parallel_config(backend="threading"):
        together = mx.bootstrap(gm, ROWS, n_bootstraps=6, random_state=0, n_jobs=n_jobs)
    for name in ("weights", "means", "covariances"):
        pair = (getattr(each.replicates, name) for each in (alone, together))
        np.testing.assert_array_equal(*pair)


def test_components_that_have_changed_places_are_put_back():
    gm = mx.GaussianMixture(2, random_state=0).fit(ROWS)
    mixture = gm.mixture_
    swapped = mx.Mixture(mixture.weights[::-1], mixture.means[::-1], mixture.covariances[::-1])
    replicates = []
    for start in (mixture, swapped):
        estimator = from_mixture(settled(gm, 150), start)
        refit = Refit(estimator, ROWS, np.ones(150), reweighted, mixture.responsibilities(ROWS))
        replicates.append(refit(np.random.SeedSequence(0)))
    straight, turned = replicates
    assert (straight.relabelled, turned.relabelled) == (False, True)
    for name in ("weights", "means", "covariances"):
        pair = (getattr(each.parameters, name) for each in (straight, turned))
        np.testing.assert_allclose(*pair, rtol=1e-6)


def test_failed_replicates_are_counted_and_shown():
    rows = np.array([[0.0], [1.0], [5.0]])
    gm = mx.GaussianMixture(3, random_state=0).fit(rows)
    with pytest.warns(ConvergenceWarning, match="failed and are left out") as told:
        result = mx.bootstrap(gm, rows, n_bootstraps=30, random_state=0, n_jobs=1)
    assert told[0].filename == __file__
    assert 0 < result.n_failed < 30
    assert (
        result.n_failed + len(result.outcomes)
        == 30
        == result.n_failed + len(result.replicates.weights)
    )
    assert f"30 nonparametric replicates, {result.n_failed} failed" in repr(result)
    assert "n_samples >= n_components" in result.failures[0]


def test_units_of_a_feature_change_nothing():
    units = np.array([1e6, 1.0])
    errors = []
    for rows in (ROWS, ROWS * units):
        gm = mx.GaussianMixture(2, reg_covar="auto", tol=1e-8, random_state=0).fit(rows)
        errors.append(run(gm, rows, 4).standard_errors.means)
    np.testing.assert_allclose(errors[1], errors[0] * units, rtol=1e-3)


def test_what_cannot_be_bootstrapped_is_refused():
    with pytest.raises(TypeError, match="mixture_init"):
        run(PAIR)
    with pytest.raises(TypeError, match="not an unfitted GaussianMixture"):
        run(mx.GaussianMixture(2))
    gm = mx.GaussianMixture(2, random_state=0).fit(ROWS)
    with pytest.raises(ValueError, match="kind must be"):
        run(gm, kind="jackknife")
    with pytest.raises(ValueError, match="at least 2"):
        run(gm, n=1)
    with pytest.raises(ValueError, match="A weight counts rows"):
        run(gm, sample_weight=np.full(150, 1 / 150))
    with pytest.raises(ValueError, match="level must lie"):
        run(gm, n=2).interval(1)
