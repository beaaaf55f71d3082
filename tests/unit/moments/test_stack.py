"""Moments of several mixtures as those of one: each keeps its own."""

import numpy as np
import pytest

from mixtura.moments import FULL, Stack, collect
from support.closeness import assert_close
from support.strategies import random_responsibilities


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(30, 2))
    return [
        collect(rows, random_responsibilities(rng, 30, 4), rng.normal(size=(4, 2)), FULL, bound)
        for bound in (-3.0, -7.0, -5.0)
    ]


def assert_equal(ours, theirs):
    names = "counts", "sums", "scatter", "centres", "total_weight", "log_likelihood", "reg_covar"
    for name in names:
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))


def test_a_stack_gives_back_what_it_is_made_of(parts):
    stack = Stack.of(parts)
    assert len(stack) == 3
    for index, part in enumerate(parts):
        assert_equal(stack[index], part)
        assert stack.mean_log_likelihoods()[index] == part.mean_log_likelihood
    assert_close(stack.shares().reshape(3, 4).sum(axis=1), np.ones(3), 1e-15)
    assert np.array_equal(stack.shares()[4:8], parts[1].counts / parts[1].counts.sum())


def test_some_of_a_stack(parts):
    some = Stack.of(parts).select(np.array([True, False, True]))
    assert len(some) == 2
    assert_equal(some[0], parts[0])
    assert_equal(some[1], parts[2])
    assert len(some.select(np.array([False, False]))) == 0


def test_stacks_add_and_are_regularized_as_their_parts(parts):
    stack = (Stack.of(parts) + Stack.of(parts)).regularized(0.5)
    for index, part in enumerate(parts):
        assert_equal(stack[index], (part + part).regularized(0.5))


def test_mixtures_that_have_a_component(parts):
    stack = Stack.of(parts)
    components = np.zeros(12, dtype=bool)
    assert stack.have(components).tolist() == [False, False, False]
    components[[3, 9]] = True
    assert stack.have(components).tolist() == [True, False, True]
