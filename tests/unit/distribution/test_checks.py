"""What a mixture does not take, and the sentence that says so."""

import numpy as np
import pandas as pd
import pytest

import mixtura as mx

WEIGHTS, MEANS, MATRICES = [0.25, 0.75], [[0.0, 0.0], [1.0, 2.0]], [np.eye(2), 2 * np.eye(2)]
NAMED = mx.Mixture(WEIGHTS, MEANS, MATRICES, feature_names=["width", "height"])
UNNAMED = mx.Mixture(WEIGHTS, MEANS, MATRICES)


def refuses(sentence, **changes):
    arguments = {"weights": WEIGHTS, "means": MEANS, "covariances": MATRICES} | changes
    with pytest.raises(ValueError, match=sentence):
        mx.Mixture(**arguments)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([[0.5, 0.5]], r"weights must have 1 dimensions, but its shape is \(1, 2\)"),
        (1.0, r"weights must have 1 dimensions, but its shape is \(\)"),
        ([np.nan, 1], "weights contains NaN or infinity"),
        ([np.inf, 1], "weights contains NaN or infinity"),
        ([-0.5, 1.5], "weights must not be negative, but the smallest is -0.5"),
        ([0.5, 0.6], "weights must sum to 1, but they sum to 1.1"),
        ([0.5, 0.4], "weights must sum to 1, but they sum to 0.9"),
        ([], "weights is empty; a mixture has at least one component"),
    ],
)
def test_weights(weights, sentence):
    refuses(sentence, weights=weights)


@pytest.mark.parametrize(
    ("means", "sentence"),
    [
        ([0, 1], "means must have 2 dimensions"),
        ([[0, 0]], r"n_components = 2 .* its shape is \(1, 2\)"),
        ([[], []], r"at least one feature, but its shape is \(2, 0\)"),
        ([[0, 0], [0, np.nan]], "means contains NaN or infinity"),
        ([[0, 0], [0, -np.inf]], "means contains NaN or infinity"),
    ],
)
def test_means(means, sentence):
    refuses(sentence, means=means)


@pytest.mark.parametrize(
    ("layout", "covariances", "sentence"),
    [
        ("full", np.eye(2), "covariances must have 3 dimensions"),
        ("full", [np.eye(3)] * 2, r"covariances must have shape \(2, 2, 2\).*is \(2, 3, 3\)"),
        ("full", [np.eye(2)], r"covariances must have shape \(2, 2, 2\)"),
        ("tied", np.eye(3), r"must have shape \(2, 2\) for covariance_type='tied'"),
        ("diag", np.ones((2, 3)), r"must have shape \(2, 2\) .*, 2 components and 2 features"),
        ("tied_diag", np.ones((2, 2)), r"must have shape \(1, 2\)"),
        ("spherical", np.ones(3), r"must have shape \(2,\)"),
        ("tied_spherical", np.ones(2), r"must have shape \(1,\)"),
        ("full", [np.eye(2), [[1, np.nan], [np.nan, 1]]], "covariances contains NaN or infinity"),
        ("diag", [[1, 1], [1, np.inf]], "covariances contains NaN or infinity"),
        ("full", [np.eye(2), [[1, 0.5], [0.4, 1]]], "covariances must be symmetric"),
        ("tied", [[1, 0.5], [-0.5, 1]], "covariances must be symmetric"),
        ("full", [np.eye(2), [[1, 2], [2, 1]]], "positive definite, but that of component 1"),
        ("full", [np.ones((2, 2)), np.eye(2)], "positive definite, but that of component 0"),
        ("tied", [[1, 0], [0, -1]], "positive definite"),
        ("diag", [[1, 1], [1, 0]], "positive definite, but that of component 1 is not"),
        ("tied_diag", [[1, -1]], "positive definite"),
        ("spherical", [1, -1], "positive definite, but that of component 1 is not"),
        ("tied_spherical", [0], "positive definite"),
    ],
)
def test_covariances(layout, covariances, sentence):
    refuses(sentence, covariances=covariances, covariance_type=layout)


def test_the_covariance_type_must_be_known():
    refuses("covariance_type must be one of 'full', .* but it is 'round'", covariance_type="round")


