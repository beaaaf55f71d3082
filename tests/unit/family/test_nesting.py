"""A mixture of a nested family is one of the wider, and EM in the wider goes on from it."""

from itertools import islice, product

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
    for model in MODELS:
        ordered = narrow_first([*reversed(FOURTEEN), "factor"], model)
        later = [(a, b) for i, a in enumerate(ordered) for b in ordered[:i]]
        assert not [pair for pair in later if is_nested(*pair, model)]


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
    turns = islice(iterate(mixture, steps), 6)
    bounds = [turn.moments.mean_log_likelihood for turn in turns]
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


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", MODELS)
def test_factor_analyzers_are_full_covariances_and_tied_where_all_is_shared(model):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(4 * k, 1, (60, 4)) @ rng.normal(size=(4, 4)) for k in (0, 1)])
    gm = mx.GaussianMixture(
        2, covariance_type="factor", n_factors=2, factor_model=model, random_state=0
    )
    mixture = gm.fit(X).mixture_
    nested_in = [name for name in FOURTEEN if is_nested("factor", name, model)]
    assert ("EEE" in nested_in) is model.startswith("CC")
    assert "VVV" in nested_in
    assert "EVI" not in nested_in
    for name in nested_in:
        family = family_named(name, 4)
        stored = as_one_of(mixture, family)
        assert family.stores(stored.storage)
        np.testing.assert_allclose(stored.log_prob(X), mixture.log_prob(X), rtol=1e-9)
