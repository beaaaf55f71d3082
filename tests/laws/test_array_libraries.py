"""Rows may live in any Array API library: the same sums come back, and fits stay at home."""

from importlib import import_module

import numpy as np
import pytest
from array_api_compat import array_namespace
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context

import mixtura as mx
from mixtura.family import FAMILIES
from mixtura.moments import expect
from mixtura.typing import Block
from support.array_api import IS_ON, assert_passes_there, unless_on
from support.closeness import assert_close, assert_moments_close
from support.strategies import mixtures, needs, random_mixture, sample_weights, samples

by_library = pytest.mark.parametrize("library", ["array_api_strict", "torch"])

PARAMETERS = "weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"
ANSWERS = "score_samples", "predict_proba", "predict"


def imported(library):
    pytest.importorskip(library)
    return import_module(library)


@by_library
@settings(max_examples=40)
@given(st.data(), needs, st.sampled_from(["float64", "float32"]))
def test_the_e_step_gives_the_same_moments(library, data, need, precision):
    xp = imported(library)
    mixture = data.draw(mixtures(conditions=st.just(10.0)))
    rows = data.draw(samples(mixture)).astype(precision)
    weights = data.draw(sample_weights(len(rows)))
    there = Block(xp.asarray(rows), None if weights is None else xp.asarray(weights))
    moments = expect(mixture, need, there)
    assert type(moments.scatter) is np.ndarray
    assert_moments_close(moments, expect(mixture, need, Block(rows, weights)), 1e-13)


@by_library
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("weighted", [False, True])
def test_fits_stay_in_the_library_of_the_rows(library, family, precision, weighted):
    """Where scikit-learn passes them through; else they and all answers become NumPy's."""
    xp = imported(library)
    rng = np.random.default_rng(0)
    rows = random_mixture(rng, family, 3, 2, spread=8).sample(150, rng)[0].astype(precision)
    weights = rng.uniform(0.5, 2, 150).astype(precision) if weighted else None
    settings = {"covariance_type": family, "random_state": 0}
    here = mx.GaussianMixture(3, **settings).fit(rows, sample_weight=weights)
    with config_context(array_api_dispatch=IS_ON):
        X = xp.asarray(rows)
        there = mx.GaussianMixture(3, **settings)
        there.fit(X, sample_weight=None if weights is None else xp.asarray(weights))
        found = {name: getattr(there, name) for name in PARAMETERS}
        found |= {name: getattr(there, name)(X) for name in ANSWERS}
    expected = {name: getattr(here, name) for name in PARAMETERS}
    expected |= {name: getattr(here, name)(rows) for name in ANSWERS}
    home = array_namespace(X if IS_ON else rows)
    rtol = 1e-10 if precision == "float64" else 1e-5
    for name, answer in found.items():
        assert array_namespace(answer) is home, name
        assert name == "predict" or not IS_ON or answer.dtype == X.dtype, name
        assert_close(np.asarray(answer), expected[name], rtol * np.abs(expected[name]).max())


@unless_on
def test_fits_where_scikit_learn_passes_arrays_through():
    assert_passes_there(__file__, "stay_in_the_library")
