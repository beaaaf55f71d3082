"""Factors of small matrices, against mpmath where they must be exact to the last bits."""

from contextlib import suppress

import mpmath as mp
import numpy as np
import pytest
from scipy.special import logsumexp as scipy_logsumexp

from mixtura._linalg import (
    accurate_inverse_cholesky,
    cholesky,
    exact_residual,
    inverse_cholesky,
    inverse_cholesky_of_precision,
    inverse_lower,
    logsumexp,
    transpose,
)
from mixtura.errors import CollapsedComponentsError
from support import exact
from support.closeness import assert_below, assert_close
from support.strategies import random_matrix

EPS = np.finfo(float).eps
INF = np.inf

in_the_kernel_and_not = pytest.mark.parametrize("isa", ["", "none"])


def stack(*conditions, d=4, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([random_matrix(rng, d, condition) for condition in conditions])


def hilbert(d):
    return 1 / (np.arange(d)[:, None] + np.arange(d) + 1.0)


def exact_inverse_factor(matrix):
    """L^-1 of a matrix at 50 digits, rounded."""
    with mp.workdps(exact.DIGITS):
        factor = exact.cholesky(matrix)
        columns = [exact.whiten(factor, column) for column in mp.eye(len(matrix)).tolist()]
        return np.array(columns, dtype=float).T


def test_logsumexp_is_scipys():
    values = np.random.default_rng(0).normal(scale=500, size=(50, 4))
    assert_close(logsumexp(values), scipy_logsumexp(values, axis=-1), 1e-12)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([-INF, -INF], -INF),
        ([-INF, 3.0], 3.0),
        ([1e300, -1e300], 1e300),
        ([-1e300, -1e300], -1e300),
        ([0.0, 0.0], np.log(2)),
        ([-1000.0, -1000.0, -1000.0, -1000.0], -1000 + np.log(4)),
    ],
)
def test_logsumexp_neither_overflows_nor_warns(row, expected):
    assert logsumexp(np.array([row, row])).tolist() == [expected, expected]


def test_cholesky_factors_are_lower_and_multiply_to_the_matrices():
    matrices = stack(1, 1e4, 1e8)
    factors = cholesky(matrices)
    assert np.array_equal(factors, np.tril(factors))
    assert_close(factors @ transpose(factors), matrices, 4 * EPS * np.abs(matrices).max())


INDEFINITE = np.diag([1.0, -1.0])
SINGULAR = np.ones((2, 2))
NEARLY_SINGULAR = np.array([[1, 1 - EPS], [1 - EPS, 1]])
ZERO = np.zeros((2, 2))
UNKNOWN = np.array([[1, np.nan], [np.nan, 1]])
INFINITE = np.diag([1.0, INF])


@pytest.mark.parametrize(
    "bad", [INDEFINITE, SINGULAR, NEARLY_SINGULAR, ZERO, UNKNOWN, INFINITE, -np.eye(2)]
)
def test_cholesky_tells_which_matrices_have_collapsed(bad):
    with pytest.raises(CollapsedComponentsError, match=r"\[1, 3\]") as error:
        cholesky(np.stack([np.eye(2), bad, np.eye(2), bad]))
    assert error.value.collapsed.tolist() == [False, True, False, True]


@pytest.mark.parametrize("unit", [1e-150, 1.0, 1e150])
def test_collapse_does_not_depend_on_the_unit(unit):
    units = np.diag([1.0, unit])
    assert cholesky(units @ stack(1e6, d=2) @ units).shape == (1, 2, 2)
    with pytest.raises(CollapsedComponentsError):
        cholesky((units @ NEARLY_SINGULAR @ units)[None])


@pytest.mark.parametrize("d", range(2, 9))
def test_matrices_on_the_brink_collapse_or_have_factors(d):
    """Singular ones, of which rounding decides whether a Cholesky factorization succeeds."""
    for seed in range(200):
        factor = np.random.default_rng(seed).integers(-3, 4, (d, d - 1)).astype(float)
        matrix = factor @ factor.T
        with suppress(CollapsedComponentsError):
            lower = cholesky(matrix[None])[0]
            assert_close(lower @ lower.T, matrix, 1e-12)