def test_symmetry_is_judged_in_the_units_of_the_features():
    matrix = np.array([[1e-20, 1e-11], [1e-11, 1.0]])
    corner = np.array([[0, 1], [0, 0]])
    refuses("symmetric", covariances=[matrix, matrix + 1e-12 * corner])
    rounded = matrix + 1e-25 * corner
    mixture = mx.Mixture(WEIGHTS, MEANS, [matrix, rounded])
    assert np.array_equal(mixture.covariances, np.swapaxes(mixture.covariances, 1, 2))


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", "b", "c"], [1, "1"]])
def test_feature_names(names):
    refuses("feature_names must be 2 distinct names", feature_names=names)


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        ([0, 0], r"X must have shape \(n, 2\).* but its shape is \(2,\)"),
        ([[0, 0, 0]], r"X must have shape \(n, 2\).* but its shape is \(1, 3\)"),
        ([[0, np.inf]], "X contains infinity"),
        ([[np.nan, -np.inf]], "X contains infinity"),
        ([[0, 10**400]], "infinity or a value too large"),
        ([["a", "b"]], "could not convert string to float"),
    ],
)
def test_rows(X, sentence):
    for method in (UNNAMED.log_prob, UNNAMED.responsibilities):
        with pytest.raises(ValueError, match=sentence):
            method(X)


@pytest.mark.parametrize(
    "X",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], dtype=np.int8),
        np.array([[1, 2], [3, 4]], dtype=object),
        np.array([[1, 2], [3, 4]], dtype=np.float32),
        np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[0, 0], [1.0, 2.0], [0, 0], [3.0, 4.0]])[1::2],
        pd.DataFrame({"width": [1, 3], "height": [2, 4]}),
    ],
)
def test_rows_of_every_kind_of_number(X):
    assert np.array_equal(UNNAMED.log_prob(X), UNNAMED.log_prob([[1.0, 2.0], [3.0, 4.0]]))


def test_no_rows_have_no_densities():
    assert UNNAMED.log_prob(np.empty((0, 2))).shape == (0,)
    assert UNNAMED.responsibilities(np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("feature", "sentence"),
    [
        (2, "There is no feature 2; this mixture has 2 features"),
        (-3, "There is no feature -3"),
        ("depth", r"There is no feature 'depth'; the features are \['width', 'height'\]"),
        ([], "No feature was given"),
        ([0, 0], "given twice"),
        ([0, "width"], "given twice"),
        ([1, -1], "given twice"),
    ],
)
def test_features(feature, sentence):
    with pytest.raises(ValueError, match=sentence):
        NAMED.marginal(feature)


def test_names_need_a_mixture_with_names():
    with pytest.raises(ValueError, match="has no feature_names; give its index"):
        UNNAMED.marginal("width")


def test_features_are_indices_or_names():
    with pytest.raises(TypeError, match="given by its index or its name, not by"):
        NAMED.marginal([1.5])


@pytest.mark.parametrize("feature", [1, -1, np.int64(1), "height", [1], np.array([1]), ["height"]])
def test_one_feature_may_be_given_in_many_ways(feature):
    marginal = NAMED.marginal(feature)
    assert marginal.feature_names == ("height",)
    assert marginal.means.tolist() == [[0], [2]]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({0: 1, 1: 1}, "All features are given"),
        ({}, "No feature was given"),
        ({0: np.nan}, "given as NaN"),
        ({0: np.inf}, "X contains infinity"),
        ({5: 1}, "There is no feature 5"),
        ({0: 1, "width": 1}, "given twice"),
    ],
)
def test_conditions(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        NAMED.condition(given)


def test_only_one_dimension_has_a_distribution_function():
    for method in (UNNAMED.cdf, UNNAMED.quantile):
        with pytest.raises(ValueError, match="this one has 2 features; take"):
            method(0.5)


@pytest.mark.parametrize("pair", [(0, 0), (1, -1)])
def test_a_component_does_not_merge_with_itself(pair):
    with pytest.raises(ValueError, match="Two different components are needed"):
        UNNAMED.merge(*pair)


@pytest.mark.parametrize("component", [2, -3])
def test_components_to_merge_must_exist(component):
    with pytest.raises(ValueError, match=f"There is no component {component}; .* has 2"):
        UNNAMED.merge(0, component)


@pytest.mark.parametrize("n", [0, -1])
def test_samples_have_at_least_one_row(n):
    with pytest.raises(ValueError, match=f"n must be at least 1, but it is {n}"):
        UNNAMED.sample(n, 0)


def test_standard_errors_need_two_draws_and_divergences_equal_dimensions():
    with pytest.raises(ValueError, match="n must be at least 2"):
        UNNAMED.entropy(1, 0)
    with pytest.raises(ValueError, match="n must be at least 2"):
        UNNAMED.kl(UNNAMED, 1, 0)
    with pytest.raises(ValueError, match="have 2 and 1 features"):
        UNNAMED.kl(UNNAMED.marginal(0), 10, 0)
