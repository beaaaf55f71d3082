"""Stacks of small matrices: Cholesky factors, their inverses, and log-sum-exp.

Sigma = L L^T with L lower triangular; its inverse factor is W = L^-1, so Sigma^-1 = W^T W and the
Mahalanobis distance of a residual y is |W y|^2.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from threading import RLock

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from threadpoolctl import ThreadpoolController

from mixtura import _kernel
from mixtura._array import namespace
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyArray, ArrayDD, ArrayKDD, Float

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)


def logsumexp(values: AnyArray) -> AnyArray:
    """log(sum(exp(values))) along the last axis, with the maximum taken out first."""
    xp = namespace(values)
    largest = xp.max(values, axis=-1, keepdims=True)
    shift = xp.where(xp.isfinite(largest), largest, xp.zeros_like(largest))
    total = xp.sum(xp.exp(values - shift), axis=-1)
    # A row whose every term underflows has log-sum -inf, as it should; NumPy need not warn of it.
    safe = xp.where(total > 0, total, xp.ones_like(total))
    return xp.where(total > 0, xp.log(safe) + shift[..., 0], xp.full_like(total, -float("inf")))


def cholesky(matrices: ArrayKDD) -> ArrayKDD:
    """Lower Cholesky factors of a stack of matrices.

    Raises
    ------
    CollapsedComponentsError
        Where a matrix is not positive definite to working precision: a pivot is lost in the
        rounding of its own diagonal entry.
    """
    factors = np.empty(matrices.shape)
    good = np.empty(len(matrices), dtype=np.bool_)
    with one_blas_thread():
        for k, matrix in enumerate(matrices):
            # Its transpose is in Fortran's order, and has the transposed factor.
            upper, info = lapack.dpotrf(matrix.T, lower=0, clean=1)
            factors[k] = upper.T
            good[k] = info == 0 and np.isfinite(upper.diagonal()).all()
    good &= _keeps_its_pivots(matrices, factors)
    if not good.all():
        raise CollapsedComponentsError(np.logical_not(good))
    return factors


def _keeps_its_pivots(matrices: AnyArray, factors: AnyArray) -> NDArray[np.bool_]:
    pivots = factors.diagonal(0, -2, -1) ** 2
    least = 2 * matrices.shape[-1] * EPS * matrices.diagonal(0, -2, -1)
    return np.asarray((pivots > least).all(axis=-1))


def inverse_lower(factors: ArrayKDD) -> ArrayKDD:
    """Inverses of a stack of lower triangular matrices, which are 0 above their diagonals."""
    if _kernel.factorizes(factors):
        return _kernel.inverse_lower(factors)
    # A transposed matrix of C's order is one of Fortran's, which LAPACK takes without a copy.
    with one_blas_thread():
        return np.stack([lapack.dtrtri(factor.T, lower=0)[0].T for factor in factors])


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS on one thread: its threads wait for each other many times in such small matrices.

    The setting is the process's, so that fits in threads take turns.
    """
    with _turns, _blas().limit(limits=1, user_api="blas"):
        yield


_turns = RLock()


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def inverse_cholesky(matrices: ArrayKDD) -> ArrayKDD:
    """W = L^-1 for each Sigma = L L^T, as accurate as float64 arithmetic makes it.

    Raises
    ------
    CollapsedComponentsError
        As `cholesky` does.
    """
    if _kernel.factorizes(matrices):
        return _inverse_cholesky_in_kernel(matrices, accurate=False)
    return inverse_lower(cholesky(matrices))


def _inverse_cholesky_in_kernel(matrices: ArrayKDD, *, accurate: bool) -> ArrayKDD:
    factors, failed = _kernel.inverse_cholesky(matrices, accurate=accurate)
    if failed:
        raise CollapsedComponentsError(np.isin(np.arange(len(matrices)), failed))
    return factors


