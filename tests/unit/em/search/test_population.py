"""The maxima that a search keeps: different ones, led by one that leads no further."""

from dataclasses import replace

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import EFFORTS, Stopping
from mixtura.em.loop import run
from mixtura.em.search import Candidate
from mixtura.em.search.climb import climb, tops
from mixtura.em.search.effort import Effort
from mixtura.em.search.population import Population, distinct
from mixtura.em.search.starts import Starts
from mixtura.em.watch import Watchers
from support.data import data
from support.problems import steps_for

EFFORT = replace(EFFORTS["normal"], n_kept=4)
A_STEP = Stopping(0.1, 2)
NOBODY = Watchers(())


@pytest.fixture
def steps():
    return steps_for(data("iris"), reg_covar=1e-4, block_rows=1000)


@pytest.fixture
def population(steps):
    return Population(steps, EFFORT, steps.resident.take(slice(None))[0])


@pytest.fixture
def below_maxima(steps):
    """Where EM is after two iterations, from many starts."""
    starts = Starts(steps, 4, np.random.RandomState(0)).first(4, 12)
    return climb(starts, steps, EFFORT, A_STEP)


def assert_at_its_top(candidate, steps):
    ended, _ = run(candidate.mixture, steps, Stopping(1e-10, 20_000), NOBODY)
    top = Candidate.of(ended, steps)
    assert top.is_admissible is candidate.is_admissible
    assert top.objective == pytest.approx(candidate.objective, abs=1e-5)


def test_the_best_is_at_its_top_even_if_others_are_not(
    steps, population, below_maxima, monkeypatch
):
    monkeypatch.setattr(Effort, "nearer", A_STEP)
    maxima = population.with_found([], below_maxima)
    assert_at_its_top(maxima[0], steps)
    again = population.with_found(maxima, below_maxima)
    assert_at_its_top(again[0], steps)


def test_of_tops_the_best_is_as_high_as_what_was_not_climbed(steps, below_maxima):
    """Even where the first maxima lead to what is spurious."""
    maxima = distinct(below_maxima)
    reached = tops(maxima, steps, EFFORT)
    assert_at_its_top(reached[0], steps)
    assert reached[0].merit >= max(each.merit for each in maxima)


def test_kept_are_the_best_and_differ(population, below_maxima):
    maxima = population.with_found([], below_maxima)
    objectives = [each.objective for each in maxima if each.is_admissible]
    assert len(maxima) <= EFFORT.n_kept
    assert (np.diff(objectives) < -1e-5).all()


def test_maxima_that_are_alike_make_room_for_one_that_is_not(steps, population):
    """Though it is lower than all of them."""
    plain = run(Starts(steps, 3, np.random.RandomState(0)).first(3, 1)[0], steps, A_STEP, NOBODY)[0]
    nudged = [shifted(plain, 1e-3 * i) for i in range(EFFORT.n_kept)]
    other = shifted(plain, 1.0)
    objectives = -np.arange(EFFORT.n_kept + 1.0)
    every = [
        Candidate(mixture, objective, *np.zeros((2, 3), np.bool_))
        for mixture, objective in zip([*nudged, other], objectives, strict=True)
    ]
    kept = population.varied(every)
    assert [each.objective for each in kept] == [0, -EFFORT.n_kept, -1, -2]


def shifted(mixture, by):
    return mx.Mixture(mixture.weights, mixture.means + by, mixture.covariances)
