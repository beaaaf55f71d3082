"""Short runs, of which the better half goes on."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em.search import Candidate, halving
from mixtura.em.search.halving import halved
from mixtura.errors import DegenerateFitError
from support.problems import steps_for

CENTRES = np.array([[0.0, 0], [20, 0], [0, 20]])


@pytest.fixture
def steps():
    rng = np.random.default_rng(0)
    return steps_for(CENTRES[np.arange(90) % 3] + rng.standard_normal((90, 2)), reg_covar=1e-6)


def at(means):
    return mx.Mixture(np.full(3, 1 / 3), means, np.ones(3), covariance_type="spherical")


GOOD = at(CENTRES + 1)
BAD = at(CENTRES[[0, 0, 1]] + [[-1, 0], [1, 0], [0, 1]])
"""Two components in one cluster, where they stay, and one for two."""


def test_the_best_of_different_starts_go_on_the_best_first(steps):
    starts = [BAD, BAD, GOOD, BAD, at(CENTRES - 1), BAD, BAD]
    kept = halved(starts, steps, 2)
    assert len(kept) == 2
    for mixture in kept:
        nearest = np.linalg.norm(mixture.means[:, None] - CENTRES, axis=2).min(axis=0)
        assert (nearest < 1).all()
    assert len(halved(starts, steps, 3)) == 3
    first, second, third = (Candidate.of(each, steps).merit for each in halved(starts, steps, 3))
    assert first >= second > third


def test_runs_grow_twice_as_long_as_they_become_half_as_many(steps, monkeypatch):
    runs = []

    def run_each(starts, steps, stopping):
        runs.append((len(starts), stopping.max_iter))
        return original(starts, steps, stopping)

    original = halving.run_each
    monkeypatch.setattr(halving, "run_each", run_each)
    halved([GOOD] * 9, steps, 2)
    assert runs == [(9, 8), (4, 16)]


def test_not_more_than_are_kept_need_no_runs(steps, monkeypatch):
    monkeypatch.setattr(halving, "run_each", None)
    assert halved([GOOD, BAD], steps, 2) == [GOOD, BAD]


def test_runs_that_fail_are_left_out(steps, monkeypatch):
    """Rows in float32 run one by one, where failing is made easy."""
    as_float32 = steps_for(np.asarray(steps.source.take(slice(None))[0], np.float32))
    run = halving.run_each.__globals__["run"]

    def failing(start, *args):
        if start is BAD:
            raise DegenerateFitError
        return run(start, *args)

    monkeypatch.setitem(halving.run_each.__globals__, "run", failing)
    assert len(halved([BAD, GOOD, BAD, BAD, GOOD], as_float32, 1)) == 1
    assert len(halved([BAD, GOOD, BAD], as_float32, 2)) == 1
    assert halved([BAD, BAD], as_float32, 1) == []
