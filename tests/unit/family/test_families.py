"""M-steps are what their formulas and letters say."""

import numpy as np
import pytest

from mixtura.errors import CollapsedComponentsError
from mixtura.family import FAMILIES, SAME, UNIVARIATE, family_named
from mixtura.moments import collect
from support.closeness import assert_close
from support.letters import BALLS, LETTERS, n_parameters, parts_of
from support.strategies import random_mixture, random_responsibilities

by_family = pytest.mark.parametrize("name", FAMILIES)
by_letters = pytest.mark.parametrize("name", LETTERS)

K, D, N = 3, 4, 40


def problem(seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((N, D)) @ rng.standard_normal((D, D)), random_responsibilities(
        rng, N, K
    )


def maximized(name, rows, responsibilities, centres=None):
    centres = rows[: responsibilities.shape[1]] if centres is None else centres
    return FAMILIES[name].maximize(collect(rows, responsibilities, centres, FAMILIES[name].need))


def geometric_mean(values):
    return np.exp(np.log(values).mean(axis=-1, keepdims=True))


@pytest.mark.parametrize(
    "name", ["full", "tied", "diag", "spherical", "EII", "EEI", "EVI", "EEV", "EVV"]
)
def test_closed_forms(name):
    """As Celeux and Govaert (1995) give them."""
    rows, responsibilities = problem()
    mixture = maximized(name, rows, responsibilities)
    weights = responsibilities.mean(axis=0)
    matrices = np.stack([np.cov(rows.T, aweights=r, ddof=0) for r in responsibilities.T])
    pooled, diagonals = np.tensordot(weights, matrices, 1), np.einsum("kii->ki", matrices)
    values, axes = np.linalg.eigh(matrices)
    volumes = geometric_mean(diagonals)
    determinants = geometric_mean(values)[:, :, None]
    expected = {
        "full": matrices,
        "tied": pooled,
        "diag": diagonals,
        "spherical": diagonals.mean(axis=1),
        "EII": np.diag(pooled).mean(keepdims=True),
        "EEI": np.diag(pooled)[None],
        "EVI": diagonals / volumes * (weights @ volumes),
        "EEV": (axes * (weights @ values)) @ axes.swapaxes(1, 2),
        "EVV": matrices / determinants * np.tensordot(weights, determinants, 1),
    }[name]
    assert mixture.covariance_type == FAMILIES[name].layout
    assert_close(mixture.weights, weights, 1e-14)
    for mean, r in zip(mixture.means, responsibilities.T, strict=True):
        assert_close(mean, np.average(rows, weights=r, axis=0), 1e-13)
    assert_close(mixture.covariances, expected, 1e-12)


@by_letters
def test_covariances_have_the_equalities_of_their_letters(name):
    for seed in range(5):
        dense = maximized(name, *problem(seed)).storage.dense()
        dense = np.broadcast_to(dense, (K, D, D))
        assert_close(parts_of(name, dense).dense(), dense, 1e-11)


@by_family
def test_covariances_are_symmetric_to_the_last_bit(name):
    for seed in range(5):
        dense = maximized(name, *problem(seed)).storage.dense()
        assert np.array_equal(dense, np.swapaxes(dense, 1, 2))


@by_family
def test_the_scale_of_the_counts_does_not_matter(name):
    rows, responsibilities = problem()
    one, many = (maximized(name, rows, factor * responsibilities) for factor in (1, 2.0**40))
    assert np.array_equal(one.weights, many.weights)
    np.testing.assert_allclose(one.covariances, many.covariances, rtol=1e-9, atol=1e-12)


@by_letters
def test_numbers_of_free_parameters(name):
    family = FAMILIES[name]
    for n_components, d in [(K, D), (1, D), (1, 1), (5, 2)]:
        covariances = n_parameters(name, n_components, d)
        assert family.n_covariance_parameters(n_components, d) == covariances
        total = n_components - 1 + n_components * d + covariances
        assert family.n_parameters(n_components, d) == total


@by_letters
def test_in_one_dimension_every_family_has_a_variance(name):
    family = FAMILIES[name]
    assert family.n_parameters(1, 1) == 2
    n_variances = 1 if LETTERS[name].startswith("E") else K
    assert family.n_parameters(K, 1) == K - 1 + K + n_variances
    rows, responsibilities = problem()
    mixture = maximized(name, rows[:, :1], responsibilities)
    alike = maximized("tied" if n_variances == 1 else "full", rows[:, :1], responsibilities)
    variances, others = (each.storage.variances() for each in (mixture, alike))
    assert_close(*np.broadcast_arrays(variances, others), 1e-12)


def test_families_of_several_names_are_one():
    for other, name in SAME.items():
        assert family_named(other, D) is family_named(name, D) is FAMILIES[name]
    for letter, name in UNIVARIATE.items():
        assert family_named(letter, 1) is FAMILIES[name]
        with pytest.raises(ValueError, match="is for one feature, and there are 2"):
            family_named(letter, 2)


@by_family
def test_feature_names_are_kept(name):
    rows, responsibilities = problem()
    moments = collect(rows, responsibilities, rows[:K], FAMILIES[name].need)
    previous = random_mixture(np.random.default_rng(0), name, K, D).named(("a", "b", "c", "d"))
    assert FAMILIES[name].maximize(moments, previous).feature_names == previous.feature_names
    assert FAMILIES[name].maximize(moments).feature_names is None


@by_family
def test_components_without_rows_collapse(name):
    rows, responsibilities = problem()
    responsibilities[:, 1] = 1e-20
    with pytest.raises(CollapsedComponentsError) as error:
        maximized(name, rows, responsibilities)
    assert error.value.collapsed.tolist() == [False, True, False]


@pytest.mark.parametrize("name", ["full", "diag", "spherical"])
@pytest.mark.parametrize("offset", [0, 1, 1e8])
def test_components_without_extent_collapse(name, offset):
    """Five equal rows, wherever they lie: their mean may be off by a rounding."""
    rows, _ = problem()
    rows[:5] = offset + np.array([0.1, 0.2, 0.3, 0.7])
    labels = np.where(np.arange(N) < 5, 1, 2 * (np.arange(N) % 2))
    with pytest.raises(CollapsedComponentsError) as error:
        maximized(name, rows, np.eye(K)[labels], rows[[5, 0, 6]])
    assert error.value.collapsed.tolist() == [False, True, False]


@pytest.mark.parametrize("name", ["full", "diag"])
def test_components_flat_in_one_feature_collapse(name):
    rows, _ = problem()
    labels = np.arange(N) % K
    rows[labels == 2, 1] = 7.3
    with pytest.raises(CollapsedComponentsError) as error:
        maximized(name, rows, np.eye(K)[labels])
    assert error.value.collapsed.tolist() == [False, False, True]
    assert maximized("spherical", rows, np.eye(K)[labels]).n_components == K
    assert maximized("tied", rows, np.eye(K)[labels]).n_components == K


@pytest.mark.parametrize("offset", [0, 1e8])
def test_a_shared_covariance_collapses_where_all_are_flat(offset):
    rows, responsibilities = problem()
    rows[:, 1] = offset + 0.1
    with pytest.raises(CollapsedComponentsError) as error:
        maximized("tied", rows, responsibilities)
    assert error.value.collapsed.tolist() == [True] * K


@by_family
def test_a_tiny_extent_far_away_is_not_taken_for_rounding(name):
    """Deviations of 1e-5 at an offset of 1e8 are a thousand units in the last place."""
    rng = np.random.default_rng(0)
    rows = 1e8 + 1e-5 * rng.standard_normal((N, 2))
    mixture = maximized(name, rows, np.ones((N, 1)), centres=rows.mean(axis=0, keepdims=True))
    expected = (rows - rows[0]).var(axis=0)
    expected = expected.mean() if name in BALLS else expected
    assert_close(mixture.storage.variances() / expected, np.ones((1, 2)), 1e-4)
