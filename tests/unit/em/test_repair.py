"""A repair moves rows between components, and nothing else in the mixture notices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura.em.repair import split_heaviest
from mixtura.errors import DegenerateFitError
from mixtura.moments import DIAGONAL, FULL, NEEDS, POOLED, PROJECTED, TRACE, collect
from support.closeness import assert_close
from support.strategies import generators, random_mixture, random_responsibilities

by_need = pytest.mark.parametrize("need", NEEDS.values(), ids=NEEDS)

K, D = 4, 3


def moments_of(need, empty=(2,), seed=0):
    """Moments of some rows, of which some components have none."""
    rng = np.random.default_rng(seed)
    rows = random_mixture(rng, "full", 3, D).sample(60, rng)[0]
    responsibilities = random_responsibilities(rng, 60, K)
    responsibilities[:, list(empty)] = 0
    return collect(rows, responsibilities, rows[:K], need)


def collapsed(*components):
    return np.isin(np.arange(K), components)


def total(moments):
    """Count, first and second moments of all components together, about the origin."""
    moments = moments.about(np.zeros((K, D)))
    second = moments.scatter if moments.need.pooled else moments.scatter.sum(axis=0)
    return moments.counts.sum(), moments.sums.sum(axis=0), second


@by_need
@pytest.mark.parametrize("empty", [(0,), (2,), (1, 3), (0, 1, 2)])
def test_the_moments_of_all_rows_are_kept(need, empty):
    before = moments_of(need, empty)
    after = split_heaviest(before, collapsed(*empty))
    for repaired, expected in zip(total(after), total(before), strict=True):
        assert_close(repaired, expected, 1e-11)
    assert after.total_weight == before.total_weight
    assert (after.counts > 0).all()


@by_need
def test_other_components_stay_as_they_are(need):
    before = moments_of(need)
    before = before.about(before.means())
    after = split_heaviest(before, collapsed(2))
    others = [k for k in range(K) if k not in {2, before.counts.argmax()}]
    assert len(others) == K - 2
    assert np.array_equal(after.counts[others], before.counts[others])
    assert np.array_equal(after.means()[others], before.means()[others])
    if not need.pooled:
        assert np.array_equal(after.scatter[others], before.scatter[others])


def test_the_heaviest_is_split_along_its_longest_axis_in_units_of_all_rows():
    before = moments_of(FULL)
    heaviest = int(before.counts.argmax())
    before = before.about(before.means())
    count, mean = before.counts[heaviest], before.means()[heaviest]
    whole, _, second = total(before)
    spread = second / whole - np.outer(*[before.counts @ before.means() / whole] * 2)
    units = np.sqrt(np.diagonal(spread))
    lengths, axes = np.linalg.eigh(before.scatter[heaviest] / count / np.outer(units, units))
    after = split_heaviest(before, collapsed(2))
    halves = [heaviest, 2]
    assert_close(after.counts[halves], [count / 2, count / 2], 1e-14 * count)
    assert_close(after.means()[halves].mean(axis=0), mean, 1e-13)
    step = (after.means()[heaviest] - mean) / units
    assert_close(np.abs(axes.T @ step), [0, 0, np.sqrt(lengths[-1]) / 2], 1e-12)
    for half in halves:
        scatter = after.scatter[half] / np.outer(units, units)
        lengths_of_half = np.diagonal(axes.T @ scatter @ axes) / (count / 2)
        assert_close(lengths_of_half, lengths * [1, 1, 0.75], 1e-12)


@given(generators, st.sampled_from([FULL, POOLED, DIAGONAL, PROJECTED]))
def test_units_of_the_features_change_nothing(rng, need):
    """Also where the heaviest has all rows, and so the same variance as these in each feature."""
    rows = random_mixture(rng, "full", 3, D).sample(60, rng)[0]
    responsibilities = random_responsibilities(rng, 60, K) * (np.arange(K) < rng.integers(1, 3))
    units = 10.0 ** rng.integers(-6, 7, D)
    halves = []
    for scale in np.ones(D), units:
        moments = collect(rows * scale, responsibilities, (rows * scale)[:K], need)
        after = split_heaviest(moments, moments.counts == 0)
        halves.append(np.sort(after.means() / scale, axis=0))
    assert_close(halves[1], halves[0], 1e-6 * np.ptp(rows, axis=0))


@pytest.mark.parametrize("need", [FULL, POOLED, DIAGONAL, PROJECTED])
@pytest.mark.parametrize("constant", range(D))
def test_nothing_is_split_along_a_feature_that_reg_covar_alone_gives_a_variance(need, constant):
    rows, responsibilities = np.random.default_rng(0).standard_normal((60, D)), np.zeros((60, K))
    rows[:, constant], responsibilities[:, 0] = 5.0, 1
    moments = collect(rows, responsibilities, rows[:K], need).regularized(0.1)
    after = split_heaviest(moments, collapsed(1, 2, 3))
    assert_close(after.means()[:, constant], np.full(K, 5.0), 1e-9)
    assert np.ptp(after.means(), axis=0).max() > 0.1


def test_the_second_repair_splits_what_is_heaviest_then():
    before = moments_of(FULL, empty=(2, 3))
    after = split_heaviest(before, collapsed(2, 3))
    heavy, light = np.sort(before.counts[:2])[::-1]
    expected = [heavy / 2, heavy / 2, light / 2, light / 2]
    expected = expected if light > heavy / 2 else [heavy / 4, heavy / 4, heavy / 2, light]
    assert_close(np.sort(after.counts), np.sort(expected), 1e-12)


@by_need
def test_a_repaired_component_takes_part_of_no_rows_but_the_heaviests(need):
    """What few rows a collapsed component had are given up with it."""
    before = moments_of(need, empty=())
    after = split_heaviest(before, collapsed(1))
    assert after.counts.sum() == pytest.approx(before.counts[[0, 2, 3]].sum(), rel=1e-14)


@by_need
def test_nothing_is_left_to_split(need):
    with pytest.raises(DegenerateFitError, match="ill-defined empirical covariance"):
        split_heaviest(moments_of(need), collapsed(0, 1, 2, 3))


@by_need
def test_what_has_no_extent_cannot_be_split(need):
    rows = np.ones((10, D))
    responsibilities = np.eye(K)[np.zeros(10, dtype=int)]
    with pytest.raises(DegenerateFitError):
        split_heaviest(collect(rows, responsibilities, rows[:K], need), collapsed(1, 2, 3))


def test_moments_given_are_not_written_to():
    before = moments_of(TRACE)
    kept = before.counts.copy(), before.sums.copy(), before.scatter.copy(), before.centres.copy()
    split_heaviest(before, collapsed(2))
    for array, same in zip(
        (before.counts, before.sums, before.scatter, before.centres), kept, strict=True
    ):
        assert np.array_equal(array, same)
