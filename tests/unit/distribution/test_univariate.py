"""Distribution function and quantiles at their edges."""

import numpy as np
import pytest
from scipy.stats import norm

import mixtura as mx
from mixtura.covariance import LAYOUTS
from support.closeness import assert_close
from support.strategies import random_mixture

INF = np.inf


def mixture_of(layout="diag", n_components=3):
    return random_mixture(np.random.default_rng(0), layout, n_components, 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_them(layout):
    mixture = mixture_of(layout)
    x = np.linspace(-5, 5, 11)
    deviations = np.sqrt(np.broadcast_to(mixture.storage.variances()[:, 0], (3,)))
    expected = norm(mixture.means[:, 0], deviations).cdf(x[:, None]) @ mixture.weights
    assert_close(mixture.cdf(x), expected, 1e-14)
    assert_close(mixture.quantile(expected), x, 1e-6)


def test_results_have_the_shape_of_the_argument():
    mixture = mixture_of()
    for shape in [(), (0,), (3,), (2, 3)]:
        assert mixture.cdf(np.full(shape, 0.3)).shape == shape
        assert mixture.quantile(np.full(shape, 0.3)).shape == shape


def test_the_ends():
    mixture = mixture_of()
    assert mixture.quantile([0, 1]).tolist() == [-INF, INF]
    assert_close(mixture.cdf([-INF, INF]), [0, 1], 1e-15)


def test_quantiles_of_one_gaussian_are_the_gaussians():
    mixture = mx.Mixture([1], [[3.0]], [[4.0]], covariance_type="diag")
    q = np.array([1e-300, 1e-10, 0.2, 0.5, 0.9, 1 - 1e-16])
    assert_close(mixture.quantile(q), norm(3, 2).ppf(q), 1e-12)


def test_quantiles_increase():
    q = np.sort(np.random.default_rng(0).random(1000))
    assert (np.diff(mixture_of().quantile(q)) > 0).all()


def test_quantiles_between_components_far_apart():
    mixture = mx.Mixture([0.5, 0.5], [[-1e8], [1e8]], [[1.0], [1.0]], covariance_type="diag")
    assert_close(mixture.quantile([0.25, 0.75]), [-1e8, 1e8], 1e-6)
    assert -1e8 < mixture.quantile(0.5) < 1e8


def test_components_without_weight_do_not_count():
    mixture = mx.Mixture([1, 0], [[0.0], [1e9]], [[1.0], [1e12]], covariance_type="diag")
    assert_close(mixture.quantile([1e-300, 0.5, 0.9]), norm.ppf([1e-300, 0.5, 0.9]), 1e-12)


def test_weights_that_miss_1_by_a_rounding_have_quantiles():
    for weights in ([1 - 9e-7], [1 + 9e-7]):
        mixture = mx.Mixture(weights, [[0.0]], [[1.0]], covariance_type="diag")
        q = [1e-10, 0.3, 0.5, 0.9, 1 - 1e-10]
        assert_close(mixture.quantile(q), norm.ppf(q), 1e-5)


@pytest.mark.parametrize("q", [-0.1, 1.1, np.nan, [0.5, 2]])
def test_q_is_a_probability(q):
    with pytest.raises(ValueError, match="q must lie between 0 and 1"):
        mixture_of().quantile(q)


def test_x_is_a_number():
    with pytest.raises(ValueError, match="x contains NaN"):
        mixture_of().cdf([0, np.nan])
