"""The compiled kernel integrates missing entries out as the formulas do, wherever it runs."""

import numpy as np
import pytest

import mixtura as mx
from mixtura import _kernel
from mixtura._array import patterns_of
from mixtura.covariance import LAYOUTS
from mixtura.distribution import posterior
from mixtura.distribution.missing import imputed
from mixtura.moments import NEEDS, collect_assigned, expect
from mixtura.typing import Block
from support.problems import assert_moments_close, problem

if not _kernel.instruction_sets():
    pytest.skip("Mixtura was installed without a compiler.", allow_module_level=True)

every_isa = pytest.mark.parametrize("isa", _kernel.instruction_sets())
every_layout = pytest.mark.parametrize("layout", LAYOUTS)
SIZES = [(1, 1, 1), (7, 2, 1), (300, 5, 3), (60, 30, 2), (20, 70, 2)]
every_size = pytest.mark.parametrize("size", SIZES, ids=str)


def scattered(rng, shape):
    """Nearly every row has a pattern of its own, from complete rows to empty ones."""
    return rng.random(shape) < rng.random((shape[0], 1)) ** 2


def in_blocks(rng, shape):
    """Three patterns, which many rows share, and one that few do."""
    patterns = rng.random((4, shape[1])) < np.array([[0.0], [0.2], [0.7], [0.4]])
    return patterns[np.minimum(np.arange(shape[0]) * 3 // shape[0] + (np.arange(shape[0]) < 3), 3)]


every_kind = pytest.mark.parametrize("holes", [scattered, in_blocks])


def with_holes(holes, layout, size, seed=0, **settings):
    mixture, rows, weights = problem(layout, *size, seed=seed, **settings)
    rng = np.random.default_rng(seed)
    rng.shuffle(rows)
    rows[holes(rng, rows.shape)] = np.nan
    rows[0, 0] = np.nan
    return mixture, rows, weights


def needs_of(layout):
    """The needs that the kernel knows with this storage."""
    return [
        need
        for need in NEEDS.values()
        if not {need.name, LAYOUTS[layout].storage.kind} & _kernel.COMPLETE_ONLY
    ]


@every_isa
@every_layout
@every_size
@every_kind
def test_moments(using, isa, layout, size, holes):
    mixture, rows, weights = with_holes(holes, layout, size)
    elsewhere = mixture.means + np.random.default_rng(1).normal(size=mixture.means.shape)
    block = Block(rows, weights, patterns=patterns_of(rows))
    for need in needs_of(layout):
        for centres in (None, elsewhere):
            using("none")
            reference = expect(mixture, need, block, centres)
            using(isa)
            assert_moments_close(expect(mixture, need, block, centres), reference)


@every_isa
@every_layout
@pytest.mark.parametrize("soft", [False, True])
def test_moments_of_assigned_rows(using, isa, layout, soft):
    mixture, rows, weights = with_holes(scattered, layout, (300, 3, 2))
    labels = np.random.default_rng(2).integers(2, size=300)
    assignment = np.array([[0.3, 0.7], [1, 0]])[labels] if soft else labels
    block = Block(rows.astype(np.float32), weights, patterns=patterns_of(rows))
    for need in needs_of(layout):
        using("none")
        reference = collect_assigned(block, assignment, mixture.means + 1, need, mixture)
        using(isa)
        ours = collect_assigned(block, assignment, mixture.means + 1, need, mixture)
        assert_moments_close(ours, reference)


@every_isa
@every_layout
@every_size
@every_kind
def test_answers(using, isa, layout, size, holes):
    mixture, rows, _ = with_holes(holes, layout, size)
    for formula in (
        posterior.log_density,
        posterior.responsibilities,
        posterior.labels,
        posterior.log_certainty,
        imputed,
    ):
        using("none")
        reference = formula(mixture, rows)
        using(isa)
        ours = formula(mixture, rows)
        assert ours.dtype == reference.dtype
        np.testing.assert_allclose(ours, reference, rtol=1e-11, atol=1e-12)


@every_isa
def test_many_float32_rows(using, isa):
    """So many that complete ones would be taken in float32 arithmetic."""
    rng = np.random.default_rng(0)
    mixture, rows, _ = problem("diag", 100_000, 5, 2)
    rows = rows.astype(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    block = Block(rows, patterns=patterns_of(rows))
    using("none")
    reference = expect(mixture, NEEDS["diagonal"], block)
    using(isa)
    assert_moments_close(expect(mixture, NEEDS["diagonal"], block), reference)


@every_isa
@pytest.mark.parametrize("offset", [0, 1e8])
def test_features_that_nearly_determine_each_other(using, isa, offset):
    """Blocks of the precision would lose the digits that those of the covariance keep."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(500, 2))
    rows = latent @ rng.normal(size=(2, 6)) + 1e-5 * rng.normal(size=(500, 6)) + offset
    mixture = mx.Mixture([1], [rows.mean(axis=0)], [np.cov(rows.T)])
    rows[rng.random(rows.shape) < 0.3] = np.nan
    using("none")
    reference = mixture.log_prob(rows), mixture.impute(rows)
    using(isa)
    np.testing.assert_allclose(mixture.log_prob(rows), reference[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(mixture.impute(rows), reference[1], rtol=1e-8, atol=1e-5)


@every_isa
@every_layout
def test_a_row_that_is_nowhere_and_one_that_is_everywhere(using, isa, layout):
    mixture, rows, _ = with_holes(scattered, layout, (300, 3, 2))
    rows[7], rows[8] = [1e200, np.nan, np.nan], np.nan
    using(isa)
    np.testing.assert_allclose(mixture.log_prob(rows)[7:9], [-np.inf, 0], atol=1e-15)
    np.testing.assert_allclose(mixture.responsibilities(rows)[7:9], [mixture.weights] * 2)


@every_isa
@every_layout
@every_kind
def test_any_number_of_threads_gives_the_same_bits(using, isa, layout, holes):
    mixture, rows, weights = with_holes(holes, layout, (5000, 5, 3))
    block = Block(rows, weights, patterns=patterns_of(rows))
    for need in needs_of(layout):
        using(isa, n_threads=1)
        alone = expect(mixture, need, block)
        using(isa, n_threads=3)
        together = expect(mixture, need, block)
        for name in ("counts", "sums", "scatter", "log_likelihood"):
            np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))


def test_patterns_of_other_rows_are_refused():
    mixture, rows, _ = with_holes(scattered, "full", (300, 3, 2))
    with pytest.raises(ValueError, match="do not go with patterns"):
        expect(mixture, NEEDS["full"], Block(rows[1:], patterns=patterns_of(rows)))
