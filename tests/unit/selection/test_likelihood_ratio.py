"""The bootstrapped likelihood-ratio test: its statistic, its null draws, its p-values."""

import joblib
import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as SklearnMixture

import mixtura as mx
from mixtura.selection.drawn import Shape
from mixtura.selection.splits import splits_of
from support.data import data

PAIR = mx.Mixture([0.5, 0.5], [[0, 0], [6, 1]], np.stack([np.eye(2), np.diag([1, 0.5])]))
ROWS, _ = PAIR.sample(120, rng=0)
TIED = mx.GaussianMixture(covariance_type="tied")


def run(estimator=TIED, rows=ROWS, n=19, **options):
    settings = {"random_state": 0, "n_jobs": 1} | options
    return mx.bootstrap_test(estimator, rows, n_bootstraps=n, **settings)


def test_the_statistic_on_faithful_is_the_published_one():
    """mclust's vignette: BIC of VVV with one and two components, -2607.623 and -2322.192."""
    result = run(mx.GaussianMixture(reg_covar=0), data("faithful"), 1, max_components=1)
    published = (-2322.192 + 11 * np.log(272)) - (-2607.623 + 5 * np.log(272))
    assert result.tests[0].statistic == pytest.approx(published, abs=2e-3)


def test_two_clusters_are_found_and_the_statistic_is_that_of_scikit_learn():
    result = run(level=0.1)
    assert result.n_components == 2
    assert [test.n_components for test in result.tests] == [1, 2]
    assert result.tests[0].p_value == 1 / 20
    one, two = (
        SklearnMixture(k, covariance_type="tied", tol=1e-10, max_iter=999, random_state=0).fit(ROWS)
        for k in (1, 2)
    )
    expected = 2 * 120 * (two.score(ROWS) - one.score(ROWS))
    assert result.tests[0].statistic == pytest.approx(expected, rel=1e-4)


def test_p_values_count_the_draws_that_are_as_large():
    test = mx.LikelihoodRatioTest(PAIR, PAIR, 3.0, np.array([1.0, 3.0, 2.0, 5.0]), ("failed",))
    assert test.p_value == (1 + 2) / (4 + 1)
    assert test.n_failed == 1
    table = str(mx.BootstrapTest((test,), 0.05)).splitlines()
    assert table[1].split() == ["2", "or", "3", "3.00", "0.6000", "4", "1"]


def test_p_values_are_uniform_where_the_null_hypothesis_is_true():
    p_values = [
        run(rows=np.random.default_rng(seed).normal(size=(30, 1)), n=9, max_components=1)
        .tests[0]
        .p_value
        for seed in range(15)
    ]
    standard_error = np.sqrt(0.0825 / 15)  # of the mean of 0.1, 0.2, ..., 1, each as likely
    assert np.mean(p_values) == pytest.approx(0.55, abs=3.5 * standard_error)


def test_ratios_are_never_negative():
    rows = np.random.default_rng(0).uniform(size=(50, 2))
    (test,) = run(mx.GaussianMixture(), rows, 15, min_components=3, max_components=3).tests
    assert test.statistic >= 0
    assert (test.null_draws >= 0).all()


def test_splits_keep_mean_and_covariance():
    for split in splits_of(PAIR):
        assert split.n_components == 3
        np.testing.assert_allclose(split.mean(), PAIR.mean())
        np.testing.assert_allclose(split.covariance(), PAIR.covariance())


def test_drawn_rows_lack_the_entries_that_the_rows_lack():
    rows = np.where(np.random.default_rng(0).uniform(size=(40, 2)) < 0.3, np.nan, 0)
    rows = rows.astype(np.float32)
    counts = np.arange(40.0) % 3
    drawn = Shape.of(rows, counts).draw(PAIR, np.random.default_rng(0))
    assert drawn.dtype == np.float32
    repeated = np.repeat(np.isnan(rows), counts.astype(int), axis=0)
    np.testing.assert_array_equal(np.isnan(drawn), repeated)


def test_rows_with_holes_and_weights_are_tested():
    rows = np.where(np.random.default_rng(0).uniform(size=ROWS.shape) < 0.1, np.nan, ROWS)
    counts = np.where(np.arange(120) % 2, 2, 1)
    result = run(rows=rows, n=5, max_components=1, sample_weight=counts)
    again = run(rows=np.repeat(rows, counts, axis=0), n=5, max_components=1)
    assert result.tests[0].statistic == pytest.approx(again.tests[0].statistic, rel=1e-6)
    assert result.tests[0].p_value == 1 / 6


def test_draws_are_the_same_for_any_number_of_jobs():
    with joblib.parallel_config(backend="threading"):
        alone, together = (run(n=4, n_jobs=n_jobs, max_components=1) for n_jobs in (1, 2))
    np.testing.assert_array_equal(*(each.tests[0].null_draws for each in (alone, together)))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"means_init": [[0, 0]]}, "means_init belongs to one number"),
        ({"fixed": "means"}, "fixed belongs to one number"),
        ({"equal_weights": True}, "no special case"),
    ],
)
def test_settings_of_one_number_of_components_are_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        run(mx.GaussianMixture(**settings))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="in integers"):
        run(sample_weight=np.full(120, 0.5))
    with pytest.raises(ValueError, match="min_components must be"):
        run(min_components=3, max_components=2)
    with pytest.raises(ValueError, match="n_bootstraps must be"):
        run(n=0)
    with pytest.raises(ValueError, match="level must lie"):
        run(level=0)
    with pytest.raises(TypeError, match="mixture_init"):
        run(mx.GaussianMixture)
    with pytest.raises(ValueError, match="n_samples >= n_components"):
        run(rows=ROWS[:2], min_components=2)
    with pytest.raises(ValueError, match="X must have shape"):
        run(rows=np.zeros(5))
