"""Gaussian mixture regression beside linear regression, closed forms and its own joint mixture."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

import mixtura as mx

NAN = np.nan
LINEAR = {"n_components": 1, "covariance_types": "full", "reg_covar": 0}


def sine(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 6, size=(n, 1))
    return x, np.sin(1.5 * x[:, 0]) + 0.2 * rng.normal(size=n)


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def fitted():
    return mx.MixtureRegressor(5, covariance_types="full", random_state=0).fit(*sine())


class TestLinear:
    """One component is linear regression."""

    def test_predictions(self, diabetes):
        X, y = diabetes
        ours = mx.MixtureRegressor(**LINEAR).fit(X, y)
        theirs = LinearRegression().fit(X, y)
        mean, deviation = ours.predict(X, return_std=True)
        np.testing.assert_allclose(mean, theirs.predict(X), rtol=1e-8)
        np.testing.assert_allclose(deviation, np.std(y - theirs.predict(X)), rtol=1e-8)

    def test_with_weights_and_several_targets(self, diabetes):
        X, y = diabetes
        Y = np.column_stack([y, np.sin(np.arange(len(y)))])
        weights = np.arange(len(y)) % 3
        ours = mx.MixtureRegressor(**LINEAR).fit(X, Y, sample_weight=weights)
        theirs = LinearRegression().fit(X, Y, sample_weight=weights)
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-7)

    def test_quantiles_are_those_of_the_residuals_normal(self, diabetes):
        X, y = diabetes
        ours = mx.MixtureRegressor(**LINEAR).fit(X, y)
        mean, deviation = ours.predict(X, return_std=True)
        expected = mean[:, None] + deviation[:, None] * [-1.6448536269514722, 1.6448536269514722]
        np.testing.assert_allclose(ours.predict_quantiles(X, [0.05, 0.95]), expected, rtol=1e-8)

    def test_missing_features_are_regressed_on_those_that_are_there(self, diabetes):
        """In a multivariate normal, leaving a feature out is the regression without it."""
        X, y = diabetes
        ours = mx.MixtureRegressor(**LINEAR).fit(X, y)
        lacking = X.assign(bmi=NAN, s1=NAN)
        theirs = LinearRegression().fit(X.drop(columns=["bmi", "s1"]), y)
        expected = theirs.predict(X.drop(columns=["bmi", "s1"]))
        np.testing.assert_allclose(ours.predict(lacking), expected, rtol=1e-8)
        nothing = np.full((1, 10), NAN)
        assert ours.conditional(nothing[0]).mean() == pytest.approx([y.mean()])


class TestConditional:
    def test_of_a_row_it_has_the_mean_deviation_and_quantiles_of_predictions(self, fitted):
        x = [[1.3], [4.0]]
        mean, deviation = fitted.predict(x, return_std=True)
        for row in range(2):
            mixture = fitted.conditional(x[row])
            assert mixture.mean() == pytest.approx(mean[row])
            assert mixture.covariance()[0, 0] == pytest.approx(deviation[row] ** 2)
            quantiles = fitted.predict_quantiles([x[row]], [0.1, 0.5])[0]
            np.testing.assert_allclose(mixture.quantile([0.1, 0.5]), quantiles)

    def test_it_is_the_joint_mixtures(self, diabetes):
        X, y = diabetes
        regressor = mx.MixtureRegressor(2, covariance_types="full").fit(X, y)
        assert regressor.mixture_.feature_names == (*X.columns, "target")
        row = X.iloc[3]
        expected = regressor.mixture_.condition(dict(row))
        for given in (row, X.iloc[[3]], row.to_numpy(), X[X.columns[::-1]].iloc[[3]]):
            one = regressor.conditional(given)
            assert one.feature_names == ("target",)
            np.testing.assert_allclose(one.weights, expected.weights)
            np.testing.assert_allclose(one.means, expected.means)

    def test_log_prob_is_that_of_the_joint_less_that_of_the_features(self):
        X, y = sine()
        regressor = mx.MixtureRegressor(**LINEAR).fit(X, y)
        joint = np.column_stack([X, y])
        mean, covariance = joint.mean(axis=0), np.cov(joint.T, bias=True)
        expected = multivariate_normal(mean, covariance).logpdf(joint)
        expected -= multivariate_normal(mean[0], covariance[0, 0]).logpdf(X[:, 0])
        np.testing.assert_allclose(regressor.log_prob(X, y), expected, rtol=1e-8)

    def test_draws_have_its_mean_and_spread(self, fitted):
        x = [[1.3], [4.0]]
        draws = fitted.sample_y(x, 20_000)
        mean, deviation = fitted.predict(x, return_std=True)
        np.testing.assert_allclose(draws.mean(axis=1), mean, atol=0.01)
        np.testing.assert_allclose(draws.std(axis=1), deviation, rtol=0.05)
        np.testing.assert_array_equal(draws, fitted.sample_y(x, 20_000))


class TestChoice:
    def test_components_that_the_features_alone_need_are_not_chosen(self):
        """Clusters of x tell nothing of a y that is linear in it."""
        rng = np.random.default_rng(0)
        x = np.concatenate([rng.normal(c, 0.1, size=100) for c in (0, 5, 9)])[:, None]
        y = x[:, 0] + rng.normal(size=300)
        assert mx.AutoGaussianMixture(3).fit(np.column_stack([x, y])).weights_.shape == (3,)
        assert mx.MixtureRegressor(random_state=0).fit(x, y).score(x, y) == pytest.approx(
            LinearRegression().fit(x, y).score(x, y), abs=0.01
        )

    def test_the_best_score_is_chosen(self):
        regressor = mx.MixtureRegressor(range(1, 8), random_state=0).fit(*sine())
        best = max(regressor.scores_, key=regressor.scores_.get)
        chosen = regressor.estimator_
        assert best == (chosen.n_components, chosen.covariance_type)
        assert regressor.score(*sine(seed=1)) > 0.85

    def test_units_do_not_matter(self):
        X, y = sine()
        regressor = mx.MixtureRegressor((1, 4), random_state=0).fit(X, y)
        other = mx.MixtureRegressor((1, 4), random_state=0).fit(1e6 * X, 1e-6 * y)
        np.testing.assert_allclose(1e6 * other.predict(1e6 * X), regressor.predict(X), rtol=1e-5)

    def test_more_rows_than_the_hierarchy_takes(self):
        X, y = sine(5000)
        assert mx.MixtureRegressor(5, covariance_types="full").fit(X, y).score(X, y) > 0.9


class TestCalibration:
    @pytest.mark.parametrize("calibrate", [0.3, "cross"])
    def test_intervals_hold_what_they_say_where_the_model_is_wrong(self, calibrate):
        """Skewed noise around a line, under one Gaussian."""
        rng = np.random.default_rng(0)
        X = rng.uniform(size=(8000, 1))
        y = X[:, 0] + rng.exponential(size=8000) ** 2
        settings = {"n_components": 1, "covariance_types": "full", "random_state": 0}
        plain = mx.MixtureRegressor(**settings).fit(X[:4000], y[:4000])
        calibrated = mx.MixtureRegressor(**settings, calibrate=calibrate).fit(X[:4000], y[:4000])

        def below(regressor):
            return (y[4000:, None] <= regressor.predict_quantiles(X[4000:], [0.1, 0.9])).mean(
                axis=0
            )

        assert np.abs(below(plain) - [0.1, 0.9]).max() > 0.05
        np.testing.assert_allclose(below(calibrated), [0.1, 0.9], atol=0.025)

    def test_levels_beyond_reach_are_refused(self):
        regressor = mx.MixtureRegressor(2, covariance_types="full", calibrate=0.1).fit(*sine(100))
        with pytest.raises(ValueError, match="10 rows for calibration reach levels from"):
            regressor.predict_quantiles([[1.0]], 0.05)


class TestShapes:
    @pytest.mark.parametrize("calibrate", [None, "cross"])
    def test_of_several_targets(self, calibrate):
        X, y = sine(100)
        Y = np.column_stack([y, -y])
        regressor = mx.MixtureRegressor(2, covariance_types="full", calibrate=calibrate).fit(X, Y)
        assert regressor.predict(X).shape == (100, 2)
        assert regressor.predict_quantiles(X, 0.5).shape == (100, 2)
        assert regressor.predict_quantiles(X, [0.1, 0.5, 0.9]).shape == (100, 2, 3)
        assert regressor.sample_y(X, 4).shape == (100, 2, 4)
        assert regressor.log_prob(X, Y).shape == (100,)

    def test_of_one_target(self, fitted):
        X, _ = sine(20)
        assert fitted.predict_quantiles(X, 0.5).shape == (20,)
        assert fitted.predict_quantiles(X, [[0.1, 0.9]]).shape == (20, 1, 2)
        assert fitted.sample_y(X, 4).shape == (20, 4)

    def test_float32_stays_float32(self):
        X, y = (each.astype(np.float32) for each in sine(100))
        regressor = mx.MixtureRegressor(2, covariance_types="full").fit(X, y)
        assert regressor.predict(X).dtype == regressor.predict_quantiles(X, 0.5).dtype == np.float32
        assert regressor.predict(X.astype(float)).dtype == np.float64

    def test_names_of_targets_are_not_those_of_features(self):
        X, y = sine(50)
        frame = pd.DataFrame(X, columns=["y"])
        regressor = mx.MixtureRegressor(**LINEAR)
        assert regressor.fit(frame, y).mixture_.feature_names == ("y", "y_")
        Y = pd.DataFrame({"up": y, "down": y**2})
        assert regressor.fit(frame, Y).mixture_.feature_names == ("y", "up", "down")
        assert regressor.fit(X, y).mixture_.feature_names is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda X, y: (np.zeros_like(X), y), "Column 0 has one value only"),
        (lambda X, y: (X, np.ones_like(y)), "Column y has one value only"),
        (lambda X, y: (np.full_like(X, NAN), y), "Column 0 has no entry at all"),
        (lambda X, y: (X, np.where(y > 1, NAN, y)), "Input y contains NaN"),
        (lambda X, y: (np.where(X > 5, np.inf, X), y), "infinity"),
        (lambda X, y: (X[:1], y[:1]), "1 sample"),
        (lambda X, y: (X, y[1:]), "inconsistent numbers of samples"),
    ],
)
def test_bad_input_gets_a_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.MixtureRegressor(2).fit(*change(*sine(50)))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"n_components": 0}, "n_components must be"),
        ({"covariance_types": "round"}, "covariance_types must be"),
        ({"calibrate": 1.5}, "calibrate"),
        ({"n_components": 60}, "make no 60 clusters"),
    ],
)
def test_settings_that_cannot_be(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.MixtureRegressor(**({"covariance_types": "full"} | settings)).fit(*sine(50))


def test_more_rows_than_one_in_a_conditional(fitted):
    with pytest.raises(ValueError, match="One row is needed, and there are 2"):
        fitted.conditional([[1.0], [2.0]])


def test_targets_of_another_shape(fitted):
    with pytest.raises(ValueError, match=r"y must have shape \(2,\)"):
        fitted.log_prob([[1.0], [2.0]], [[1.0], [2.0]])
