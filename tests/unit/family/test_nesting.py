"""A mixture of a nested family is one of the wider, and EM in the wider goes on from it."""

from itertools import product

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import Steps, iterate
from mixtura.engine import open_rows
from mixtura.family import MODELS, family_named
from mixtura.family.nesting import LETTERS, as_one_of, is_nested, narrow_first
from support import letters

FOURTEEN = list(dict.fromkeys(LETTERS.values()))
PAIRS = [(a, b) for a, b in product(FOURTEEN, FOURTEEN) if is_nested(a, b)]


def test_the_order_is_that_of_the_letters():
    canonical = {name: letters for letters, name in (("VVV", "full"), ("EEE", "tied"))}
    canonical |= {"diag": "VVI", "spherical": "VII"}
    ours = {(canonical.get(a, a), canonical.get(b, b)) for a, b in PAIRS}
    names = {canonical.get(name, name): name for name in letters.LETTERS}
    theirs = {(a, b) for a, b in product(names, names) if letters.is_nested(names[a], names[b])}
    assert ours == theirs


def test_no_family_comes_before_one_nested_in_it():
    ordered = narrow_first([*reversed(FOURTEEN), "factor"])
    later = [(a, b) for i, a in enumerate(ordered) for b in ordered[:i]]
    assert not [pair for pair in later if is_nested(*pair)]


def fitted(family, X):
    model = mx.GaussianMixture(3, covariance_type=family, reg_covar=0, random_state=0, tol=1e-8)
    return model.fit(X).mixture_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("narrow", "wide"), PAIRS)
def test_the_wider_family_stores_it_and_em_goes_no_lower(narrow, wide):
    X = np.concatenate([np.random.default_rng(k).normal(3 * k, 1 + k, (60, 3)) for k in range(3)])
    mixture, family = fitted(narrow, X), family_named(wide, 3)
    stored = as_one_of(mixture, family)
    assert family.stores(stored.storage)
    np.testing.assert_allclose(stored.log_prob(X), mixture.log_prob(X), rtol=1e-12)
    steps = Steps(*open_rows(X, floats_per_row=9), family, 0.0)
    bounds = []
    for turn, (_, moments, _) in enumerate(iterate(mixture, steps)):
        bounds.append(moments.mean_log_likelihood)
        if turn == 5:
            break
    assert bounds[0] == pytest.approx(mixture.log_prob(X).mean(), rel=1e-12)
    assert min(np.diff(bounds)) > -1e-10


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", MODELS)
def test_noise_alone_is_a_mixture_of_factor_analyzers(model):
    X = np.random.default_rng(0).normal(size=(100, 4)) * [1, 2, 3, 4]
    factor = family_named("factor", 4, n_factors=2, factor_model=model)
    nested = [name for name in FOURTEEN if is_nested(name, "factor", model)]
    assert "EII" in nested
    assert "EEE" not in nested
    for name in nested:
        mixture = fitted(name, X)
        stored = as_one_of(mixture, factor)
        assert factor.stores(stored.storage)
        np.testing.assert_allclose(stored.log_prob(X), mixture.log_prob(X), rtol=1e-12)
    assert is_nested("factor", "full", model)
    assert not is_nested("factor", "VVE", model)
