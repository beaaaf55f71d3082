"""Every storage answers as the matrices that it stands for would."""

import numpy as np
import pytest

from mixtura.covariance import LAYOUTS, Layout, layout_name
from mixtura.errors import CollapsedComponentsError
from support.closeness import assert_close
from support.strategies import random_covariances, random_matrix

K, D = 3, 4
by_layout = pytest.mark.parametrize("name", LAYOUTS)


def storage_of(name, covariances=None, *, accurate=False):
    layout = LAYOUTS[name]
    if covariances is None:
        covariances = random_covariances(np.random.default_rng(0), name, K, D, 10.0)
    covariances = covariances[None] if layout.drops_axis else covariances
    return layout.storage.from_covariances(
        covariances, shared=layout.shared, n_features=D, accurate=accurate
    )


def dense_of(stored, name):
    """Matrices from what a storage keeps."""
    if stored.ndim == 3:
        return stored
    return stored[..., None] * np.eye(D) if stored.ndim == 2 else stored[:, None, None] * np.eye(D)


@by_layout
def test_shapes(name):
    storage = storage_of(name)
    n = 1 if LAYOUTS[name].shared else K
    assert storage.n_features == D
    assert storage.shared is LAYOUTS[name].shared
    assert storage.dense().shape == (n, D, D)
    assert storage.variances().shape == (n, D)
    assert storage.log_det().shape == (n,)
    assert storage.covariances.shape == storage.shape(n, D)
    assert storage.precisions().shape == storage.covariances.shape
    assert layout_name(storage) == name


@by_layout
def test_layouts_tell_the_shape_that_users_see(name):
    expected = {
        "full": (K, D, D),
        "tied": (D, D),
        "diag": (K, D),
        "tied_diag": (1, D),
        "spherical": (K,),
        "tied_spherical": (1,),
        "factor": (K, D, D),
        "tied_factor": (1, D, D),
    }
    assert LAYOUTS[name].shape(K, D) == expected[name]


def test_no_two_layouts_are_the_same():
    assert len(set(LAYOUTS.values())) == len(LAYOUTS)
    assert all(isinstance(layout, Layout) for layout in LAYOUTS.values())


@by_layout
def test_dense_is_what_is_stored(name):
    storage = storage_of(name)
    assert np.array_equal(storage.dense(), dense_of(storage.covariances, name))
    assert np.array_equal(storage.variances(), np.diagonal(storage.dense(), axis1=1, axis2=2))


@by_layout
def test_determinants_and_precisions(name):
    storage = storage_of(name)
    assert_close(storage.log_det(), np.linalg.slogdet(storage.dense())[1], 1e-12)
    precisions = dense_of(storage.precisions(), name)
    assert_close(precisions, np.linalg.inv(storage.dense()), 1e-12)
    factors = dense_of(storage.precision_factors(), name)
    assert np.array_equal(factors, np.triu(factors))
    assert_close(factors @ np.swapaxes(factors, 1, 2), precisions, 1e-12)


@by_layout
def test_storages_come_back_from_their_precisions(name):
    storage = storage_of(name)
    again = type(storage).from_precisions(storage.precisions(), shared=storage.shared, n_features=D)
    assert layout_name(again) == name
    assert_close(again.covariances, storage.covariances, 1e-12)
    assert_close(again.log_det(), storage.log_det(), 1e-12)


@by_layout
@pytest.mark.parametrize("accurate", [False, True])
def test_squared_distances(name, accurate):
    rng = np.random.default_rng(1)
    rows, means = rng.standard_normal((6, D)), rng.standard_normal((K, D))
    storage = storage_of(name, accurate=accurate)
    residuals = rows[:, None, :] - means
    inverses = np.broadcast_to(np.linalg.inv(storage.dense()), (K, D, D))
    expected = np.einsum("nki,kij,nkj->nk", residuals, inverses, residuals)
    assert_close(storage.squared_distances(rows, means), expected, 1e-12 * (1 + expected))
    accurately = storage.with_accurate_factors().squared_distances(rows, means)
    assert_close(accurately, expected, 1e-12 * (1 + expected))


@by_layout
def test_marginals_select(name):
    storage = storage_of(name)
    features = np.array([2, 0])
    marginal = storage.marginal(features)
    assert layout_name(marginal) == name
    assert marginal.n_features == 2
    assert np.array_equal(marginal.dense(), storage.dense()[:, [[2], [0]], [[2, 0]]])


@by_layout
def test_conditionals_regress(name):
    storage = storage_of(name)
    a, b = np.array([3, 1]), np.array([0, 2])
    coefficients, left_over = storage.condition(a, b)
    for k, matrix in enumerate(storage.dense()):
        cross = matrix[np.ix_(a, b)]
        expected = cross @ np.linalg.inv(matrix[np.ix_(b, b)])
        assert_close(coefficients[k], expected, 1e-12)
        assert_close(left_over.dense()[k], matrix[np.ix_(a, a)] - expected @ cross.T, 1e-12)
    assert layout_name(left_over) == name


