"""Stepwise EM: its closed forms, EM as one of its cases, and what a step does with weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura.data import ArraySource
from mixtura.em import Pace, Running, step_with
from mixtura.em.epoch import ROWS_PER_STEP, stepwise_epoch
from mixtura.em.steps import Steps
from mixtura.engine import Local
from mixtura.family import FAMILIES
from mixtura.moments import NEEDS, believed
from support.closeness import assert_close, assert_mixtures_close, assert_moments_close
from support.problems import rows_and_start, steps_for
from support.strategies import families, generators, random_mixture

AVERAGE = Pace(exponent=1.0)
FORGET_ALL = Pace(exponent=1.0, half_life=1e-9)
by_family = pytest.mark.parametrize("family", FAMILIES)


def kept_moments(steps, mixture):
    return steps.expect(mixture, steps.family.need_to_keep())


def begun(steps, mixture):
    moments = kept_moments(steps, mixture)
    return Running(moments, 1, moments.total_weight)


@by_family
def test_a_step_that_forgets_all_is_a_step_of_em(family):
    rows, start = rows_and_start(family)
    steps, others = steps_for(rows, family), steps_for(rows[:50] + 1, family)
    mixture, running, _ = step_with(start, begun(others, start), steps, FORGET_ALL)
    assert_mixtures_close(mixture, steps.maximize(steps.expect(start), start)[0], 1e-10)
    assert_moments_close(running.moments, kept_moments(steps, start), 1e-12)


@by_family
def test_steps_of_exponent_1_average_the_moments(family):
    """With the mixture held fixed they are those of all rows in one batch."""
    rows, mixture = rows_and_start(family)
    running = begun(steps_for(rows[:30], family), mixture)
    for batch in (rows[30:100], rows[100:110], rows[110:]):
        running = running.after(kept_moments(steps_for(batch, family), mixture), AVERAGE)
    everything = kept_moments(steps_for(rows, family), mixture)
    assert_moments_close(running.moments, everything, 1e-11)
    assert (running.n_steps, running.seen) == (4, len(rows))
    assert running.moments.mean_log_likelihood == pytest.approx(everything.mean_log_likelihood)


def test_the_t_th_of_equal_batches_takes_a_step_of_t_to_minus_a():
    """Liang and Klein 2009."""
    steps = [Pace(0.7).step(50.0, 50.0 * t) for t in range(1, 6)]
    assert_close(steps, [t**-0.7 for t in range(1, 6)], 1e-15)


def test_rows_count_half_after_a_half_life():
    """However these rows are divided into batches."""
    pace = Pace(half_life=300.0)
    left = [1 - pace.step(weight, 1e12) for weight in (100.0, 150.0, 50.0)]
    assert np.prod(left) == pytest.approx(0.5, rel=1e-12)


@given(generators, st.floats(0.51, 1), st.sampled_from([None, 40.0]))
def test_weights_are_repeated_rows_in_any_unit(rng, exponent, half_life):
    rows, start = rows_and_start(seed=int(rng.integers(100)), n_rows=60)
    weights = rng.integers(1, 4, len(rows)).astype(float)

    def stream(pace, unit, *, repeat):
        running, mixture = None, start
        for part in (slice(0, 20), slice(20, 30), slice(30, 60)):
            own = np.repeat(rows[part], weights[part].astype(int), axis=0)
            steps = (
                steps_for(own) if repeat else steps_for(rows[part], weights=unit * weights[part])
            )
            if running is None:
                running = begun(steps, mixture)
            else:
                mixture, running, _ = step_with(mixture, running, steps, pace)
        return mixture

    repeated = stream(Pace(exponent, half_life), 1.0, repeat=True)
    assert_mixtures_close(stream(Pace(exponent, half_life), 1.0, repeat=False), repeated, 1e-9)
    in_units = Pace(exponent, None if half_life is None else 7 * half_life)
    assert_mixtures_close(stream(in_units, 7.0, repeat=False), repeated, 1e-9)


@pytest.mark.parametrize("family", ["full", "tied", "EEV", "factor"])
def test_one_batch_again_and_again_ends_where_em_does(family):
    rows, mixture = rows_and_start(family, n_rows=300)
    steps = steps_for(rows, family)
    running = begun(steps, mixture)
    for _ in range(1000):
        mixture, running, _ = step_with(mixture, running, steps, Pace(half_life=len(rows)))
    assert_mixtures_close(steps.maximize(steps.expect(mixture), mixture)[0], mixture, 1e-6)


def test_rows_far_from_the_origin_lose_no_digits():
    rows, start = rows_and_start(n_rows=400)
    offset = 1e8

    def stream(rows, mixture):
        running = begun(steps_for(rows[:100]), mixture)
        for first in (100, 200, 300):
            batch = steps_for(rows[first : first + 100])
            mixture, running, _ = step_with(mixture, running, batch, Pace())
        return mixture

    far = mx.Mixture(start.weights, start.means + offset, start.covariances)
    shifted = np.round(rows * 2**20) / 2**20 + offset  # what float64 keeps of them there
    near = stream(shifted - offset, start)
    assert_close(stream(shifted, far).covariances, near.covariances, 1e-6)
    assert_close(stream(shifted, far).means - offset, near.means, 1e-6)


@given(generators, families)
def test_a_mixture_is_the_m_step_of_what_it_believes(rng, family):
    mixture = random_mixture(rng, family, 3, 2)
    need = FAMILIES[family].need_to_keep()
    again = FAMILIES[family].maximize(believed(mixture, need, 500.0, -1.0), mixture)
    assert_close(again.weights, mixture.weights, 1e-12)
    assert_close(again.means, mixture.means, 1e-12)
    if family != "factor":  # whose M-step is one iteration towards the likeliest
        assert_close(again.storage.dense(), mixture.storage.dense(), 1e-5)


def test_projections_of_whole_scatters_are_those_that_blocks_sum_up():
    rows, mixture = rows_and_start("factor")
    steps = steps_for(rows, "factor")
    projected = steps.expect(mixture)
    whole = steps.expect(mixture, NEEDS["full"])
    assert_close(projected.need.of(whole.scatter), projected.scatter, 1e-9)


def test_a_component_that_dies_out_is_repaired_for_good():
    rows, start = rows_and_start(n_rows=100)
    mixture = mx.Mixture([1 - 1e-300, 1e-300], [[0, 0], [1e3, 1e3]], start.covariances)
    steps = steps_for(rows)
    mixture, running, repaired = step_with(mixture, begun(steps, mixture), steps, Pace())
    assert repaired == (1,)
    assert running.moments.counts.min() > 1
    assert step_with(mixture, running, steps, Pace())[2] == ()


def in_blocks(rows, block_rows=4 * ROWS_PER_STEP):
    return Steps(Local(), ArraySource(rows, None, block_rows), FAMILIES["full"], 0.0)


class TestEpoch:
    truth = mx.Mixture(
        [0.5, 0.3, 0.2],
        [[0, 0], [2, 0], [0, 3]],
        [np.eye(2), 0.5 * np.eye(2)] * 1 + [2 * np.eye(2)],
    )

    def rows_and_fit(self):
        rng = np.random.default_rng(0)
        rows = rng.permutation(self.truth.sample(20 * ROWS_PER_STEP, rng)[0])
        sample = rows[:4000]
        return rows, mx.GaussianMixture(3, tol=1e-6, max_iter=500, random_state=0).fit(sample)

    def test_comes_nearer_to_the_end_than_a_pass_of_em(self):
        rows, fit = self.rows_and_fit()
        steps = in_blocks(rows)
        stepwise = stepwise_epoch(fit.mixture_, steps, 4000)
        exact = steps.maximize(steps.expect(fit.mixture_), fit.mixture_)[0]
        bounds = [steps.expect(each).mean_log_likelihood for each in (stepwise, exact)]
        assert bounds[0] > bounds[1]

    @pytest.mark.parametrize("order", ["feature", "cluster"])
    def test_keeps_the_mixture_where_rows_are_sorted(self, order):
        rows, fit = self.rows_and_fit()
        key = rows[:, 0] if order == "feature" else fit.predict(rows)
        sorted_rows = rows[np.argsort(key, kind="stable")]
        assert stepwise_epoch(fit.mixture_, in_blocks(sorted_rows), 4000) is fit.mixture_

    def test_is_the_same_for_weights_in_any_unit(self):
        rows, fit = self.rows_and_fit()
        weights = np.random.default_rng(1).integers(1, 4, len(rows)).astype(float)

        def after(unit):
            source = ArraySource(rows, unit * weights, ROWS_PER_STEP)
            steps = Steps(Local(), source, FAMILIES["full"], 0.0)
            return stepwise_epoch(fit.mixture_, steps, unit * 8000)

        assert after(1.0) is not fit.mixture_
        assert_mixtures_close(after(100.0), after(1.0), 1e-9)
