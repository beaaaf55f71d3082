"""EM on some components: the others stay, and the whole log-likelihood never falls."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura._array import patterns_of
from mixtura.em import Steps
from mixtura.em.loop import run
from mixtura.em.search import partial
from mixtura.em.search.partial import (
    A_LITTLE,
    LEAST_SHARE,
    part_of,
    refined,
    restricted_to,
    with_part,
)
from mixtura.em.watch import Watchers
from mixtura.engine import open_rows
from mixtura.family import FAMILIES, Restricted
from support.closeness import assert_mixtures_close
from support.problems import steps_for
from support.strategies import generators, nearby, random_mixture, sample_weights, with_holes

K, D = 4, 2
FREE = ["full", "diag", "spherical", "factor"]


def problem(rng, family, n_rows=100, holes=0.0, weights=None, reg_covar=0.0):
    """Steps and a mixture from which EM has something to do."""
    truth = random_mixture(rng, family, K, D)
    rows = truth.sample(n_rows, rng)[0]
    if holes:
        rows = with_holes(rng, rows, holes)
    engine, source = open_rows(rows, weights, patterns_of(rows), floats_per_row=K * D)
    return Steps(engine, source, FAMILIES[family], reg_covar), nearby(rng, truth)


def refine(mixture, components, steps):
    rows = steps.source.take(slice(None))[0]
    shares = mixture.responsibilities(rows)[:, components].sum(axis=1)
    return refined(mixture, components, shares, steps)


@pytest.fixture
def _all_rows(monkeypatch):
    """Rows of which the components have nearly nothing are not left out."""
    monkeypatch.setattr(partial, "LEAST_SHARE", 0.0)


@pytest.mark.usefixtures("_all_rows")
@given(st.data())
def test_the_whole_log_likelihood_never_falls(data):
    """Ueda et al. (2000), appendix; of families that share nothing, where none collapses."""
    rng = data.draw(generators)
    family = data.draw(st.sampled_from(FREE[:3]))
    weights = data.draw(sample_weights(100))
    holes = data.draw(st.sampled_from([0, 0.2]))
    steps, mixture = problem(rng, family, holes=holes, weights=weights, reg_covar=0.0)
    components = data.draw(st.sampled_from([[0], [1, 3], [2, 0, 1]]))
    before = steps.expect(mixture).mean_log_likelihood
    after = steps.expect(refine(mixture, components, steps)).mean_log_likelihood
    assert after >= before - 1e-12 * abs(before)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [0, 0.2])
@pytest.mark.parametrize("family", FREE)
def test_em_on_all_components_is_em(family, holes, weighted):
    rng = np.random.default_rng(0)
    weights = rng.uniform(0, 2, 100) if weighted else None
    steps, mixture = problem(rng, family, holes=holes, weights=weights, reg_covar=1e-3)
    expected, _ = run(mixture, steps, A_LITTLE, Watchers(()))
    assert_mixtures_close(refine(mixture, [0, 1, 2, 3], steps), expected, 1e-9)


@pytest.mark.parametrize("family", [*FREE, "tied", "EEI", "EEV"])
def test_the_others_and_the_weight_of_all_are_left_as_they_are(family):
    steps, mixture = problem(np.random.default_rng(1), family, reg_covar=1e-6)
    made = refine(mixture, [2, 0], steps)
    for same in ("weights", "means"):
        assert np.array_equal(getattr(made, same)[[1, 3]], getattr(mixture, same)[[1, 3]])
        assert not np.isclose(getattr(made, same)[[0, 2]], getattr(mixture, same)[[0, 2]]).all()
    dense, before = (np.broadcast_to(each.storage.dense(), (K, D, D)) for each in (made, mixture))
    assert np.array_equal(dense[[1, 3]], before[[1, 3]])
    assert made.storage.shared is mixture.storage.shared
    assert made.weights.sum() == pytest.approx(1, abs=1e-14)


def test_weights_of_rows_are_those_of_rows_that_are_there_so_often():
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 4, 100)
    steps, mixture = problem(rng, "full", weights=counts * 1.0)
    rows = np.repeat(steps.source.take(slice(None))[0], counts, axis=0)
    repeated = steps_for(rows, "full")
    assert_mixtures_close(refine(mixture, [1, 2], steps), refine(mixture, [1, 2], repeated), 1e-9)


def test_a_part_put_back_is_the_whole():
    _, mixture = problem(np.random.default_rng(3), "full")
    components = [3, 1]
    whole = with_part(mixture, components, part_of(mixture, components))
    assert_mixtures_close(whole, mixture, 1e-14)
    part = part_of(mixture, components)
    assert np.array_equal(part.means, mixture.means[components])
    shares = mixture.weights[components]
    np.testing.assert_allclose(part.weights, shares / shares.sum(), rtol=1e-14)


def test_parts_are_free_of_what_restricts_all_components():
    steps, mixture = problem(np.random.default_rng(4), "full")
    held = Restricted(steps.family, means=mixture.means)
    own = restricted_to(np.ones(100), replace(steps, family=held))
    assert own.family is steps.family


def test_rows_of_other_components_are_left_out():
    steps, _ = problem(np.random.default_rng(5), "full", holes=0.2)
    shares = np.r_[np.zeros(60), np.full(10, LEAST_SHARE / 2), np.full(30, 0.5)]
    own = restricted_to(shares, steps)
    assert own.source.n_rows == 30
    assert own.total_weight == pytest.approx(15)
    assert restricted_to(np.eye(1, 100)[0], steps) is None


def test_without_rows_of_its_own_a_part_stays_what_it_is():
    steps, mixture = problem(np.random.default_rng(6), "full")
    assert refined(mixture, [1], np.zeros(100), steps) is mixture
    alike = steps_for(np.ones((100, D)))
    assert refined(mixture, [1], np.ones(100), alike) is mixture
