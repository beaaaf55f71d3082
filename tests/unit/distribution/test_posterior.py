"""Responsibilities where densities vanish: of weightless components, and far out."""

import numpy as np

import mixtura as mx
from mixtura.distribution import posterior
from support.closeness import assert_close

PAIR = mx.Mixture([0.25, 0.75], [[0.0], [10.0]], [[1.0], [1.0]], covariance_type="diag")


def test_joint_densities_sum_to_the_density():
    rows = np.array([[0.0], [5.0], [1e3]])
    joint = posterior.log_joint(PAIR, rows)
    expected = np.log([0.25, 0.75]) - 0.5 * (np.log(2 * np.pi) + (rows - [0, 10]) ** 2)
    assert_close(joint, expected, 1e-15 * np.abs(expected) + 1e-15)
    assert_close(posterior.log_density(PAIR, rows), np.logaddexp(*joint.T), 1e-12)


def test_a_component_without_weight_has_no_rows():
    mixture = mx.Mixture([0.0, 1.0], [[0.0], [10.0]], [[1.0], [1.0]], covariance_type="diag")
    assert mixture.responsibilities([[0.0], [10.0]]).tolist() == [[0, 1], [0, 1]]
    alone = mx.Mixture([1.0], [[10.0]], [[1.0]], covariance_type="diag")
    rows = [[0.0], [10.0]]
    assert np.array_equal(mixture.log_prob(rows), alone.log_prob(rows))
    assert mixture.mean().tolist() == [10]


def test_densities_that_underflow_are_told_apart():
    assert PAIR.responsibilities([[-1e5], [1e5]]).tolist() == [[1, 0], [0, 1]]
    assert_close(PAIR.log_prob([[-1e5]]), [np.log(0.25) - 0.5 * (np.log(2 * np.pi) + 1e10)], 1e-5)


def test_rows_beyond_all_densities_have_the_weights_as_responsibilities():
    tiny = mx.Mixture([0.25, 0.75], [[0.0], [1.0]], [[1e-300]] * 2, covariance_type="diag")
    far = np.array([[1e160]])
    assert tiny.log_prob(far).tolist() == [-np.inf]
    assert tiny.responsibilities(far).tolist() == [[0.25, 0.75]]


def test_distances_that_overflow_in_both_directions_are_infinite():
    matrix = 1e-300 * np.array([[1.0, 0.9], [0.9, 1.0]])
    mixture = mx.Mixture([0.25, 0.75], [[0, 0], [1, 1]], [matrix, matrix])
    far = [[1e250, 1e250]]
    assert mixture.log_prob(far).tolist() == [-np.inf]
    assert mixture.responsibilities(far).tolist() == [[0.25, 0.75]]


def test_labels_are_the_largest_responsibility_and_certainty_its_logarithm():
    rows = np.linspace(-3, 13, 50)[:, None]
    responsibilities = PAIR.responsibilities(rows)
    assert np.array_equal(posterior.labels(PAIR, rows), responsibilities.argmax(axis=1))
    certainty = np.log(responsibilities.max(axis=1))
    assert_close(posterior.log_certainty(PAIR, rows), certainty, 1e-12)
