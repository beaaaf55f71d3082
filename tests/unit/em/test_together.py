"""Runs together are the runs one by one, to the last bit."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura import _kernel, _machine
from mixtura.em import (
    STARTS,
    Beginning,
    FromRows,
    Outcome,
    Steps,
    Stopping,
    accelerate,
    solve,
    together,
)
from mixtura.em.loop import run
from mixtura.em.together import can_run_together, run_together
from mixtura.em.watch import Watchers, watching
from mixtura.engine import open_rows
from mixtura.errors import DegenerateFitError
from mixtura.family import FAMILIES, Restricted
from support.closeness import assert_mixtures_close
from support.interrupt import output_when_interrupted
from support.problems import Recorder, rows_and_start, steps_for
from support.strategies import generators, random_mixture, sample_weights

needs_kernel = pytest.mark.skipif(
    not _kernel.takes(np.zeros((1, 1))), reason="Runs go together in the kernel alone."
)
EXACT = ["full", "diag", "spherical", "tied", "EEI", "EII"]
STOPPING = Stopping(tol=1e-4, max_iter=40)
by_family = pytest.mark.parametrize("family", EXACT)


def in_one_block(rows, family="full", **settings):
    return steps_for(rows, family, block_rows=len(rows), **settings)


def one_by_one(starts, steps, stopping):
    """What `run_together` gives, from the ordinary loop."""

    def alone(start):
        try:
            return run(start, steps, stopping, Watchers(()))
        except DegenerateFitError:
            return None

    return [alone(start) for start in starts]


def assert_same(ours, theirs):
    """Mixtures and traces are equal to the bit."""
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine is None) == (other is None)
        if mine is None:
            continue
        assert mine[1] == other[1]
        for name in ("weights", "means", "covariances", "feature_names"):
            assert np.array_equal(getattr(mine[0], name), getattr(other[0], name))
        assert np.array_equal(mine[0].storage.factors(), other[0].storage.factors())


def assert_together_as_alone(starts, steps, stopping=STOPPING):
    theirs = one_by_one(starts, steps, stopping)
    assert_same(run_together(starts, steps, stopping), theirs)
    return theirs


def random_starts(rng, family, n_starts, n_components, rows):
    """Mixtures of any quality among the rows."""
    starts = []
    for _ in range(n_starts):
        layout = FAMILIES[family].layout
        mixture = random_mixture(rng, layout, n_components, rows.shape[1])
        means = rows[rng.integers(len(rows), size=n_components)]
        starts.append(mx.Mixture.of(mixture.weights, means, mixture.storage))
    return starts


@needs_kernel
@given(st.data())
def test_runs_are_those_of_the_ordinary_loop(data):
    """Also where components collapse, on rounded rows and without regularization."""
    rng = data.draw(generators)
    family = data.draw(st.sampled_from(EXACT))
    n_components, d = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 5))
    n_rows = data.draw(st.sampled_from([3, 20, 300]))
    rows = random_mixture(rng, family, 3, d, offset=data.draw(st.sampled_from([0, 1e4]))).sample(
        n_rows, rng
    )[0]
    if data.draw(st.booleans()):
        rows = np.round(rows)
    weights = data.draw(sample_weights(n_rows))
    if weights is not None:
        weights[0] = 1
    steps = in_one_block(
        rows,
        family,
        weights=weights,
        reg_covar=data.draw(st.sampled_from([0.0, 1e-6, 0.1])),
    )
    starts = random_starts(rng, family, data.draw(st.integers(1, 7)), n_components, rows)
    stopping = Stopping(
        tol=data.draw(st.sampled_from([0, 1e-3, 1e-8])),
        max_iter=data.draw(st.sampled_from([1, 2, 30])),
        aitken=data.draw(st.booleans()),
    )
    assert_together_as_alone(starts, steps, stopping)


@needs_kernel
@by_family
def test_runs_that_collapse_are_finished_by_the_ordinary_loop(family):
    """Of rows on a grid some runs are plain, some fail, and some of free families are repaired."""
    kinds = set()
    for seed, n_components in product((0, 3), (4, 6, 9)):
        rng = np.random.default_rng(seed)
        rows = rng.integers(0, 4, (40, 2)) * 1.0
        starts = random_starts(rng, family, 12, n_components, rows)
        for one in assert_together_as_alone(starts, in_one_block(rows, family)):
            kinds.add("failed" if one is None else "repaired" if one[1].repairs else "plain")
    if family in {"full", "diag", "spherical"}:
        assert kinds == {"failed", "repaired", "plain"}


@needs_kernel
def test_runs_whose_means_jump_are_finished_by_the_ordinary_loop(monkeypatch):
    """Wide components that fall on narrow clusters need their moments taken again."""
    finished = []
    monkeypatch.setattr(
        together, "run", lambda *args, course: finished.append(1) or run(*args, course=course)
    )
    noise = 1e-7 * np.random.default_rng(0).standard_normal((3, 50, 1))
    rows = np.concatenate(noise + np.array([0, 0, 1])[:, None, None])
    starts = [
        mx.Mixture([0.5, 0.5], [[a], [b]], [1, 1], covariance_type="spherical")
        for a, b in [(0.4, 0.6), (0.45, 0.55), (0.0, 1.0), (0.49, 0.51)]
    ]
    assert_together_as_alone(starts, in_one_block(rows, "spherical", reg_covar=1e-16))
    assert 0 < len(finished) < len(starts)


@needs_kernel
@by_family
@pytest.mark.parametrize("start", STARTS)
def test_fits_are_the_same_as_watched_ones(family, start):
    """Who watches is told of one run after the other; the starts are drawn in the same order."""
    rows = rows_and_start(family)[0]
    steps = Steps(*open_rows(rows, floats_per_row=6), FAMILIES[family], 1e-6)
    beginning = Beginning(3, FromRows(STARTS[start]))

    def solution(*watchers):
        rng = np.random.RandomState(3)
        with watching(*watchers):
            return solve(lambda: beginning.mixture_for(steps, rng), steps, STOPPING, n_init=20)

    assert can_run_together(steps, STOPPING)
    ours, watched = solution(), solution(Recorder())
    assert ours.traces == watched.traces
    assert_same([(ours.mixture, ours.best)], [(watched.mixture, watched.best)])


@needs_kernel
def test_starts_that_fail_do_not_end_the_others():
    rows, good = rows_and_start()
    waiting = iter([None, good, None, good] + 20 * [None])

    def begin():
        start = next(waiting)
        if start is None:
            raise DegenerateFitError
        return start, (1,)

    solution = solve(begin, in_one_block(rows), STOPPING, n_init=24)
    failed = [trace.outcome is Outcome.DEGENERATE for trace in solution.traces]
    assert failed == [True, False, True, False] + 20 * [True]
    assert solution.best is solution.traces[1]
    assert solution.best.repairs[0] == (0, (1,))


@needs_kernel
def test_an_interruption_ends_them_all():
    code = """
