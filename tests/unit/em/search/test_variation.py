"""New starts from maxima: valid mixtures of every layout, and what they are made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura.em.search.candidate import chosen_components, with_copies
from mixtura.em.search.variation import (
    begun_anew,
    complete,
    crossed,
    squared_distances,
    swapped,
    with_new,
)
from support.closeness import assert_mixtures_close
from support.strategies import generators, layouts, mixtures, random_mixture

several = mixtures(n_components=st.integers(2, 5))
draws = st.integers(0, 2**32 - 1).map(np.random.RandomState)


def assert_valid(mixture, like):
    assert mixture.covariance_type == like.covariance_type
    assert mixture.means.shape == like.means.shape
    assert mixture.storage.dense().shape == like.storage.dense().shape
    assert mixture.feature_names == like.feature_names
    assert mixture.weights.sum() == pytest.approx(1, abs=1e-14)
    assert (mixture.weights > 0).all()
    assert np.isfinite(mixture.log_prob(mixture.means)).all()


def permuted(mixture, order):
    return chosen_components(mixture, list(order), mixture.weights[order])


@given(generators, layouts, st.integers(2, 5), st.integers(1, 3), draws)
def test_every_operator_gives_a_mixture(rng, layout, n_components, d, draw):
    first, second = (random_mixture(rng, layout, n_components, d) for _ in range(2))
    rows = first.sample(30, rng)[0]
    shares = first.responsibilities(rows)
    for made in (
        crossed(first, second, draw),
        swapped(first, rows[0], shares[0], draw),
        begun_anew(first, rows, shares, draw),
        with_new(first, chosen_components(second, [0], np.ones(1)), 0.2, draw),
    ):
        assert_valid(made, first)


@given(several, draws)
def test_a_mixture_crossed_with_itself_in_another_order_is_itself(mixture, draw):
    other = permuted(mixture, draw.permutation(mixture.n_components))
    assert_mixtures_close(crossed(mixture, other, draw), mixture, 1e-13)


@given(generators, draws)
def test_each_component_of_a_cross_is_of_one_parent_and_counterparts_do_not_both_come(rng, draw):
    first = random_mixture(rng, "full", 4, 2, spread=30)
    second = permuted(
        mx.Mixture(first.weights, first.means + 0.1, first.covariances), draw.permutation(4)
    )
    made = crossed(first, second, draw)
    both = np.concatenate([first.means, first.means + 0.1])
    places = [int(np.flatnonzero((both == mean).all(axis=1))[0]) for mean in made.means]
    assert [place % 4 for place in places] == [0, 1, 2, 3]
    assert set(places) <= set(range(8))


def test_both_parents_are_in_crosses():
    rng, draw = np.random.default_rng(0), np.random.RandomState(0)
    first, second = (random_mixture(rng, "diag", 6, 2) for _ in range(2))
    n_of_first = set()
    for _ in range(100):
        made = crossed(first, second, draw)
        n_of_first.add(int((made.means == first.means).all(axis=1).sum()))
    assert n_of_first == {1, 2, 3, 4, 5}


@given(generators, layouts, st.integers(1, 5), st.integers(1, 5), draws)
def test_mixtures_of_different_numbers_can_be_crossed(rng, layout, n_first, n_second, draw):
    first, second = (random_mixture(rng, layout, n, 2) for n in (n_first, n_second))
    assert_valid(crossed(first, second, draw), first)


def test_what_a_cross_takes_of_the_second_lies_in_one_place():
    means = np.arange(5.0)[:, None] ** 2  # so that all distances differ
    first = mx.Mixture(np.full(5, 0.2), means, np.ones(5), covariance_type="spherical")
    second = mx.Mixture(np.full(5, 0.2), means + 0.1, np.ones(5), covariance_type="spherical")
    for seed in range(50):
        made = crossed(first, second, np.random.RandomState(seed))
        taken = np.flatnonzero(made.means[:, 0] != means[:, 0])
        assert np.ptp(taken) == len(taken) - 1


def test_missing_entries_of_a_row_are_taken_from_the_mixture():
    mixture = mx.Mixture([1.0], [[1.0, 2]], [[[1.0, 0.5], [0.5, 1]]])
    rows = np.array([[3.0, np.nan], [0, 0]])
    np.testing.assert_allclose(complete(rows, mixture), [[3, 3], [0, 0]])


@given(several, generators)
def test_distances_between_components_know_no_units(mixture, rng):
    if mixture.covariance_type.endswith("spherical"):
        units = np.full(mixture.n_features, 1e3)
    else:
        units = 10.0 ** rng.integers(-6, 7, mixture.n_features)
    scaled = mx.Mixture(
        mixture.weights,
        units * (mixture.means + 5),
        np.outer(units, units)
        * np.broadcast_to(mixture.storage.dense(), (mixture.n_components, len(units), len(units))),
    )
    expected = squared_distances(mixture, mixture)
    np.testing.assert_allclose(squared_distances(scaled, scaled), expected, rtol=1e-9, atol=1e-9)


def test_distances_are_those_of_the_formula():
    first = mx.Mixture([1.0], [[0.0, 0]], [[1.0, 4]], covariance_type="diag")
    second = mx.Mixture([0.5, 0.5], [[2.0, 0], [0, 3]], [[3.0, 4], [1, 2]], covariance_type="diag")
    np.testing.assert_allclose(squared_distances(first, second), [[4 / 2, 9 / 3]])


def test_a_swap_takes_one_of_two_that_coincide_and_sets_it_beside_the_rows_owner():
    mixture = mx.Mixture(
        [0.5, 0.3, 0.2], [[0.0], [9], [20]], [1.0, 2, 3], covariance_type="spherical"
    )
    halves = with_copies(mixture, 4)
    row = np.array([21.0])
    made = swapped(halves, row, halves.responsibilities(row[None])[0], np.random.RandomState(0))
    np.testing.assert_allclose(made.means, [[0], [9], [20], [21]])
    np.testing.assert_allclose(made.covariances, [1, 2, 3, 3])
    np.testing.assert_allclose(made.weights, [0.5, 0.3, 0.1, 0.1])


def test_a_new_component_takes_the_place_of_a_copy():
    mixture = mx.Mixture([0.6, 0.4], [[0.0], [9]], [1.0, 2], covariance_type="spherical")
    new = mx.Mixture([1.0], [[5.0]], [0.1], covariance_type="spherical")
    made = with_new(with_copies(mixture, 3), new, 0.25, np.random.RandomState(0))
    order = made.means[:, 0].argsort()
    np.testing.assert_allclose(made.means[order], [[0], [5], [9]])
    np.testing.assert_allclose(made.covariances[order], [1, 0.1, 2])
    np.testing.assert_allclose(made.weights[order], [0.48, 0.2, 0.32])


def test_a_new_beginning_moves_neighbours_to_rows_of_theirs_and_no_others():
    means = np.array([[0.0], [1], [100], [101], [200], [201]])
    weights = np.arange(1, 7) / 21
    mixture = mx.Mixture(weights, means, np.ones(6), covariance_type="spherical")
    rows = np.arange(202)[:, None] + 0.25
    shares = mixture.responsibilities(rows)
    for seed in range(20):
        made = begun_anew(mixture, rows, shares, np.random.RandomState(seed))
        moved = np.flatnonzero((made.means != means).any(axis=1))
        others = np.setdiff1d(np.arange(6), moved)
        assert len(moved) in (2, 3)
        assert np.array_equal(made.means[others], means[others])
        assert np.isin(made.means[moved], rows).all()
        assert len(np.unique(made.means[moved])) == len(moved)
        owners = mixture.responsibilities(made.means[moved]).argmax(axis=1)
        assert set(owners // 2) <= set(moved // 2)
        np.testing.assert_allclose(made.weights[moved], weights[moved].mean())
