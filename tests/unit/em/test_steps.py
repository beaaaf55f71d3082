"""The two steps for one source: sums over its blocks, and M-steps that repair."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.errors import DegenerateFitError
from mixtura.family import FAMILIES
from mixtura.moments import expect
from mixtura.typing import Block
from support.closeness import assert_close, assert_moments_close
from support.letters import BALLS
from support.problems import rows_and_start, steps_for

by_family = pytest.mark.parametrize("family", FAMILIES)


@by_family
def test_the_e_step_is_a_sum_over_blocks(family):
    rows, start = rows_and_start(family, n_rows=500)
    steps = steps_for(rows, family, block_rows=64)
    assert len(list(steps.source)) == 8
    moments = steps.expect(start)
    assert_moments_close(moments, expect(start, moments.need, Block(rows)), 1e-12)


@by_family
def test_a_start_far_away_costs_no_digits(family):
    """From means 1e7 deviations off, one step gives the rows' own mean and variance."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((100, 2))
    far = mx.Mixture([1], [[1e7, -1e7]], [1], covariance_type="spherical")
    steps = steps_for(rows, family)
    mixture, repaired = steps.maximize(steps.expect(far), far)
    assert repaired == ()
    assert_close(mixture.means[0], rows.mean(axis=0), 1e-8)
    variances = rows.var(axis=0)
    variances = np.full(2, variances.mean()) if family in BALLS else variances
    assert_close(mixture.storage.variances()[0], variances, 1e-13)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical", "EII", "EEI", "EEV"])
def test_regularization_adds_to_the_variances(family):
    """As far as the sums are still of the family."""
    rows, start = rows_and_start(family)
    plain, regularized = (
        steps.maximize(steps.expect(start))[0]
        for steps in (steps_for(rows, family), steps_for(rows, family, reg_covar=0.5))
    )
    added = regularized.storage.dense() - plain.storage.dense()
    assert_close(added, np.broadcast_to(0.5 * np.eye(2), added.shape), 1e-13)
    assert np.array_equal(regularized.means, plain.means)


@by_family
def test_collapsed_components_are_repaired_and_named(family):
    rows, start = rows_and_start(family)
    means = np.array([start.means[0], [1e6, 1e6]])
    lost = mx.Mixture.of(np.array([0.5, 0.5]), means, start.storage)
    steps = steps_for(rows, family)
    mixture, repaired = steps.maximize(steps.expect(lost), lost)
    assert repaired == (1,)
    assert_close(mixture.weights, [0.5, 0.5], 1e-14)
    assert_close(mixture.mean(), rows.mean(axis=0), 1e-12)
    assert np.isfinite(mixture.log_prob(rows)).all()


def test_all_that_collapse_in_turn_are_named():
    """The empty one first, then one whose features depend on each other."""
    rng = np.random.default_rng(0)
    wide, line = rng.standard_normal((100, 2)), 50 + np.outer(rng.standard_normal(20), [1, 1])
    rows = np.concatenate([wide, line])
    start = mx.Mixture([0.4, 0.3, 0.3], [[0, 0], [50, 50], [1e6, 1e6]], [np.eye(2)] * 3)
    steps = steps_for(rows)
    mixture, repaired = steps.maximize(steps.expect(start), start)
    assert repaired == (1, 2)
    assert np.isfinite(mixture.log_prob(rows)).all()


@by_family
def test_equal_rows_are_beyond_repair_without_regularization(family):
    rows = np.full((20, 2), 0.1)
    _, start = rows_and_start(family)
    with pytest.raises(DegenerateFitError):
        steps_for(rows, family).maximize(steps_for(rows, family).expect(start))
    steps = steps_for(rows, family, reg_covar=1e-6)
    mixture, _ = steps.maximize(steps.expect(start))
    assert (mixture.storage.variances() > 0).all()
