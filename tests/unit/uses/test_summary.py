"""What is said of components."""

import array_api_strict
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris

import mixtura as mx
from mixtura.uses.distances import bhattacharyya
from support.strategies import generators, layouts, random_mixture


@pytest.fixture
def ages():
    return mx.Mixture(
        [0.6, 0.4],
        [[20, 170], [40, 171]],
        [[9, 100], [36, 100]],
        covariance_type="diag",
        feature_names=["age", "height"],
    )


def test_differences_are_from_the_other_components_in_deviations_of_the_whole():
    X, labels = load_iris(return_X_y=True)
    groups = [X[labels == k] for k in range(3)]
    means = [group.mean(axis=0) for group in groups]
    m = mx.Mixture(np.full(3, 1 / 3), means, [np.cov(group.T, bias=True) for group in groups])
    found = mx.summarize(m).differences
    for k in range(3):
        expected = (means[k] - X[labels != k].mean(axis=0)) / X.std(axis=0)
        np.testing.assert_allclose(found[k], expected)


def test_the_spread_is_one_for_a_sole_component_and_the_ratio_of_balls():
    assert mx.summarize(mx.Mixture([1], [[1, 2]], [[[2, 1], [1, 2]]])).spreads == pytest.approx(1)
    balls = mx.Mixture([0.5, 0.5], np.zeros((2, 3)), [1, 7], covariance_type="spherical")
    np.testing.assert_allclose(mx.summarize(balls).spreads, [1 / 2, np.sqrt(7 / 4)])


def test_rows_are_counted_by_their_labels_and_weights(ages):
    X = np.array([[20, 170], [41, 170], [39, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(mx.summarize(ages, X).n_rows, [1, 2])
    weighted = mx.summarize(ages, X, sample_weight=[2, 0.5, 1, 9])
    np.testing.assert_array_equal(weighted.n_rows, [2, 1.5])
    frame = pd.DataFrame(X, columns=["age", "height"])[["height", "age"]]
    np.testing.assert_array_equal(mx.summarize(ages, frame).n_rows, [1, 2])
    np.testing.assert_array_equal(mx.summarize(ages, array_api_strict.asarray(X)).n_rows, [1, 2])
    assert mx.summarize(ages).n_rows is None


def test_words_tell_what_sets_a_component_apart(ages):
    assert mx.summarize(ages).traits == (("smaller age (-1.9 sd)",), ("larger age (+1.9 sd)",))
    varied = mx.Mixture([0.5, 0.5], [[0, 0], [0, 0]], [[1, 1], [1, 9]], covariance_type="diag")
    assert mx.summarize(varied).traits == (
        ("less varied feature 1 (0.33 times the sd)",),
        ("more varied feature 1 (3.0 times the sd)",),
    )
    crossed = [[[1, r], [r, 1]] for r in (0.9, -0.8)]
    assert mx.summarize(mx.Mixture([0.5, 0.5], np.zeros((2, 2)), crossed)).traits[0] == (
        "feature 0 and feature 1 correlated +0.90 (elsewhere -0.80)",
    )
    alike = mx.Mixture([0.5, 0.5], [[0], [0.1]], [1, 1], covariance_type="spherical")
    assert mx.summarize(alike).traits == ((), ())
    assert "much like the others" in mx.summarize(alike).sentences[0]


def test_the_strongest_trait_comes_first():
    means = np.zeros((2, 5))
    means[1] = [3, 1, 9, 1.2, 5]
    m = mx.Mixture([0.5, 0.5], means, [1, 1], covariance_type="spherical")
    told = [words.split()[2] for words in mx.summarize(m).traits[1]]
    assert told == ["2", "4", "0"]


def test_the_nearest_overlaps_most_and_of_those_that_do_not_the_closest_is_nearest():
    m = mx.Mixture(
        [0.4, 0.3, 0.2, 0.1], [[0], [3], [-4], [500]], [1.0], covariance_type="tied_spherical"
    )
    summary = mx.summarize(m)
    assert summary.nearest.tolist() == [1, 0, 0, 1]
    assert "hardly overlaps with component 1" in summary.sentences[3]
    np.testing.assert_array_equal(summary.overlap, mx.overlap_matrix(m))


def test_the_frame_has_a_row_for_each_component(ages):
    summary = mx.summarize(ages, [[20, 170]])
    frame = summary.to_frame()
    assert list(frame) == [
        *("weight", "n_rows", "spread", "nearest", "taken_for_nearest", "taken_from_nearest"),
        "traits",
    ]
    assert frame.index.name == "component"
    assert frame["taken_for_nearest"][0] == summary.overlap[0, 1]
    assert frame["taken_from_nearest"][0] == summary.overlap[1, 0]
    assert "n_rows" not in mx.summarize(ages).to_frame()


def test_it_prints_its_sentences(ages):
    summary = mx.summarize(ages, [[20, 170], [20, 171]])
    assert str(summary) == repr(summary)
    head, *sentences = str(summary).split("\n\n")
    assert head == "2 components in 2 features, 2 rows"
    assert [" ".join(sentence.split()) for sentence in sentences] == list(summary.sentences)
    assert all(len(line) <= 80 for line in str(summary).splitlines())


def test_a_sole_component():
    summary = mx.summarize(mx.Mixture([1], [[0, 0]], [np.eye(2)]), [[1, 2]])
    assert summary.sentences == ("Component 0 (100.0 %, 1 row) is the only one.",)
    assert summary.nearest.tolist() == [-1]
    assert not summary.differences.any()
    assert len(summary.to_frame()) == 1


@given(generators, layouts, st.integers(2, 4), st.integers(1, 4), st.floats(-6, 6))
def test_units_do_not_matter(rng, layout, K, d, exponent):
    mixture = random_mixture(rng, layout, K, d)
    units = np.ones(d)
    units[0] = 10.0**exponent
    dense = np.broadcast_to(mixture.storage.dense(), (K, d, d))
    first = mx.summarize(mixture)
    other = mx.summarize(
        mx.Mixture(mixture.weights, mixture.means * units, dense * units[:, None] * units)
    )
    np.testing.assert_allclose(other.spreads, first.spreads, rtol=1e-6)
    np.testing.assert_allclose(other.differences, first.differences, atol=1e-7)
    np.testing.assert_allclose(other.overlap, first.overlap, atol=1e-5)


@given(generators, layouts, st.integers(1, 4), st.integers(1, 4))
def test_distances_are_symmetric_and_nil_between_equals(rng, layout, K, d):
    mixture = random_mixture(rng, layout, K, d)
    distances = bhattacharyya(mixture, mixture)
    np.testing.assert_allclose(distances, distances.T, atol=1e-9)
    np.testing.assert_allclose(np.diagonal(distances), 0, atol=1e-9)


def test_bad_input(ages):
    with pytest.raises(ValueError, match="must have shape"):
        mx.summarize(ages, [[1, 2, 3]])
    with pytest.raises(ValueError, match="expected"):
        mx.summarize(ages, [[1, 2]], sample_weight=[1, 2])
    with pytest.raises(TypeError, match="unfitted GaussianMixture"):
        mx.summarize(mx.GaussianMixture())
