"""How exact the numbers are: against mpmath at 50 digits, from the same float parameters.

A row's log-density comes out of residuals and a triangular product. Its error is eps times what
that product adds up, at most about eps sqrt(condition) D^2 with D the Mahalanobis distance: no
offset and no scale of the data makes it larger.
"""

import numpy as np
import pytest

import mixtura as mx
from mixtura.covariance import LAYOUTS
from mixtura.family import FAMILIES
from support import exact
from support.closeness import assert_below, assert_close, assert_mixtures_close
from support.strategies import random_mixture, rows_at, with_holes

EPS = np.finfo(float).eps
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

by_layout = pytest.mark.parametrize("layout", LAYOUTS)
by_family = pytest.mark.parametrize("family", FAMILIES)


def assert_exact(mixture, rows, values=None, relative=1e-12):
    truth = exact.log_prob(mixture, rows)
    values = mixture.log_prob(rows) if values is None else values
    allowed = relative * np.maximum(1, np.abs(np.array(truth, dtype=float)))
    assert_below(exact.errors(values, truth), allowed)


def assert_degrades_gracefully(mixture, rows, condition):
    distances = np.array(exact.squared_distance(mixture, rows), dtype=float)
    errors = exact.errors(mixture.log_prob(rows), exact.log_prob(mixture, rows))
    assert_below(errors, 10 * EPS * np.sqrt(condition) * (1 + distances))


@by_layout
@pytest.mark.parametrize("n_features", [1, 2, 5, 10])
@pytest.mark.parametrize("condition", [1.0, 1e4])
@pytest.mark.parametrize(
    ("offset", "scale"), [(0, 1), (1e8, 1), (0, 1e-100), (0, 1e100), (1e8, 1e-100), (1e8, 1e100)]
)
def test_log_prob_is_exact_to_1e_12(layout, n_features, condition, offset, scale):
    rng = np.random.default_rng(n_features)
    mixture = random_mixture(
        rng, layout, 3, n_features, condition=condition, offset=offset, scale=scale
    )
    assert_exact(mixture, rows_at(rng, mixture, np.geomspace(0.1, 100, 10)))


@by_layout
@pytest.mark.parametrize("n_features", [2, 6, 10])
@pytest.mark.parametrize("condition", [1e6, 1e8, 1e10, 1e12])
@pytest.mark.parametrize(("offset", "scale"), [(0, 1), (1e8, 1), (0, 1e-100), (0, 1e100)])
def test_log_prob_degrades_with_the_root_of_the_condition(
    layout, n_features, condition, offset, scale
):
    rng = np.random.default_rng(n_features)
    mixture = random_mixture(
        rng, layout, 2, n_features, condition=condition, offset=offset, scale=scale
    )
    rows = rows_at(rng, mixture, np.geomspace(0.1, 100, 8))
    assert_degrades_gracefully(mixture, rows, condition)


@pytest.mark.parametrize("family", ["full", "tied"])
@pytest.mark.parametrize("condition", [1e8, 1e11])
def test_fitted_log_prob_degrades_no_faster(family, condition):
    rng = np.random.default_rng(3)
    rows = random_mixture(rng, "tied", 2, 4, condition=condition).sample(300, rng)[0]
    fitted = mx.GaussianMixture(2, covariance_type=family, reg_covar=0, random_state=0).fit(rows)
    conditions = np.linalg.cond(fitted.mixture_.storage.dense())
    assert_degrades_gracefully(fitted.mixture_, rows[::10], conditions.max())


@by_family
def test_fitted_log_prob_is_exact_far_from_the_origin(family):
    rng = np.random.default_rng(0)
    rows = 1e8 + random_mixture(rng, "full", 2, 3).sample(300, rng)[0]
    fitted = mx.GaussianMixture(2, covariance_type=family, random_state=0).fit(rows)
    assert_exact(fitted.mixture_, rows[::10], fitted.score_samples(rows[::10]))
    assert_exact(fitted.mixture_, rows_at(rng, fitted.mixture_, np.geomspace(0.1, 100, 20)))


