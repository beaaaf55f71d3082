"""A start from labels or responsibilities is an M-step, as precise as any other."""

import numpy as np
import pytest

from mixtura.em.start.assignment import mixture_of
from mixtura.family import FAMILIES
from support.closeness import assert_close, assert_mixtures_close
from support.problems import steps_for
from support.strategies import random_responsibilities

by_family = pytest.mark.parametrize("family", FAMILIES)

K, D, N = 3, 2, 150


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("offset", [0, 1e8])
def test_labels_give_the_moments_of_their_rows(family, rng, offset):
    rows, labels = offset + rng.standard_normal((N, D)), np.arange(N) % K
    steps = steps_for(rows, family)
    mixture, repaired = mixture_of(labels, K, steps.source, steps)
    groups = [rows[labels == k] - offset for k in range(K)]
    variances = np.array([group.var(axis=0) for group in groups])
    expected = {
        "full": variances,
        "diag": variances,
        "factor": variances,
        "tied": variances.mean(axis=0, keepdims=True),
        "spherical": np.repeat(variances.mean(axis=1, keepdims=True), D, axis=1),
    }[family]
    means = np.array([group.mean(axis=0) for group in groups])
    assert repaired == ()
    assert_close(mixture.weights, np.full(K, 1 / K), 1e-15)
    assert_close(mixture.means - offset, means, np.spacing(offset + 1))
    assert_close(mixture.storage.variances(), expected, 1e-13)


@by_family
def test_labels_are_certain_responsibilities(family, rng):
    rows, labels = rng.standard_normal((N, D)), rng.integers(0, K, N)
    steps = steps_for(rows, family, weights=rng.random(N))
    by_labels, _ = mixture_of(labels, K, steps.source, steps)
    by_shares, _ = mixture_of(np.eye(K)[labels], K, steps.source, steps)
    assert_mixtures_close(by_labels, by_shares, 1e-13)


@by_family
def test_sample_weights_multiply_responsibilities(family, rng):
    rows, shares = rng.standard_normal((N, D)), random_responsibilities(rng, N, K)
    counts = rng.integers(0, 4, N)
    weighted = steps_for(rows, family, weights=counts * 1.0)
    repeated = steps_for(np.repeat(rows, counts, axis=0), family)
    by_weight, _ = mixture_of(shares, K, weighted.source, weighted)
    by_count, _ = mixture_of(np.repeat(shares, counts, axis=0), K, repeated.source, repeated)
    assert_mixtures_close(by_weight, by_count, 1e-10 if family in {"EVE", "VVE"} else 1e-12)


@by_family
def test_labels_without_rows_are_repaired(family, rng):
    rows = rng.standard_normal((N, D))
    steps = steps_for(rows, family)
    mixture, repaired = mixture_of(np.zeros(N, dtype=int), 2, steps.source, steps)
    assert repaired == (1,)
    assert_close(mixture.weights, [0.5, 0.5], 1e-15)
    assert_close(mixture.mean(), rows.mean(axis=0), 1e-13)
