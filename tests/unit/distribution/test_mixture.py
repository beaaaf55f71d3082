"""A mixture is a value: nothing changes it, and its copies are as good."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

import mixtura as mx
from mixtura.covariance import LAYOUTS
from support.closeness import assert_close
from support.strategies import random_mixture

by_layout = pytest.mark.parametrize("layout", LAYOUTS)


def mixture_of(layout):
    return random_mixture(np.random.default_rng(0), layout, 3, 2)


def arrays_of(mixture):
    stored = (getattr(mixture.storage, field.name) for field in fields(mixture.storage))
    return [mixture.weights, mixture.means, mixture.covariances] + [
        array for array in stored if isinstance(array, np.ndarray)
    ]


def made_in_every_way(mixture):
    yield mixture
    yield mixture.marginal([1, 0])
    yield mixture.condition({0: 0.5})
    yield mixture.merge(0, 1)
    yield mixture.named(("a", "b"))
    yield mixture.with_accurate_factors()
    yield copy.copy(mixture)
    yield copy.deepcopy(mixture)
    yield pickle.loads(pickle.dumps(mixture))


@by_layout
def test_fields_cannot_be_assigned(layout):
    mixture = mixture_of(layout)
    for name in ("weights", "means", "storage", "feature_names", "anything"):
        with pytest.raises(FrozenInstanceError):
            setattr(mixture, name, None)
    with pytest.raises(FrozenInstanceError):
        mixture.storage.covariances = None
    with pytest.raises(AttributeError):
        mixture.covariances = None


@by_layout
def test_arrays_cannot_be_written_to(layout):
    for mixture in made_in_every_way(mixture_of(layout)):
        for array in arrays_of(mixture):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


@by_layout
def test_the_callers_arrays_stay_the_callers(layout):
    given = [np.array(part) for part in arrays_of(mixture_of(layout))[:3]]
    mixture = mx.Mixture(*given, covariance_type=layout)
    before = [np.array(array) for array in arrays_of(mixture)]
    for array in given:
        array *= 7  # would raise, had the mixture frozen it
    for array, kept in zip(arrays_of(mixture), before, strict=True):
        assert np.array_equal(array, kept)


def test_rows_stay_as_they_are():
    mixture = mixture_of("full")
    rows = mixture.sample(10, 0)[0]
    before = rows.copy()
    mixture.log_prob(rows)
    mixture.responsibilities(rows)
    assert rows.flags.writeable
    assert np.array_equal(rows, before)


@by_layout
def test_copies_give_the_same_numbers(layout):
    mixture = mixture_of(layout).named(("a", "b"))
    rows = mixture.sample(20, 0)[0]
    for other in (copy.copy(mixture), copy.deepcopy(mixture), pickle.loads(pickle.dumps(mixture))):
        assert other.feature_names == ("a", "b")
        assert other.covariance_type == layout
        assert np.array_equal(other.log_prob(rows), mixture.log_prob(rows))
        assert np.array_equal(other.sample(20, 0)[0], rows)
        for array, same in zip(arrays_of(other), arrays_of(mixture), strict=True):
            assert np.array_equal(array, same)


@by_layout
def test_what_is_given_comes_back(layout):
    mixture = mixture_of(layout)
    again = mx.Mixture(mixture.weights, mixture.means, mixture.covariances, covariance_type=layout)
    for array, same in zip(arrays_of(again), arrays_of(mixture), strict=True):
        tolerance = 1e-12 if "factor" in layout else 0  # matrices become loadings and noise
        assert np.allclose(array, same, rtol=tolerance, atol=0)
    assert (again.n_components, again.n_features) == (3, 2)
    assert repr(again) == f"Mixture(n_components=3, n_features=2, covariance_type={layout!r})"


@by_layout
def test_samples_are_reproducible_and_ordered_by_component(layout):
    mixture = mixture_of(layout)
    rows, labels = mixture.sample(100, 5)
    assert rows.shape == (100, 2)
    assert np.array_equal(labels, np.sort(labels))
    assert np.array_equal(rows, mixture.sample(100, np.random.default_rng(5))[0])
    assert not np.array_equal(rows, mixture.sample(100, 6)[0])
    assert mixture.sample(1, np.random.RandomState(0))[0].shape == (1, 2)


def test_samples_do_not_touch_the_global_generator():
    np.random.seed(0)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    mixture_of("full").sample(10, 0)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize("units", [[1e9, 1e-3], [1e-3, 1e9]])
def test_samples_keep_correlations_between_features_of_very_different_units(units):
    matrix = np.array([[1, 0.5], [0.5, 1]]) * np.outer(units, units)
    rows, _ = mx.Mixture([1], [[0, 0]], [matrix]).sample(10_000, 0)
    assert_close(np.cov((rows / units).T), [[1, 0.5], [0.5, 1]], 0.06)


def test_weightless_components_merge_halfway():
    mixture = mx.Mixture([1, 0, 0], [[0], [2], [4]], [1.0, 1.0, 1.0], covariance_type="spherical")
    merged = mixture.merge(1, 2)
    assert merged.weights.tolist() == [1, 0]
    assert merged.means.tolist() == [[0], [3]]
    assert merged.covariances.tolist() == [[[1]], [[2]]]


def test_weights_may_miss_1_by_a_rounding():
    """Thirds to seven digits are weights, and no answer depends on what they lack."""
    rounded = mx.Mixture([0.3333333] * 3, [[1e8]] * 3, [1.0], covariance_type="tied_spherical")
    assert_close(rounded.mean(), [1e8], 1e-7)
    assert_close(rounded.covariance(), [[1.0]], 1e-6)
    assert rounded.cdf(np.inf) == pytest.approx(1, abs=1e-15)


def test_rows_are_independent_of_those_beside_them():
    """Long inputs are worked on in blocks."""
    mixture = random_mixture(np.random.default_rng(0), "full", 8, 10)
    rows = mixture.sample(5_000, 1)[0]
    each = np.concatenate([mixture.log_prob(rows[i : i + 700]) for i in range(0, 5_000, 700)])
    assert_close(mixture.log_prob(rows), each, 1e-12 * np.abs(each))
