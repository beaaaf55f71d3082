"""The compiled kernel integrates missing entries out as the formulas do, wherever it runs."""

import numpy as np
import pytest

import mixtura as mx
from mixtura import _kernel, _machine
from mixtura._array import patterns_of
from mixtura.covariance import LAYOUTS
from mixtura.distribution import posterior
from mixtura.distribution.missing import imputed
from mixtura.moments import NEEDS, Projected, collect_assigned, expect
from mixtura.typing import Block
from support.problems import assert_moments_close, problem

if not _machine.instruction_sets():
    pytest.skip("Mixtura was installed without a compiler.", allow_module_level=True)

every_isa = pytest.mark.parametrize("isa", _machine.instruction_sets())
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


def needs_of(mixture):
    """The needs that the kernel knows with this storage; among them are several projections."""
    kind, (n_components, d) = mixture.storage.kind, mixture.means.shape
    directions = np.random.default_rng(3).normal(size=(n_components, 7, d))
    all_needs = [*NEEDS.values(), Projected(directions), Projected(directions[:1, :2], pooled=True)]
    if kind == "low_rank":
        all_needs.append(Projected(mixture.storage.projections(), mixture.storage))
    return [need for need in all_needs if not {need.name, kind} >= _kernel.NOT_WITH_HOLES]


@every_isa
@every_layout
@every_size
@every_kind
def test_moments(using, isa, layout, size, holes):
    mixture, rows, weights = with_holes(holes, layout, size)
    elsewhere = mixture.means + np.random.default_rng(1).normal(size=mixture.means.shape)
    block = Block(rows, weights, patterns=patterns_of(rows))
    for need in needs_of(mixture):
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
    for need in needs_of(mixture):
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


def factors_with_holes(q, n_stored, noise, size):
    """Rows of three factor analyzers; among them are some with one entry and with none."""
    rng = np.random.default_rng(q)
    d = size[1]
    mixture = mx.Mixture.from_factors(
        [0.2, 0.5, 0.3],
        rng.normal(0, 2, (3, d)),
        rng.normal(size=(n_stored, d, q)),
        noise * rng.uniform(0.1, 2, (n_stored, d)),
        shared=n_stored == 1,
    )
    rows = rng.permutation(mixture.sample(size[0], rng)[0])
    rows[scattered(rng, size)] = np.nan
    return mixture, rows, rng.uniform(0, 2, len(rows))


@every_isa
@pytest.mark.parametrize("q", [0, 1, 3, 7])
@pytest.mark.parametrize("n_stored", [1, 3])
@pytest.mark.parametrize("noise", [1, 1e-6])
@pytest.mark.parametrize("size", [(40, 1), (300, 5), (150, 30)], ids=str)
def test_factor_analyzers(using, isa, q, n_stored, noise, size):
    """Of fewer factors than features, of as many and of more."""
    mixture, rows, weights = factors_with_holes(q, n_stored, noise, size)
    block = Block(rows, weights, patterns=patterns_of(rows))
    for need in needs_of(mixture):
        using("none")
        reference = expect(mixture, need, block, mixture.means - 1)
        using(isa)
        assert_moments_close(expect(mixture, need, block, mixture.means - 1), reference, 1e-11)
    for formula in (mx.Mixture.log_prob, mx.Mixture.responsibilities, mx.Mixture.impute):
        using("none")
        reference = formula(mixture, rows)
        using(isa)
        np.testing.assert_allclose(formula(mixture, rows), reference, rtol=1e-9, atol=1e-10)


@every_isa
def test_factors_that_few_features_show_with_hardly_any_noise(using, isa):
    """The covariance of the factors would lose all digits that the sum of squares keeps."""
    loadings = np.random.default_rng(0).normal(size=(1, 6, 3))
    mixture = mx.Mixture.from_factors([1], np.zeros((1, 6)), loadings, np.full((1, 6), 1e-12))
    rows = mixture.sample(64, np.random.default_rng(1))[0]
    rows[:, 2:] = np.nan
    seen = mixture.marginal([0, 1])
    covariance = loadings[0] @ loadings[0].T + 1e-12 * np.eye(6)
    regression = np.linalg.solve(covariance[:2, :2], covariance[:2, 2:])
    using(isa)
    np.testing.assert_allclose(mixture.log_prob(rows), seen.log_prob(rows[:, :2]), rtol=1e-9)
    np.testing.assert_allclose(mixture.impute(rows)[:, 2:], rows[:, :2] @ regression, rtol=1e-8)


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
    np.testing.assert_allclose(mixture.log_prob(rows), reference[0], rtol=1e-9, atol=1e-9)
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
    for need in needs_of(mixture):
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
