"""What each need keeps is what it would take from the full matrices."""

import pickle

import numpy as np
import pytest

from mixtura.moments import DIAGONAL, FULL, NEEDS, POOLED, PROJECTED, TRACE
from support.closeness import assert_close

K, D = 3, 4
by_need = pytest.mark.parametrize("need", NEEDS.values(), ids=NEEDS)


def kept(need, matrices):
    return {
        FULL: lambda: matrices,
        POOLED: lambda: matrices.sum(axis=0),
        DIAGONAL: lambda: np.einsum("kii->ki", matrices),
        TRACE: lambda: np.einsum("kii->k", matrices),
        PROJECTED: lambda: np.einsum("kii->ki", matrices)[:, None, :],
    }[need]()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("need", [FULL, POOLED, DIAGONAL, TRACE])
def test_a_need_that_there_is_one_of_is_itself_in_another_process(need):
    assert pickle.loads(pickle.dumps(need)) is need


@by_need
def test_scatters(need, rng):
    residuals, responsibilities = rng.standard_normal((K, 9, D)), rng.random((9, K))
    matrices = np.einsum("nk,kni,knj->kij", responsibilities, residuals, residuals)
    assert_close(need.scatter(residuals, responsibilities), kept(need, matrices), 1e-13)


@by_need
def test_outer_products_are_symmetrized(need, rng):
    a, b = rng.standard_normal((2, K, D))
    products = a[:, :, None] * b[:, None, :]
    symmetric = (products + np.swapaxes(products, 1, 2)) / 2
    assert_close(need.outer(a, b), kept(need, symmetric), 1e-14)


@by_need
def test_diagonals(need, rng):
    variances = rng.random((K, D))
    matrices = variances[:, :, None] * np.eye(D)
    assert_close(need.diagonal(variances), kept(need, matrices), 1e-14)


@by_need
def test_variance_sums_are_the_diagonals(need, rng):
    factors = rng.standard_normal((K, D, D))
    matrices = factors @ np.swapaxes(factors, 1, 2)
    diagonals = np.einsum("kii->ki", matrices)
    expected = {
        FULL: diagonals,
        DIAGONAL: diagonals,
        PROJECTED: diagonals,
        POOLED: diagonals.sum(axis=0, keepdims=True),
        TRACE: np.repeat(diagonals.mean(axis=1, keepdims=True), D, axis=1),
    }[need]
    assert_close(need.variance_sums(kept(need, matrices), D), expected, 1e-13)
    assert need.pooled is (need is POOLED)


@by_need
def test_the_longest_axis(need):
    """Of three components with scatters 4, 9 and 16 along the features 1, 2 and 3."""
    matrices = np.stack([np.diag(np.eye(D)[k + 1] * (k + 2) ** 2) for k in range(K)])
    axis = need.longest_axis(kept(need, matrices), 1, np.ones(D))
    length, feature = {POOLED: (4, 3), TRACE: (3 / np.sqrt(D), 0)}.get(need, (3, 2))
    assert_close(np.abs(axis), length * np.eye(D)[feature], 1e-14)


@pytest.mark.parametrize("need", [FULL, POOLED, DIAGONAL, PROJECTED])
def test_the_longest_axis_is_the_longest_in_the_scales_of_the_features(need):
    matrices = np.stack([np.diag(np.arange(1.0, D + 1))] * K)
    for feature in range(D):
        scales = 0.1 + 9 * np.eye(D)[feature]
        axis = need.longest_axis(kept(need, matrices), 1, scales)
        assert np.flatnonzero(np.abs(axis) > 1e-12).tolist() == [feature]


def test_the_longest_axis_is_an_eigenvector(rng):
    factor = rng.standard_normal((D, D))
    scatter = (factor @ factor.T)[None]
    axis = FULL.longest_axis(scatter, 0, np.ones(D))
    length = np.linalg.eigvalsh(scatter[0]).max()
    assert_close(scatter[0] @ axis, length * axis, 1e-12)
    assert axis @ axis == pytest.approx(length, rel=1e-12)