import numpy as np
from mixtura.em import Stopping
from mixtura.em.together import run_together
from mixtura.engine import open_rows
from mixtura.em import Steps
from mixtura.family import FAMILIES
import mixtura as mx

rows = np.random.default_rng(0).normal(size=(2000, 4))
start = mx.Mixture([0.5, 0.5], rows[:2], [1, 1], covariance_type="spherical")
steps = Steps(*open_rows(rows, floats_per_row=6), FAMILIES["spherical"], 0.0)
print("begun", flush=True)
try:
    run_together([start] * 8, steps, Stopping(tol=0, max_iter=10**9))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    assert output_when_interrupted(code, timeout=20) == "interrupted\n"


@needs_kernel
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reg_covar", [0.0, 0.1])
def test_rotations_of_each_other_are_those_of_the_ordinary_loop(weighted, reg_covar):
    """Up to rounding; also where a component is empty and repaired."""
    rng = np.random.default_rng(0)
    rows = random_mixture(rng, "full", 3, 4).sample(150, rng)[0]
    weights = rng.uniform(0, 2, len(rows)) if weighted else None
    steps = in_one_block(rows, "EEV", weights=weights, reg_covar=reg_covar)
    starts = [random_mixture(rng, "full", 3, 4, spread=2) for _ in range(5)]
    starts.append(with_empty_component(starts[0]))
    stopping = Stopping(tol=1e-5, max_iter=30)
    ended = run_together(starts, steps, stopping)
    for start, (mixture, trace) in zip(starts, ended, strict=True):
        expected, its_trace = run(start, steps, stopping, Watchers(()))
        assert trace.outcome is its_trace.outcome
        assert trace.repairs == its_trace.repairs
        np.testing.assert_allclose(trace.lower_bounds, its_trace.lower_bounds, rtol=1e-10)
        assert_mixtures_close(mixture, expected, 1e-8)
    assert ended[-1][1].repairs


def with_empty_component(mixture):
    means = np.array(mixture.means)
    means[0] = 1e6
    return mx.Mixture.of(mixture.weights, means, mixture.storage)


@needs_kernel
@pytest.mark.parametrize("isa", _machine.instruction_sets())
@pytest.mark.parametrize("n_threads", [1, 3])
def test_any_machine_takes_the_same_steps(monkeypatch, isa, n_threads):
    monkeypatch.setenv("MIXTURA_ISA", isa)
    monkeypatch.setenv("MIXTURA_NUM_THREADS", str(n_threads))
    rng = np.random.default_rng(1)
    rows = random_mixture(rng, "full", 3, 3).sample(100, rng)[0]
    starts = random_starts(rng, "full", 7, 9, rows)
    assert_together_as_alone(starts, in_one_block(rows))


@needs_kernel
def test_starts_of_another_storage_are_run_by_the_ordinary_loop():
    rng = np.random.default_rng(2)
    rows = random_mixture(rng, "full", 2, 2).sample(80, rng)[0]
    starts = [random_mixture(rng, layout, 2, 2) for layout in ("full", "tied", "full")]
    assert_together_as_alone(starts, in_one_block(rows))


@needs_kernel
def test_who_goes_side_by_side(monkeypatch):
    rows, _ = rows_and_start()
    few = in_one_block(rows)
    assert can_run_together(few, STOPPING)
    assert not can_run_together(few, Stopping(tol=0, max_iter=0))
    assert not can_run_together(in_one_block(rows, "EEV"), STOPPING)
    assert not can_run_together(in_one_block(rows.astype(np.float32)), STOPPING)
    assert not can_run_together(in_one_block(np.zeros((2**15, 2))), STOPPING)
    assert not can_run_together(in_one_block(np.zeros((5, 33))), STOPPING)
    assert not can_run_together(steps_for(rows, block_rows=64), STOPPING)
    restricted = Restricted(FAMILIES["full"], equal_weights=True)
    assert not can_run_together(Steps(few.engine, few.source, restricted, 0.0), STOPPING)
    monkeypatch.setenv("MIXTURA_ISA", "none")
    assert not can_run_together(few, STOPPING)


def test_longer_steps_are_taken_one_by_one(monkeypatch):
    rows, start = rows_and_start()
    monkeypatch.setattr("mixtura.em.restarts.run_together", None)
    solve(lambda: (start, ()), in_one_block(rows), STOPPING, n_init=2, turns=accelerate)