@by_layout
def test_draws_have_the_covariance(name):
    storage = storage_of(name)
    for k, matrix in enumerate(np.broadcast_to(storage.dense(), (K, D, D))):
        draws = storage.draw(k, 40_000, np.random.default_rng(k))
        variances = matrix.diagonal()
        error = np.sqrt((np.outer(variances, variances) + matrix**2) / len(draws))
        assert_close(draws.T @ draws / len(draws), matrix, 5 * error)
        assert storage.draw(k, 0, np.random.default_rng(k)).shape == (0, D)


@by_layout
@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("unit", [1e-100, 1e5, 1e100])
def test_draws_have_the_unit_of_the_deviations(name, make, unit):
    storage = storage_of(name)
    covariances = unit**2 * random_covariances(np.random.default_rng(0), name, K, D, 10.0)
    expected = unit * storage.draw(0, 50, make(1))
    assert_close(storage_of(name, covariances).draw(0, 50, make(1)), expected, 1e-12 * unit)


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("unit", [1.0, 1e5, 1e100])
def test_draws_do_not_warn_of_rounding_beside_large_variances(make, unit):
    matrix = random_matrix(np.random.default_rng(0), D, condition=1.0)
    draws = storage_of("tied", unit**2 * matrix).draw(0, 1000, make(0))
    assert_close(draws.std(axis=0) / unit, np.ones(D), 0.2)


@pytest.mark.parametrize("name", ["full", "tied"])
@pytest.mark.parametrize("seed", range(5))
def test_matrices_are_symmetric_to_the_last_bit(name, seed):
    """Or else the condition would magnify what rounding left between the two triangles."""
    rng = np.random.default_rng(seed)
    given = random_covariances(rng, name, K, D, 1e4)
    rounded = given * (1 + 1e-15 * rng.standard_normal(given.shape))
    storage = storage_of(name, rounded, accurate=True)
    others = np.array([0, 1]), np.array([2, 3])
    for made in (
        storage,
        storage.marginal(others[0]),
        storage.condition(*others)[1],
        type(storage).from_precisions(rounded.reshape(-1, D, D), shared=False, n_features=D),
    ):
        assert np.array_equal(made.dense(), np.swapaxes(made.dense(), 1, 2))


@by_layout
def test_components_are_selected_in_order_and_may_be_there_twice(name):
    storage = storage_of(name)
    chosen = [2, 0, 2]
    selected = storage.select(chosen)
    assert layout_name(selected) == name
    expected = [0] if storage.shared else chosen
    assert np.array_equal(selected.dense(), storage.dense()[expected])
    assert np.array_equal(selected.log_det(), storage.log_det()[expected])
    assert np.array_equal(selected.factors(), storage.factors()[expected])


@by_layout
def test_joined_covariances_follow_each_other_and_of_shared_ones_the_first_stay(name):
    storage = storage_of(name)
    other = storage_of(name, 2 * random_covariances(np.random.default_rng(1), name, K, D, 10.0))
    joined = storage.joined(other)
    assert layout_name(joined) == name
    both = [storage] if storage.shared else [storage, other]
    assert np.array_equal(joined.dense(), np.concatenate([each.dense() for each in both]))
    assert np.array_equal(joined.log_det(), np.concatenate([each.log_det() for each in both]))


@by_layout
def test_a_storage_exceeds_variances_where_no_axis_has_less(name):
    storage = storage_of(name)
    eigenvalues = np.linalg.eigvalsh(storage.dense())[:, 0]
    floors = np.concatenate([eigenvalues * 0.999, eigenvalues * 1.001])
    for floor in floors:
        assert storage.exceed(np.full(D, floor)).tolist() == (eigenvalues >= floor).tolist()


@pytest.mark.parametrize("name", ["full", "tied", "factor", "tied_factor"])
def test_a_storage_exceeds_the_same_share_of_its_variances_in_any_units(name):
    dense = storage_of(name).dense()
    variances = dense.diagonal(0, 1, 2).mean(axis=0)
    least = np.linalg.eigvalsh(dense / np.sqrt(np.outer(variances, variances)))[:, 0]
    units = np.array([1, 1e-8, 1e8, 1])
    scaled = np.outer(units, units) * dense
    storage = storage_of(name, scaled[0] if name == "tied" else scaled)
    for share in np.concatenate([least * 0.999, least * 1.001]):
        assert storage.exceed(share * variances * units**2).tolist() == (least >= share).tolist()


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items() if not layout.shared])
def test_collapsed_components_are_named(name, bad):
    covariances = np.array(random_covariances(np.random.default_rng(0), name, K, D, 10.0))
    covariances[1].flat[-1] = bad
    if name == "spherical":
        covariances[1] = bad
    with pytest.raises(CollapsedComponentsError) as error:
        storage_of(name, covariances)
    assert error.value.collapsed.tolist() == [False, True, False]


@pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items() if layout.shared])
def test_a_shared_covariance_collapses_for_all(name):
    with pytest.raises(CollapsedComponentsError) as error:
        storage_of(name, np.zeros(LAYOUTS[name].shape(K, D)))
    assert error.value.collapsed.tolist() == [True]


def test_precisions_too_near_singular_to_invert_keep_their_own_factors():
    layout = LAYOUTS["full"]
    precisions = np.diag([1.0, 1e-30, 1.0, 1.0])[None] + 1e-31
    storage = layout.storage.from_precisions(precisions, shared=False, n_features=D)
    assert np.isfinite(storage.with_accurate_factors().inverse_factors).all()
