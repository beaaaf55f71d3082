"""Rows, columns and whole arrays without entries; odd places, scales and holders with holes."""

import numpy as np
import pandas as pd
import pytest

import mixtura as mx
from mixtura.em import STARTS
from mixtura.family import FAMILIES

families = pytest.mark.parametrize("family", FAMILIES)
CRITERIA = ["score", "bic", "aic", "icl"]


def with_holes(share=0.2, n=80, seed=0):
    """Two clusters in three dimensions; every row has an entry."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.normal(size=(n // 2, 3)), rng.normal(5, 1, size=(n // 2, 3))])
    rows[rng.uniform(size=rows.shape) < share] = np.nan
    return rows[~np.isnan(rows).all(axis=1)]


def interspersed(values, places, empty):
    return np.insert(values, places, empty, axis=0)


PLACES = [0, 3, 3, 40, 60]


def fit(X, family="full", **settings):
    weights = settings.pop("sample_weight", None)
    model = mx.GaussianMixture(2, **{"covariance_type": family, "random_state": 0} | settings)
    return model.fit(X, sample_weight=weights)


def assert_same_bits(one, other):
    for name in ("weights_", "means_", "covariances_", "lower_bounds_", "n_samples_fit_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("share", [0, 0.2])
@families
def test_rows_without_entries_change_no_bit(family, share):
    rows = with_holes(share)
    padded = interspersed(rows, PLACES, np.nan)
    model = fit(rows, family)
    assert_same_bits(fit(padded, family), model)
    for criterion in CRITERIA:
        assert getattr(model, criterion)(padded) == getattr(model, criterion)(rows)


@pytest.mark.parametrize("share", [0, 0.2])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_nor_with_weights_of_their_own_whatever_the_start(start, share, dtype):
    rows = with_holes(share).astype(dtype)
    padded = interspersed(rows, PLACES, np.nan)
    weights = np.random.default_rng(1).uniform(0.5, 2, len(rows))
    more = interspersed(weights, PLACES, 7.0)
    model = fit(rows, init_params=start, sample_weight=weights)
    assert_same_bits(fit(padded, init_params=start, sample_weight=more), model)
    for criterion in CRITERIA:
        score = getattr(model, criterion)
        assert score(padded, sample_weight=more) == score(rows, sample_weight=weights)


def test_nor_with_a_start_that_is_given_for_all_rows():
    rows = with_holes()
    padded = interspersed(rows, PLACES, np.nan)
    labels = np.arange(len(rows)) % 2
    more = interspersed(labels, PLACES, 1)
    model = fit(rows, responsibilities_init=labels)
    assert_same_bits(fit(padded, responsibilities_init=more), model)
    seen = []

    def start(X, rng):
        seen.append(X)
        return more

    assert_same_bits(fit(padded, init_params=start), model)
    np.testing.assert_array_equal(seen[0], padded)


def test_what_is_said_of_a_row_without_entries():
    model = fit(with_holes())
    empty = np.full((2, 3), np.nan)
    weights = np.tile(model.weights_, (2, 1))
    np.testing.assert_allclose(model.predict_proba(empty), weights, rtol=1e-15)
    np.testing.assert_allclose(model.score_samples(empty), 0, atol=1e-15)
    np.testing.assert_array_equal(model.predict(empty), model.weights_.argmax())
    mean = model.mixture_.mean()
    np.testing.assert_allclose(model.impute(empty), np.tile(mean, (2, 1)), rtol=1e-14)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_rows_without_entries_alone_have_no_score(criterion):
    model = fit(with_holes())
    score = getattr(model, criterion)
    with pytest.raises(ValueError, match="No row that counts has an entry"):
        score(np.full((3, 3), np.nan))
    with pytest.raises(ValueError, match="No row that counts has an entry"):
        score([[1, 2, 3], [np.nan] * 3], sample_weight=[0, 1])


def test_a_column_without_entries():
    rows = with_holes()
    lacking = rows.copy()
    lacking[:, 1] = np.nan
    with pytest.raises(ValueError, match="Column 1 of X has no entry at all"):
        fit(lacking)
    frame = pd.DataFrame(lacking, columns=["sepal", "petal", "stem"])
    with pytest.raises(ValueError, match="Column 'petal' of X has no entry at all"):
        fit(frame)
    model = fit(rows)
    rest = model.mixture_.marginal([0, 2])
    has_entries = ~np.isnan(lacking).all(axis=1)
    np.testing.assert_allclose(
        model.predict_proba(lacking)[has_entries],
        rest.responsibilities(rows[:, [0, 2]])[has_entries],
        rtol=1e-10,
        atol=1e-14,
    )


def test_a_column_whose_entries_have_no_weight():
    rows = with_holes()
    weights = np.isnan(rows[:, 2]) * 1.0
    with pytest.raises(ValueError, match="Column 2 of X has no entry"):
        fit(rows, sample_weight=weights)


def test_nothing_at_all():
    with pytest.raises(ValueError, match="Column 0 of X has no entry at all"):
        fit(np.full((10, 3), np.nan))


def test_one_row():
    with pytest.raises(ValueError, match="1 sample"):
        fit([[1.0, np.nan]])
    mixture = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
    assert mixture.log_prob([[0, None]]) == pytest.approx(-0.5 * np.log(2 * np.pi), rel=1e-15)


def test_more_components_than_rows_that_have_entries():
    X = np.full((9, 2), np.nan)
    X[:3, 0], X[2:4, 1] = 1, 2
    with pytest.raises(ValueError, match="n_components = 5, n_samples = 4"):
        mx.GaussianMixture(5).fit(X)


@families
def test_repeated_rows_with_holes_are_weights(family):
    rows = with_holes()
    start = fit(rows, family).mixture_
    twice = fit(np.repeat(rows, 2, axis=0), family, mixture_init=start)
    weighted = fit(rows, family, mixture_init=start, sample_weight=np.full(len(rows), 2))
    np.testing.assert_allclose(twice.means_, weighted.means_, rtol=1e-8)
    np.testing.assert_allclose(twice.covariances_, weighted.covariances_, rtol=1e-8, atol=1e-10)


@families
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e8])
def test_a_constant_column_with_holes(family, constant):
    rows = with_holes()
    column = np.where(np.arange(len(rows)) % 4 == 0, np.nan, constant)
    model = fit(np.column_stack([rows, column]), family)
    np.testing.assert_allclose(model.means_[:, 3], constant, atol=1e-12)
    assert (model.mixture_.storage.variances() > 0).all()
    assert np.isfinite(model.lower_bound_)


@families
def test_offset_with_holes(family):
    shifted = with_holes() + 1e8
    exact = shifted - 1e8
    labels = (np.nanmean(exact, axis=1) > 2.5).astype(int)
    settings = {"reg_covar": 0, "responsibilities_init": labels}
    far, near = fit(shifted, family, **settings), fit(exact, family, **settings)
    np.testing.assert_allclose(far.means_ - 1e8, near.means_, atol=1e-6)
    np.testing.assert_allclose(far.covariances_, near.covariances_, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(far.lower_bound_, near.lower_bound_, rtol=1e-9)


@families
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_extreme_scales_with_holes(family, scale):
    rows = with_holes()
    labels = (np.nanmean(rows, axis=1) > 2.5).astype(int)
    settings = {"reg_covar": 0, "responsibilities_init": labels}
    scaled, plain = fit(rows * scale, family, **settings), fit(rows, family, **settings)
    np.testing.assert_allclose(scaled.means_ / scale, plain.means_, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(scaled.predict(rows * scale), plain.predict(rows))
    np.testing.assert_allclose(scaled.impute(rows * scale) / scale, plain.impute(rows), rtol=1e-8)


@families
def test_float32_with_holes(family):
    rows = with_holes().astype(np.float32)
    single, double = fit(rows, family), fit(rows.astype(np.float64), family)
    assert single.means_.dtype == single.impute(rows).dtype == np.float32
    np.testing.assert_allclose(single.means_, double.means_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(single.impute(rows), double.impute(rows), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_memory_maps_with_holes_are_read_alone(tmp_path, mode):
    rows = with_holes()
    np.save(tmp_path / "rows.npy", rows)
    before = (tmp_path / "rows.npy").read_bytes()
    mapped = np.load(tmp_path / "rows.npy", mmap_mode=mode)
    model = fit(mapped)
    assert_same_bits(model, fit(rows))
    np.testing.assert_array_equal(model.impute(mapped), model.impute(rows))
    del mapped
    assert (tmp_path / "rows.npy").read_bytes() == before


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_with_holes_are_not_written_to(order):
    rows = np.array(interspersed(with_holes(), PLACES, np.nan), order=order)
    before = rows.copy()
    fit(rows).impute(rows, n_draws=2, random_state=0)
    np.testing.assert_array_equal(rows, before)
    rows.flags.writeable = False
    model = fit(rows)
    model.impute(rows)
    model.bic(rows)
