"""Mean field: the bound never falls, its end is a fixed point, and some pixels do not count."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixtura import _machine
from mixtura.uses.segmentation import potts
from mixtura.uses.segmentation.potts import smoothed


def neighbours(q):
    """sum_j s_ij q_j with shares inverse to distances, one shift after the other."""
    axes = tuple(range(1, q.ndim))
    bordered = np.pad(q, [(0, 0), *((1, 1) for _ in axes)])
    total, shares = np.zeros_like(q), 0.0
    for offset in product((-1, 0, 1), repeat=len(axes)):
        if any(offset):
            share = 1 / np.linalg.norm(offset)
            shares += share
            moved = np.roll(bordered, offset, axes)
            total += share * moved[:, *(slice(1, -1) for _ in axes)]
    return total / shares


def bound(q, r, beta):
    """F(q) as the module says."""
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nansum(q * np.log(q))
    return np.sum(q * np.log(r)) + beta / 2 * np.sum(q * neighbours(q)) + entropy


def maps(seed, shape, n_components=3):
    rows = np.random.default_rng(seed).dirichlet(np.ones(n_components), size=shape)
    return np.moveaxis(rows, -1, 0).astype(np.float32)


SHAPES = st.lists(st.integers(1, 7), min_size=2, max_size=3).map(tuple)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), shape=SHAPES, beta=st.floats(0.1, 12))
def test_the_bound_never_falls(seed, shape, beta):
    r = maps(seed, shape)
    bounds = [bound(r.astype(float), r.astype(float), beta)]
    with pytest.MonkeyPatch.context() as patch:
        for n_sweeps in (1, 2, 3, 30):
            patch.setattr(potts, "MOST_SWEEPS", n_sweeps)
            q = smoothed(r.copy(), beta, None).astype(float)
            bounds.append(bound(q, r.astype(float), beta))
    assert (np.diff(bounds) >= -1e-4 * np.prod(shape)).all()


def test_the_end_is_a_fixed_point(monkeypatch):
    monkeypatch.setattr(potts, "MOST_SWEEPS", 500)
    monkeypatch.setattr(potts, "STILL", 1e-9)
    r = maps(0, (9, 12))
    q = smoothed(r.copy(), 2.0, None).astype(float)
    expected = r * np.exp(2.0 * neighbours(q))
    np.testing.assert_allclose(q, expected / expected.sum(axis=0), atol=1e-5)


def test_a_pixel_gives_way_to_all_of_its_neighbours_where_they_outweigh_it():
    for odds, kept in ((15, False), (25, True)):  # exp(3) is 20
        r = np.full((2, 5, 5), 1e-12, dtype=np.float32)
        r[0] = 1
        r[:, 2, 2] = np.array([1, odds]) / (1 + odds)
        q = smoothed(r, 3.0, None)
        assert (q[1, 2, 2] > 0.5) == kept


def test_what_does_not_count_has_no_say_and_no_label():
    r = maps(1, (8, 8))
    counted = np.ones((8, 8), dtype=bool)
    counted[:, 4] = False  # a wall between two halves
    q = smoothed(r * counted, 3.0, counted)
    assert (q[:, :, 4] == 0).all()
    left, right = (smoothed(r[..., side].copy(), 3.0, None) for side in (slice(4), slice(5, 8)))
    np.testing.assert_allclose(q[..., :4], left, atol=5e-3)
    np.testing.assert_allclose(q[..., 5:], right, atol=5e-3)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    monkeypatch.setattr(potts, "BLOCK_FLOATS", 64)
    r = maps(2, (31, 17))
    results = []
    for n in (1, 3):
        with _machine.threads(n):
            results.append(smoothed(r.copy(), 3.0, None))
    np.testing.assert_array_equal(*results)


def test_great_smoothness_stays_finite():
    q = smoothed(maps(3, (6, 6)), 1e6, None)
    np.testing.assert_allclose(q.sum(axis=0), 1, rtol=1e-5)
