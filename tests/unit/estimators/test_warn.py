"""Warnings name the user's program, even one that has no name."""

import warnings

import numpy as np
import pytest

import mixtura as mx


def test_a_program_without_a_name_is_warned_too():
    program = "mx.GaussianMixture(reg_covar=9.0).fit([[0.0], [1.0], [2.0]])"
    with pytest.warns(mx.RegularizationWarning):
        exec(program, {"mx": mx, "__builtins__": __builtins__})


def clusters(scale):
    """Two clusters of variance 9 along each axis, in units of the scale."""
    rng = np.random.default_rng(0)
    sides = rng.choice([-1, 1], 1000)[:, None]
    return scale * (sides * [10, 0] + 3 * rng.standard_normal((1000, 2)))


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_the_search_finds_clusters_beside_a_large_reg_covar(scale):
    model = mx.GaussianMixture(
        2, init_params="search", reg_covar=scale**2, effort="fast", random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", mx.RegularizationWarning)
        model.fit(clusters(scale))
    assert sorted(np.sign(model.means_[:, 0])) == [-1, 1]


def test_the_search_blames_reg_covar_where_it_is_most_of_a_components_least_variance():
    rows = clusters(1.0) * [1, 1e-2] @ [[1, 1], [1, -1]]
    model = mx.GaussianMixture(
        2, init_params="search", reg_covar=1e-3, effort="fast", random_state=0
    )
    with pytest.warns(mx.DegenerateComponentWarning, match="reg_covar is a tenth or more of"):
        model.fit(rows)
    assert sorted(np.sign(model.means_[:, 0])) == [-1, 1]


def test_the_search_blames_too_few_rows():
    rows = np.random.default_rng(0).standard_normal((5, 2))
    with pytest.warns(mx.DegenerateComponentWarning, match=r"\[0\] have fewer than 2 \(d \+ 1\)"):
        mx.GaussianMixture(1, init_params="search").fit(rows)