def test_inverse_factors_invert_the_factors():
    matrices = stack(1, 1e4, 1e8, d=6)
    identity = np.broadcast_to(np.eye(6), matrices.shape)
    assert_close(inverse_lower(cholesky(matrices)) @ cholesky(matrices), identity, 1e-11)
    whitened = inverse_cholesky(matrices) @ matrices @ transpose(inverse_cholesky(matrices))
    assert_close(whitened[:2], identity[:2], 1e-11)


@pytest.mark.parametrize("d", [1, 2, 7, 32])
def test_the_kernel_factorizes_as_lapack_does(d, monkeypatch):
    matrices = stack(1, 1e4, 1e10, d=d)
    compiled = inverse_cholesky(matrices), inverse_lower(cholesky(matrices))
    monkeypatch.setenv("MIXTURA_ISA", "none")
    reference = inverse_cholesky(matrices)
    for factors in compiled:
        assert np.array_equal(factors, np.tril(factors))
        assert_close(factors, reference, 1e-6 * np.abs(reference).max())
        whitened = factors[:2] @ matrices[:2] @ transpose(factors[:2])
        assert_close(whitened, np.broadcast_to(np.eye(d), (2, d, d)), 1e-11)


@in_the_kernel_and_not
@pytest.mark.parametrize("factorize", [inverse_cholesky, accurate_inverse_cholesky])
@pytest.mark.parametrize("d", [2, 40])
@pytest.mark.parametrize("bad", [-1.0, 0.0, 1e-300, np.nan, INF])
def test_inverse_factors_tell_which_matrices_have_collapsed(factorize, d, bad, isa, monkeypatch):
    monkeypatch.setenv("MIXTURA_ISA", isa)
    matrices = np.stack([np.eye(d), np.ones((d, d)), np.eye(d), np.eye(d)])
    matrices[1, -1, -1] = 1 + EPS
    matrices[3, -1, -1] = bad
    with pytest.raises(CollapsedComponentsError) as error:
        inverse_cholesky(matrices)
    assert error.value.collapsed.tolist() == [
        False,
        True,
        False,
        bad != 1e-300,
    ]  # small is not singular


def test_inverse_factors_of_precisions_are_lower_and_square_to_them():
    precisions = stack(1, 1e4, 1e8)
    factors = inverse_cholesky_of_precision(precisions)
    assert np.array_equal(factors, np.tril(factors))
    assert_close(transpose(factors) @ factors, precisions, 1e-12 * np.abs(precisions).max())


@in_the_kernel_and_not
@pytest.mark.parametrize("d", [2, 5, 8, 10])
@pytest.mark.parametrize("unit", [1.0, 1e-150, 1e150])
def test_accurate_factors_of_hilbert_matrices(d, unit, isa, monkeypatch):
    """In features of any units: each row is right to the root of the condition, 4e6 for d = 10."""
    monkeypatch.setenv("MIXTURA_ISA", isa)
    units = np.geomspace(1, unit, d)
    matrix = hilbert(d) * np.outer(units, units)
    matrix = (matrix + matrix.T) / 2
    expected = exact_inverse_factor(matrix)
    factor = accurate_inverse_cholesky(matrix[None])[0]
    assert np.array_equal(factor, np.tril(factor))
    of_rows = np.abs(expected * units).max(axis=1, keepdims=True)
    errors = np.abs(factor - expected) * units / of_rows
    assert_below(errors, 4 * EPS * np.sqrt(np.linalg.cond(hilbert(d))))


@in_the_kernel_and_not
@pytest.mark.parametrize("condition", [1.0, 1e4, 1e8, 1e12])
def test_accurate_factors_of_random_matrices(condition, isa, monkeypatch):
    monkeypatch.setenv("MIXTURA_ISA", isa)
    matrix = stack(condition, d=8)[0]
    expected = exact_inverse_factor(matrix)
    accurate = accurate_inverse_cholesky(matrix[None])[0]
    assert_close(accurate, expected, 1e-14 * np.abs(expected).max())


def test_exact_residuals_are_rounded_only_at_the_end():
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((2, 1, 7, 7))
    product = left @ right
    with mp.workdps(exact.DIGITS):
        truth = mp.matrix(product[0].tolist()) - mp.matrix(left[0].tolist()) * mp.matrix(
            right[0].tolist()
        )
        expected = np.array(truth.tolist(), dtype=float)
    assert 0 < np.abs(expected).max() < 1e-14
    assert_close(exact_residual(product, left, right)[0], expected, 1e-30)
