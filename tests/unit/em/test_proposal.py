"""The rows of which a start or a search looks at a sample."""

import numpy as np
import pytest

from mixtura.em.start.proposal import sampled
from support.problems import steps_for

N = 5000


@pytest.fixture
def rows():
    return np.arange(N, dtype=float)[:, None]


@pytest.fixture
def rng():
    return np.random.RandomState(0)


def sample_of(steps, rng):
    return steps.engine.sample(steps.source, 500, rng)


def test_of_rows_without_weights_any_may_be_drawn_once(rows, rng):
    drawn, weights = sample_of(steps_for(rows), rng)
    assert weights is None
    assert 400 < len(np.unique(drawn)) == len(drawn) <= 500
    assert drawn.mean() == pytest.approx(N / 2, rel=0.1)


def test_rows_of_no_weight_are_not_drawn(rows, rng):
    """Or of few that have weight a sample would have none."""
    own = np.zeros(N)
    own[[7, 4000]] = 1, 3
    drawn, weights = sample_of(steps_for(rows, weights=own), rng)
    assert drawn[:, 0].tolist() == [7, 4000]
    assert weights.tolist() == [1, 3]


def test_equal_weights_stay_and_a_row_heavier_than_all_others_is_drawn(rows, rng):
    alike = sample_of(steps_for(rows, weights=np.full(N, 2.0)), rng)[1]
    np.testing.assert_allclose(alike, 2)
    own = np.ones(N)
    own[17] = 1e5
    drawn, weights = sample_of(steps_for(rows, weights=own), rng)
    share = weights[drawn[:, 0] == 17] / weights.sum()
    np.testing.assert_allclose(share, 1e5 / own.sum(), rtol=0.05)


def test_a_sample_that_leaves_a_feature_without_entry_is_none(rng):
    rows = np.column_stack([np.arange(N), np.full(N, np.nan)])
    rows[:, 1][3] = 1.0
    steps = steps_for(rows)
    assert sampled(steps, 2, 10, rng) is steps
    rows[:, 1] = 1.0
    assert sampled(steps_for(rows), 2, 10, rng).source.n_rows <= 10