@by_family
def test_an_offset_costs_only_the_rounding_of_the_data(family):
    rng = np.random.default_rng(1)
    rows, labels = random_mixture(rng, "full", 2, 3).sample(300, rng)
    far = 1e8 + rows
    near = far - 1e8  # exact: what rounding took from the data is taken from both
    settings = {"covariance_type": family, "responsibilities_init": labels, "reg_covar": 0}
    of_far, of_near = (
        mx.GaussianMixture(2, tol=0, max_iter=20, **settings).fit(rows).mixture_
        for rows in (far, near)
    )
    moved = mx.Mixture.of(of_far.weights, of_far.means - 1e8, of_far.storage)
    assert_mixtures_close(moved, of_near, 20 * np.spacing(1e8))


def test_float32_rows_lose_nothing_to_an_offset():
    rng = np.random.default_rng(2)
    for layout in LAYOUTS:
        mixture = random_mixture(rng, layout, 3, 4, condition=4, offset=1e3)
        rows = mixture.sample(200, rng)[0].astype(np.float32)
        for narrow in (rows, with_holes(rng, rows)):
            wide = mixture.log_prob(narrow.astype(np.float64))
            assert_close(mixture.log_prob(narrow), wide, 1e-4)
            assert_exact(mixture, narrow[:10], wide[:10])


@by_family
@pytest.mark.parametrize("seed", range(5))
def test_float32_rows_are_fitted_as_their_float64_values(family, seed):
    rng = np.random.default_rng(seed)
    rows = (1e3 + random_mixture(rng, "full", 2, 3).sample(200, rng)[0]).astype(np.float32)
    labels = rng.integers(0, 2, 200)
    narrow, wide = (
        mx.GaussianMixture(2, covariance_type=family, responsibilities_init=labels).fit(values)
        for values in (rows, rows.astype(np.float64))
    )
    assert narrow.covariances_.dtype == narrow.score_samples(rows).dtype == np.float32
    assert (narrow.mixture_.storage.variances() > 0).all()
    assert_mixtures_close(narrow.mixture_, wide.mixture_, 1e-6)
    assert_close(narrow.score_samples(rows), wide.score_samples(rows.astype(np.float64)), 1e-4)


@by_layout
@pytest.mark.parametrize("n_features", [2, 5, 10])
@pytest.mark.parametrize("condition", [1.0, 1e4])
@pytest.mark.parametrize(("offset", "scale"), [(0, 1), (1e8, 1), (0, 1e-100), (0, 1e100)])
def test_log_prob_of_what_is_there_is_exact_to_1e_12(layout, n_features, condition, offset, scale):
    rng = np.random.default_rng(n_features)
    mixture = random_mixture(
        rng, layout, 3, n_features, condition=condition, offset=offset, scale=scale
    )
    assert_exact(mixture, with_holes(rng, rows_at(rng, mixture, np.geomspace(0.1, 100, 10)), 0.4))


@by_layout
@pytest.mark.parametrize("n_features", [2, 6])
@pytest.mark.parametrize("condition", [1e6, 1e8, 1e10])
@pytest.mark.parametrize("offset", [0, 1e8])
def test_with_holes_log_prob_degrades_no_faster(layout, n_features, condition, offset):
    rng = np.random.default_rng(n_features)
    mixture = random_mixture(rng, layout, 2, n_features, condition=condition, offset=offset)
    rows = with_holes(rng, rows_at(rng, mixture, np.geomspace(0.1, 100, 16)), 0.4)
    assert_degrades_gracefully(mixture, rows, condition)


