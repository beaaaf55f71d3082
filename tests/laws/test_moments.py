"""EM is a sum: moments of any blocks, in any order, add up to the moments of all rows."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura.moments import DIAGONAL, FULL, NEEDS, POOLED, PROJECTED, TRACE, expect
from mixtura.typing import Block
from support.closeness import assert_close, assert_moments_close
from support.strategies import generators, mixtures, needs, sample_weights, samples


def block(rows, weights, chosen=slice(None)):
    return Block(rows[chosen], None if weights is None else weights[chosen])


@st.composite
def blocks(draw):
    """A mixture, and rows of its own with sample weights."""
    mixture = draw(mixtures())
    rows = draw(samples(mixture))
    return mixture, rows, draw(sample_weights(len(rows)))


@given(blocks(), needs, generators, st.integers(1, 6))
def test_moments_add_in_any_split_and_order(example, need, rng, n_parts):
    mixture, rows, weights = example
    whole = expect(mixture, need, block(rows, weights))
    parts = np.array_split(rng.permutation(len(rows)), n_parts)
    sum_of_parts = reduce(add, (expect(mixture, need, block(rows, weights, p)) for p in parts))
    assert_moments_close(sum_of_parts, whole, 1e-12)


@given(blocks())
def test_moments_are_their_definition(example):
    mixture, rows, weights = example
    factors = np.ones(len(rows)) if weights is None else weights
    shares = mixture.responsibilities(rows) * factors[:, None]
    residuals = rows[:, None, :] - mixture.means
    scatter = np.einsum("nk,nki,nkj->kij", shares, residuals, residuals)
    spread = np.einsum("kii->", scatter)
    terms = factors * mixture.log_prob(rows)
    kept = {
        FULL: scatter,
        POOLED: scatter.sum(axis=0),
        DIAGONAL: np.einsum("kii->ki", scatter),
        TRACE: np.einsum("kii->k", scatter),
        PROJECTED: np.einsum("kii->ki", scatter)[:, None, :],
    }
    for need in NEEDS.values():
        moments = expect(mixture, need, block(rows, weights))
        weight = factors.sum()
        sums = np.einsum("nk,nki->ki", shares, residuals)
        assert_close(moments.total_weight, weight, 1e-12 * weight)
        assert_close(moments.counts, shares.sum(axis=0), 1e-12 * weight)
        assert_close(moments.sums, sums, 1e-12 * np.sqrt(spread * weight))
        assert_close(moments.scatter, kept[need], 1e-12 * spread)
        assert_close(moments.log_likelihood, terms.sum(), 1e-12 * np.abs(terms).sum())


@given(blocks(), needs, generators)
def test_centres_given_to_expect_are_those_moved_to(example, need, rng):
    mixture, rows, weights = example
    centres = mixture.means + rng.standard_normal(mixture.means.shape) * mixture.storage.variances()
    moved = expect(mixture, need, block(rows, weights)).about(centres)
    taken = expect(mixture, need, block(rows, weights), centres=centres)
    assert_moments_close(moved, taken, 1e-12, spread=spread_from(moved, mixture.means))


@given(blocks(), needs, generators)
def test_about_there_and_back_changes_nothing(example, need, rng):
    mixture, rows, weights = example
    moments = expect(mixture, need, block(rows, weights))
    there = moments.about(mixture.means + rng.standard_normal(mixture.means.shape))
    assert_moments_close(
        there.about(moments.centres), moments, 1e-12, spread=spread_from(there, moments.centres)
    )


def spread_from(moments, centres):
    """What a move of centres adds up: the scatter here, and the square of the way."""
    way = ((moments.centres - centres) ** 2).sum()
    return moments.variance_sums().max() * moments.n_features + moments.total_weight * way


@given(blocks(), needs)
def test_moments_about_other_centres_do_not_add(example, need):
    mixture, rows, weights = example
    moments = expect(mixture, need, block(rows, weights))
    with pytest.raises(ValueError, match="different centres"):
        moments + moments.about(mixture.means + 1)


@given(blocks())
def test_moments_of_different_needs_do_not_add(example):
    mixture, rows, weights = example
    with pytest.raises(ValueError, match="do not add"):
        expect(mixture, FULL, block(rows, weights)) + expect(mixture, TRACE, block(rows, weights))
