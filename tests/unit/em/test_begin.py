"""Where a fit begins: starts look at all rows, or at a sample of very many."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import STARTS
from mixtura.em.start import proposal
from support.strategies import with_holes

K = 3
MEANS = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def rows(rng):
    return MEANS[rng.integers(K, size=4000)] + rng.normal(size=(4000, 2))


@pytest.fixture
def few_rows_are_many(monkeypatch):
    monkeypatch.setattr(proposal, "MOST_ROWS", 2000)
    monkeypatch.setattr(proposal, "ROWS_OF_MORE", 500)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("share_of_holes", [0, 0.2])
def test_of_many_rows_a_start_sees_a_sample(
    few_rows_are_many, rows, rng, start, weighted, share_of_holes
):
    rows = with_holes(rng, rows, share_of_holes)
    weights = rng.uniform(0.5, 2, len(rows)) if weighted else None
    model = mx.GaussianMixture(K, init_params=start, n_init=3, random_state=0)
    model.fit(rows, sample_weight=weights)
    assert np.isfinite(model.lower_bound_)
    if not start.startswith("random"):
        found = model.means_[np.lexsort(np.round(model.means_ / 9).T)]
        assert np.abs(found - MEANS).max() < 0.3


@pytest.mark.parametrize("start", STARTS)
def test_a_sample_may_lack_a_column_that_has_few_entries(few_rows_are_many, rows, start):
    few = np.full((len(rows), 1), np.nan)
    few[[17, 3001, 3999], 0] = 1.0, 2.0, 4.0
    model = mx.GaussianMixture(K, init_params=start, random_state=0, max_iter=0)
    model.fit(np.concatenate([rows, few], axis=1))
    assert np.isfinite(model.means_).all()


def test_a_start_of_the_users_own_sees_all_rows(few_rows_are_many, rows):
    seen = []

    def start(X, rng):
        seen.append(len(X))
        return np.where(X[:, 0] > 4.5, 1, np.where(X[:, 1] > 4.5, 2, 0))

    mx.GaussianMixture(K, init_params=start, tol=1.0).fit(rows)
    assert seen == [len(rows)]


@pytest.mark.parametrize("start", STARTS)
def test_the_sample_is_drawn_by_the_seed(few_rows_are_many, rows, start):
    fits = [mx.GaussianMixture(K, init_params=start, random_state=1).fit(rows) for _ in range(2)]
    np.testing.assert_array_equal(fits[0].means_, fits[1].means_)