@by_layout
@pytest.mark.parametrize("condition", [1.0, 1e4, 1e10])
@pytest.mark.parametrize("offset", [0, 1e8])
def test_responsibilities_of_rows_with_holes_are_exact(layout, condition, offset):
    rng = np.random.default_rng(8)
    mixture = random_mixture(rng, layout, 3, 4, condition=condition, offset=offset, spread=1)
    rows = with_holes(rng, mixture.sample(20, rng)[0], 0.4)
    shares = exact.responsibilities(mixture, rows)
    distances = np.array(exact.squared_distance(mixture, rows), dtype=float)
    for row, share, distance in zip(mixture.responsibilities(rows), shares, distances, strict=True):
        assert_below(exact.errors(row, share), 20 * EPS * np.sqrt(condition) * (1 + distance))


def one_dimensional(seed, offset=0.0, scale=1.0):
    rng = np.random.default_rng(seed)
    return random_mixture(rng, "diag", 3, 1, condition=100, offset=offset, scale=scale)


@pytest.mark.parametrize(("offset", "scale"), [(0, 1), (1e8, 1), (0, 1e-100), (0, 1e100)])
def test_cdf_is_exact_far_into_the_lower_tail(offset, scale):
    mixture = one_dimensional(3, offset, scale)
    for x in rows_at(np.random.default_rng(3), mixture, np.linspace(0.01, 37, 50))[:, 0]:
        truth = exact.tail(mixture, x, sign=1)
        assert exact.errors([mixture.cdf(x)], [truth])[0] <= 1e-12 * truth


@pytest.mark.parametrize(("offset", "scale"), [(0, 1), (1e8, 1), (0, 1e-100), (0, 1e100)])
@pytest.mark.parametrize("seed", [4, 5])
def test_quantiles_are_exact_in_both_tails(offset, scale, seed):
    """|F(x) - q| is at most what a few roundings of x and 1e-13 of the nearer tail explain."""
    mixture = one_dimensional(seed, offset, scale)
    lower = np.array([1e-300, 1e-200, 1e-20, 1e-5, 0.01, 0.3, 0.5])
    upper = 1 - np.array([0.4, 0.01, 1e-5, 1e-12, 1e-15, 2**-53])
    for q, sign in [*((q, 1) for q in lower), *((q, -1) for q in upper)]:
        x = float(mixture.quantile(q))
        target = q if sign == 1 else 1 - q
        allowed = 1e-13 * target + 4 * EPS * abs(x) * exact.density(mixture, x)
        assert exact.errors([target], [exact.tail(mixture, x, sign)])[0] <= allowed


def test_quantile_undoes_cdf():
    mixture = one_dimensional(6)
    x = np.sort(mixture.sample(200, 6)[0][:, 0])
    rounding = 4 * EPS / np.exp(mixture.log_prob(x[:, None])) + 1e-14
    assert_close(mixture.quantile(mixture.cdf(x)), x, rounding)
    q = np.geomspace(1e-300, 0.5, 50)
    assert_close(mixture.cdf(mixture.quantile(q)), q, 1e-11 * q)


@by_layout
def test_entropy_and_divergence_of_gaussians_have_formulas(layout):
    rng = np.random.default_rng(7)
    p, q = (random_mixture(rng, layout, 1, 3, spread=0.5) for _ in range(2))
    d, difference = 3, q.means[0] - p.means[0]
    p_matrix, q_matrix = p.covariance(), q.covariance()
    log_ratio = np.linalg.slogdet(q_matrix)[1] - np.linalg.slogdet(p_matrix)[1]
    inverse = np.linalg.inv(q_matrix)
    kl = (np.trace(inverse @ p_matrix) + difference @ inverse @ difference - d + log_ratio) / 2
    entropy = (d * (1 + np.log(2 * np.pi)) + np.linalg.slogdet(p_matrix)[1]) / 2
    for (estimate, error), truth in [(p.entropy(20_000, 1), entropy), (p.kl(q, 20_000, 2), kl)]:
        assert 0 < error < 0.1
        assert abs(estimate - truth) < 5 * error
