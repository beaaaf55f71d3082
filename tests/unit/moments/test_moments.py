"""Moments: a frozen record of sums, which knows its centres."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

import mixtura as mx
from mixtura.moments import FULL, NEEDS, collect, expect
from mixtura.typing import Block
from support.closeness import assert_close

by_need = pytest.mark.parametrize("need", NEEDS.values(), ids=NEEDS)

ROWS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0]])
LEFT_RIGHT = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])


def of_sides(need, centres=((0.0, 2.0), (2.0, 2.0))):
    """The moments of the corners of a rectangle, of which each component has one long side."""
    return collect(ROWS, LEFT_RIGHT, np.array(centres), need)


def test_a_rectangle():
    moments = of_sides(FULL)
    assert moments.counts.tolist() == [2, 2]
    assert moments.total_weight == 4
    assert moments.n_features == 2
    assert moments.sums.tolist() == [[0, 0], [0, 0]]
    assert moments.scatter.tolist() == [[[0, 0], [0, 8]]] * 2
    assert moments.means().tolist() == [[0, 2], [2, 2]]
    assert np.isnan(moments.log_likelihood)


@by_need
def test_other_centres(need):
    """Moved to the corner at the origin, the scatter gains count times shift squared."""
    corner = np.zeros((2, 2))
    moved, expected = of_sides(need).about(corner), of_sides(need, corner)
    assert moved.centres.tolist() == corner.tolist()
    assert moved.sums.tolist() == expected.sums.tolist() == [[0, 4], [4, 4]]
    assert moved.scatter.tolist() == expected.scatter.tolist()
    assert moved.means().tolist() == [[0, 2], [2, 2]]


@by_need
def test_centred_moments_are_about_the_means(need):
    far = of_sides(need, np.array([[3.0, -1.0], [0.5, 4.0]])).regularized(0.25)
    centred, expected = far.centred, far.about(far.means())
    assert centred.sums.tolist() == [[0, 0], [0, 0]]
    assert centred.centres.tolist() == far.means().tolist()
    assert_close(centred.scatter, expected.scatter, 1e-14)
    assert (centred.reg_covar, centred.total_weight) == (0.25, 4)


def test_the_mean_of_no_rows_is_the_centre():
    moments = collect(ROWS, np.array([[1.0, 0.0]] * 4), np.array([[5.0, 5.0], [7.0, 8.0]]), FULL)
    assert moments.means().tolist() == [[1, 2], [7, 8]]


@by_need
def test_regularization_adds_to_every_variance(need):
    before, after = of_sides(need), of_sides(need).regularized(0.25)
    counts = 4 if need.pooled else 2
    assert_close(
        after.variance_sums() - before.variance_sums(),
        np.full_like(before.variance_sums(), 0.25 * counts),
        1e-15,
    )
    assert of_sides(need).regularized(0).scatter.tolist() == before.scatter.tolist()


@by_need
@pytest.mark.parametrize(("distance", "poorly"), [(0, False), (10, False), (1e3, True)])
def test_centres_far_from_the_means_are_noticed(need, distance, poorly):
    centres = np.array([[0.0, 2.0], [2.0, 2.0]]) + distance
    assert of_sides(need, centres).regularized(1).poorly_centred() is poorly


def test_one_poor_centre_is_enough():
    centres = [[0.0, 2.0], [2.0, 1e4]]
    assert of_sides(FULL, centres).regularized(1).poorly_centred()


def test_records_are_frozen():
    with pytest.raises(FrozenInstanceError):
        of_sides(FULL).counts = np.zeros(2)


def test_the_log_likelihood_is_weighted():
    mixture = mx.Mixture([0.5, 0.5], [[0, 0], [2, 4]], [1, 2], covariance_type="spherical")
    weights = np.array([1.0, 2.0, 0.0, 0.5])
    moments = expect(mixture, FULL, Block(ROWS, weights))
    assert moments.log_likelihood == pytest.approx(weights @ mixture.log_prob(ROWS), rel=1e-14)
    assert moments.mean_log_likelihood == pytest.approx(moments.log_likelihood / 3.5, rel=1e-14)
    assert moments.total_weight == pytest.approx(3.5, rel=1e-14)


def test_a_weightless_row_without_density_does_not_count():
    mixture = mx.Mixture([1], [[0, 0]], [1e-300], covariance_type="spherical")
    rows = np.array([[0.0, 0.0], [1e100, 1e100]])
    moments = expect(mixture, FULL, Block(rows, np.array([1.0, 0.0])))
    assert moments.log_likelihood == pytest.approx(mixture.log_prob(rows[:1])[0], rel=1e-14)
    assert moments.counts.tolist() == [1]
    assert moments.sums.tolist() == [[0, 0]]


@by_need
def test_moments_are_the_same_in_another_process(need):
    """And no number is sent twice: of symmetric matrices go triangles."""
    moments = of_sides(need).regularized(0.25)
    again = pickle.loads(pickle.dumps(moments))
    for name in ("counts", "sums", "scatter", "centres", "total_weight", "reg_covar"):
        np.testing.assert_array_equal(getattr(again, name), getattr(moments, name))
    assert (again + moments).counts.tolist() == [4, 4]
    many = collect(np.zeros((1, 40)), np.ones((1, 10)), np.zeros((10, 40)), need)
    n_numbers = 10 + 2 * 400 + min(many.scatter.size, 10 * 40 * 41 // 2)
    assert len(pickle.dumps(many)) < 8 * n_numbers + 1000
