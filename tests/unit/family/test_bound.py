"""The bound on the ratio of eigenvalues: Fritz, Garcia-Escudero and Mayo-Iscar's optimum."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import mixtura as mx
from mixtura.family import FAMILIES, is_boundable
from mixtura.family.bound import truncated
from support.data import data


def cost(m, values, counts, ratio):
    kept = np.clip(values, m, ratio * m)
    return np.sum(counts[:, None] * (np.log(kept) + values / kept))


@pytest.mark.parametrize("ratio", [1.0, 1.5, 3.0, 20.0])
@pytest.mark.parametrize("seed", range(8))
def test_no_other_floor_costs_less(seed, ratio):
    """Every m is tried, on a grid and by SciPy's search within its best cell."""
    rng = np.random.default_rng(seed)
    values, counts = rng.lognormal(0, 2, (3, 4)), rng.uniform(0.1, 50, 3)
    kept = truncated(values, counts, ratio)
    assert kept.max() <= ratio * kept.min() * (1 + 1e-14)
    ours = np.sum(counts[:, None] * (np.log(kept) + values / kept))
    grid = np.geomspace(values.min() / ratio, values.max(), 2000)
    costs = [cost(m, values, counts, ratio) for m in grid]
    best = int(np.argmin(costs))
    found = minimize_scalar(
        lambda log_m: cost(np.exp(log_m), values, counts, ratio),
        bounds=np.log(grid[[max(best - 1, 0), min(best + 1, 1999)]]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert ours <= min(*costs, found.fun) + 1e-9 * abs(found.fun)


def test_equal_eigenvalues_are_the_pooled_mean():
    """With a ratio of 1 all are sum_kj N_k l_kj / (m sum_k N_k)."""
    values, counts = np.array([[1.0, 3], [10, 2]]), np.array([3.0, 1])
    assert truncated(values, counts, 1.0) == pytest.approx(np.full((2, 2), (12 + 12) / 8))


def test_what_is_within_the_bound_stays():
    values = np.array([[1.0, 3], [2, 1.5]])
    assert truncated(values, np.array([4.0, 5]), 3.0) is values
    assert not truncated(np.zeros((2, 1)), np.array([4.0, 5]), 3.0).any()


def test_eigenvalues_of_nil_are_raised():
    kept = truncated(np.array([[0.0, 4], [1, 2]]), np.array([5.0, 5]), 4.0)
    assert 0 < kept.min() <= kept.max() <= 4 * kept.min() * (1 + 1e-14)


@pytest.mark.parametrize("name", FAMILIES)
def test_families_that_it_is_defined_for(name):
    private = {"full", "diag", "spherical", "VVV", "VVI", "VII"}
    assert is_boundable(FAMILIES[name]) == (name in private)


def test_it_keeps_a_fit_from_a_spike():
    """The iris, where rounded values let a component go flat (see the page on how to choose)."""
    rows = data("iris")
    settings = {"init_params": "random_from_data", "n_init": 8, "random_state": 0, "max_iter": 500}
    fit = mx.GaussianMixture(3, max_eigenvalue_ratio=100, **settings).fit(rows)
    values = np.linalg.eigvalsh(fit.covariances_)
    assert values.max() / values.min() <= 100 * (1 + 1e-10)
    assert 150 * fit.lower_bound_ < -175


def test_a_component_without_extent_is_no_trouble():
    rows = np.concatenate([np.random.default_rng(0).normal(size=(50, 2)), np.full((5, 2), 9.0)])
    labels = np.repeat([0, 1], [50, 5])
    settings = {"responsibilities_init": labels, "reg_covar": 0, "max_eigenvalue_ratio": 10}
    fit = mx.GaussianMixture(2, **settings).fit(rows)
    assert not fit.history_[0].repairs
    assert fit.weights_[1] == pytest.approx(5 / 55)