def accurate_inverse_cholesky(matrices: ArrayKDD) -> ArrayKDD:
    """W = L^-1 for each Sigma = L L^T, with every entry right nearly to the last bit.

    A Cholesky factorization in float64 has a relative error of eps cond(Sigma) in its smallest
    pivots. Two steps of Newton's correction, L <- L + L Phi(W (Sigma - L L^T) W^T) with Phi the
    lower triangle and half the diagonal, bring it to eps sqrt(cond(Sigma)), because the residual
    is computed without rounding (`exact_residual`). Rows and columns are scaled by powers of two
    first, which is exact, so that no scale of the data over- or underflows. The kernel has numbers
    of twice the digits instead.
    """
    if _kernel.factorizes(matrices):
        return _inverse_cholesky_in_kernel(matrices, accurate=True)
    diagonal = matrices.diagonal(0, -2, -1)
    half_lower = np.tri(matrices.shape[-1]) - identity(matrices.shape[-1]) / 2
    positive = np.where(diagonal > 0, diagonal, 1.0)  # the others are refused by `cholesky`
    scale = np.exp2(-np.round(np.log2(positive) / 2))
    scaled = matrices * scale[:, :, None] * scale[:, None, :]
    lower = cholesky(scaled)
    inverse = inverse_lower(lower)
    for _ in range(2):
        residual = exact_residual(scaled, lower, transpose(lower))
        correction = half_lower * (inverse @ residual @ transpose(inverse))
        lower = lower + lower @ correction
        inverse = inverse_lower(lower)
    return inverse * scale[:, None, :]


def inverse_cholesky_of_precision(precisions: ArrayKDD) -> ArrayKDD:
    """W with W^T W = Sigma^-1, straight from Sigma^-1.

    With J the exchange matrix, J Sigma^-1 J = M M^T gives W^T = J M J, an upper triangle.
    """
    return transpose(cholesky(precisions[:, ::-1, ::-1])[:, ::-1, ::-1])


def exact_residual(target: ArrayKDD, left: ArrayKDD, right: ArrayKDD) -> ArrayKDD:
    """target - left @ right, rounded only at the end.

    Both factors are split into three slices of so few bits that the products of slices are exact
    in float64 (Ozaki, Ogita, Oishi and Rump 2012); they are subtracted from the largest down.
    """
    lefts = _slices(left, axis=-1)
    rights = _slices(right, axis=-2)
    result = target
    for order in range(5):
        for i in range(max(0, order - 2), min(order, 2) + 1):
            result = result - lefts[i] @ rights[order - i]
    return result


def _slices(matrices: ArrayKDD, axis: int) -> list[Float]:
    """Three addends of `matrices`, each with about (53 - log2 d) / 2 bits."""
    dropped_bits = math.ceil((53 + math.log2(matrices.shape[-1])) / 2)
    slices = []
    rest = matrices
    for _ in range(2):
        largest = np.abs(rest).max(axis=axis, keepdims=True)
        anchor = np.ldexp(1.0, np.frexp(largest)[1] + dropped_bits)
        high = (rest + anchor) - anchor
        slices.append(high)
        rest = rest - high
    return [*slices, rest]


def transpose(matrices: ArrayKDD) -> ArrayKDD:
    """Each matrix of a stack transposed."""
    return matrices.swapaxes(-1, -2)


def triangles(matrices: Float) -> Float:
    """The lower triangle of each matrix (..., d, d) row by row, shape (..., d (d + 1) / 2)."""
    rows, columns = np.tril_indices(matrices.shape[-1])
    return matrices[..., rows, columns]


def from_triangles(packed: Float, *, symmetric: bool) -> Float:
    """The matrices whose lower triangles these are: symmetric, or else 0 above the diagonal."""
    d = math.isqrt(2 * packed.shape[-1])
    rows, columns = np.tril_indices(d)
    matrices = np.zeros((*packed.shape[:-1], d, d))
    matrices[..., rows, columns] = packed
    if symmetric:
        matrices[..., columns, rows] = packed
    return matrices


@lru_cache(maxsize=8)
def identity(n: int) -> ArrayDD:
    """I, shape (n, n), read-only: small problems would make it again in every iteration."""
    matrix = np.eye(n)
    matrix.flags.writeable = False
    return matrix
