"""EM is a sum: moments of any blocks, in any order, add up to the moments of all rows."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura._array import patterns_of
from mixtura.moments import DIAGONAL, FULL, NEEDS, POOLED, PROJECTED, TRACE, expect
from mixtura.typing import Block
from support.closeness import assert_close, assert_moments_close
from support.strategies import generators, mixtures, needs, sample_weights, samples, with_holes


def block(rows, weights, chosen=slice(None)):
    own = rows[chosen]
    return Block(own, None if weights is None else weights[chosen], patterns=patterns_of(own))


@st.composite
def blocks(draw):
    """A mixture, and rows of its own with sample weights, some with holes."""
    mixture = draw(mixtures())
    rows = draw(samples(mixture))
    if draw(st.booleans()):
        rows = with_holes(draw(generators), rows)
    return mixture, rows, draw(sample_weights(len(rows)))


@given(blocks(), needs, generators, st.integers(1, 6))
def test_moments_add_in_any_split_and_order(example, need, rng, n_parts):
    mixture, rows, weights = example
    whole = expect(mixture, need, block(rows, weights))
    parts = np.array_split(rng.permutation(len(rows)), n_parts)
    sum_of_parts = reduce(add, (expect(mixture, need, block(rows, weights, p)) for p in parts))
    assert_moments_close(sum_of_parts, whole, 1e-12)


def expected(mixture, rows):
    """E[x - mu_k] and Cov[x] of each row and component, given what the row has."""
    residuals = rows[:, None, :] - mixture.means
    left_over = np.zeros((*residuals.shape, rows.shape[1]))
    for k, matrix in enumerate(np.broadcast_to(mixture.storage.dense(), left_over.shape[1:])):
        for i in np.flatnonzero(np.isnan(rows).any(axis=1)):
            seen, lacking = ~np.isnan(rows[i]), np.isnan(rows[i])
            slopes = np.linalg.solve(matrix[np.ix_(seen, seen)], matrix[np.ix_(seen, lacking)]).T
            residuals[i, k, lacking] = slopes @ residuals[i, k, seen]
            left_over[i, k][np.ix_(lacking, lacking)] = (
                matrix[np.ix_(lacking, lacking)] - slopes @ matrix[np.ix_(seen, lacking)]
            )
    return residuals, left_over


@given(blocks())
def test_moments_are_their_definition(example):
    mixture, rows, weights = example
    factors = np.ones(len(rows)) if weights is None else weights
    shares = mixture.responsibilities(rows) * factors[:, None]
    residuals, left_over = expected(mixture, rows)
    scatter = np.einsum("nk,nki,nkj->kij", shares, residuals, residuals)
    scatter += np.einsum("nk,nkij->kij", shares, left_over)
    spread = np.einsum("kii->", scatter)
    terms = factors * mixture.log_prob(rows)
    rtol = 1e-10 if np.isnan(rows).any() else 1e-12  # the regressions here are not as exact
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
        assert_close(moments.total_weight, weight, rtol * weight)
        assert_close(moments.counts, shares.sum(axis=0), rtol * weight)
        assert_close(moments.sums, sums, rtol * np.sqrt(spread * weight))
        assert_close(moments.scatter, kept[need], rtol * spread)
        assert_close(moments.log_likelihood, terms.sum(), rtol * np.abs(terms).sum())


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
