"""The only door to the compiled kernel in native/: plain arrays in, plain arrays out.

The kernel makes in one read of the rows what `moments/` and `distribution/posterior.py` make in a
few readable lines; those lines are its reference, and what runs where it cannot: on arrays of other
libraries, or where no compiler was found when Mixtura was installed.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mixtura._machine import machine, native
from mixtura._patterns import Patterns
from mixtura.typing import AnyArray, ArrayK, ArrayKD, ArrayKDD, Assignment, Float, Indices

STORAGES = {"spherical": 0, "diagonal": 1, "dense": 2, "low_rank": 3}
AXES = {"spherical": 0, "diagonal": 1, "dense": 2}
"""How many axes of d features the factor of a component has."""
NEEDS = {"trace": 1, "diagonal": 2, "pooled": 3, "full": 4, "projected": 5}

SHARING = {"nothing": 0, "covariance": 1, "spectrum": 2}
"""What components have in common: the spectrum is that along axes of their own."""
OUTCOMES = None, "CONVERGED", "MAX_ITER"

NOT_WITH_HOLES = {"dense", "projected"}
"""The storage and need of which the kernel does not integrate missing entries out together.

What a dense covariance leaves of them is summed as matrices, so that projections save nothing; and
factor analyzers meet one at most in the first pass, where they are given a start of that kind.
"""

NO_INDICES = np.zeros(0, dtype=np.int64)

Sums = tuple[ArrayK, ArrayKD, Float, float]
"""Counts, sums, scatter and log-likelihood."""


@dataclass(frozen=True)
class Parameters:
    """A mixture as the kernel takes it.

    Attributes
    ----------
    storage : str
        "spherical", "diagonal", "dense" or "low_rank".
    shared : bool
    weights : ndarray of shape (K,)
    means : ndarray of shape (K, d)
    factors : ndarray of shape (K or 1, ...)
        Inverse standard deviations, inverse Cholesky factors, or axes (K or 1, 1 + m, 1 + d).
    """

    storage: str
    shared: bool
    weights: ArrayK
    means: ArrayKD
    factors: Float

    def arguments(self) -> tuple[Any, ...]:
        """In the order of the binding."""
        n_factors = 1 if self.shared else len(self.means)
        expected: tuple[int, ...] = (n_factors, *self.means.shape[1:] * AXES.get(self.storage, 0))
        if self.storage == "low_rank":
            expected = (n_factors, *self.factors.shape[1:2], 1 + self.means.shape[1])
        if self.factors.shape != expected:
            raise ValueError(f"Factors {self.factors.shape} and means {self.means.shape} differ.")
        arrays = self.weights, self.means, self.factors
        return STORAGES[self.storage], self.shared, *arrays


def takes(rows: AnyArray, *kinds: str, incomplete: bool = False) -> bool:
    """Whether the kernel is at hand, works on these rows, and knows these storages and needs."""
    return (
        isinstance(rows, np.ndarray)
        and all(kind in STORAGES or kind in NEEDS for kind in kinds)
        and not (incomplete and NOT_WITH_HOLES.issubset(kinds))
        and rows.dtype.char in "df"
        and rows.dtype.isnative
        and rows.flags.aligned
        and (rows.flags.forc or all(stride % rows.itemsize == 0 for stride in rows.strides))
        and machine().instruction_set != "none"
    )


def expect(
    rows: AnyArray,
    weights: Float | None,
    mixture: Parameters,
    need: str,
    centres: ArrayKD,
    *,
    projections: Float | None = None,
    single: bool = False,
    patterns: Patterns | None = None,
) -> Sums:
    """The moments of rows under a mixture, about the centres.

    The need "projected" has projections (K, q, d). With `single`, the arithmetic on float32 rows is
    in float32; sums over blocks are in float64. With patterns, the moments are expected ones.
    """
    _check(rows, mixture.means, mixture.weights)
    if centres is not mixture.means:
        _check(rows, centres, mixture.weights)
    sums: Sums = native.expect(
        rows,
        _per_row(weights, rows),
        *mixture.arguments(),
        NEEDS[need],
        centres,
        _onto(projections, centres),
        single,
        _holes(patterns, rows, mixture),
        *machine(),
    )
    return sums


class Stopping(NamedTuple):
    """The stopping rule of em/stopping.py, as numbers."""

    tol: float
    max_iter: int
    span: int
    previous_bound: float
    aitken: bool


class Climb(NamedTuple):
    """How far EM has come.

    Attributes
    ----------
    outcome : str or None
        "CONVERGED" or "MAX_ITER"; None where something unusual is in the way of the next step.
    bounds : list of float
        The log-likelihood per unit of weight at each iteration.
    moments : Sums or None
        The last ones; None where the way began with something unusual.
    centres : ndarray of shape (K, d)
        What these are about.
    """

    outcome: str | None
    bounds: list[float]
    moments: Sums | None
    centres: ArrayKD


def climb(
    rows: AnyArray,
    weights: Float | None,
    starts: Parameters,
    *,
    n_components: int,
    sharing: str,
    reg_covar: Float,
    stopping: Stopping,
) -> list[Climb]:
    """EM from several mixtures, whose parameters lie one after the other.

    `sharing` says which part of their covariances the components have in common, as in `SHARING`.
    """
    n_mixtures, left_over = divmod(len(starts.means), n_components)
    shares_all = sharing == "covariance"
    n_factors = n_mixtures if shares_all else len(starts.means)
    if left_over or len(starts.factors) != n_factors or reg_covar.shape != rows.shape[1:]:
        raise ValueError(f"{len(starts.means)} components are no mixtures of {n_components}.")
    _check(rows, starts.means, starts.weights)
    return [
        Climb(OUTCOMES[outcome], *rest)
        for outcome, *rest in native.climb(
            rows,
            _per_row(weights, rows),
            n_components,
            STORAGES[starts.storage],
            SHARING[sharing],
            *(
                np.ascontiguousarray(each)
                for each in (starts.weights, starts.means, starts.factors)
            ),
            np.ascontiguousarray(reg_covar, dtype=np.float64),
            tuple(stopping),
            *machine(),
        )
    ]


def collect(
    rows: AnyArray,
    weights: Float | None,
    assignment: Assignment,
    need: str,
    centres: ArrayKD,
    projections: Float | None = None,
    given: Parameters | None = None,
    patterns: Patterns | None = None,
) -> Sums:
    """The moments of rows that are assigned by labels (n,) or responsibilities (n, K).

    With patterns, missing entries are what components of the mixture `given` expect.
    """
    labels = np.ascontiguousarray(assignment, dtype=np.int64) if assignment.ndim == 1 else None
    responsibilities = None if labels is not None else _per_row(assignment, rows)
    _check(rows, centres, centres[:, 0])
    if len(assignment) != len(rows) or assignment.shape[1:] not in ((), (len(centres),)):
        raise ValueError(f"{len(rows)} rows do not go with assignments {assignment.shape}.")
    sums: Sums = native.collect(
        rows,
        _per_row(weights, rows),
        labels,
        responsibilities,
        NEEDS[need],
        centres,
        _onto(projections, centres),
        given.arguments() if given is not None else None,
        _holes(patterns, rows, given),
        *machine(),
    )
    return sums


def answer(
    rows: AnyArray, mixture: Parameters, what: str, patterns: Patterns | None = None
) -> AnyArray:
    """One of log_density (n,), responsibilities (n, K), labels (n,) and log_certainty (n,).

    With patterns also imputed (n, d), the rows with conditional means in place of missing entries.
    """
    _check(rows, mixture.means, mixture.weights)
    values = native.answer(
        rows, *mixture.arguments(), what, _holes(patterns, rows, mixture), *machine()
    )
    return values.view(np.intp) if what == "labels" else values


def nearest(
    rows: AnyArray,
    weights: Float | None,
    centres: ArrayKD,
    labels: Indices | None,
    bounds: tuple[Float, ArrayK] | None = None,
) -> tuple[ArrayK, ArrayKD, float, int]:
    """Counts, sums and sum of squares about the nearest centres, and how many labels changed.

    `labels` (n,) are those of the step before, and are written over. So is the first of the bounds:
    how far each row is at least from other centres than its label's (n,), given how far these have
    moved since at most (K,). They spare comparisons, and change nothing.
    """
    _check(rows, centres, centres[:, 0])
    if labels is not None and labels.shape != rows.shape[:1]:
        raise ValueError(f"{len(rows)} rows do not go with labels {labels.shape}.")
    if bounds is not None and (labels is None or bounds[0].shape != labels.shape):
        raise ValueError(f"{len(rows)} rows do not go with bounds {bounds[0].shape}.")
    if bounds is not None:
        _check(rows, centres, bounds[1])
    told = _nearest(rows, _per_row(weights, rows), centres, labels, *bounds or (None, None), False)
    sums: tuple[ArrayK, ArrayKD, float, int] = told[:4]
    return sums


def nearest_distances(rows: AnyArray, centres: ArrayKD) -> Float:
    """Squared distances to the nearest of the centres, shape (n,)."""
    _check(rows, centres, centres[:, 0])
    distances: Float = _nearest(rows, None, centres, None, None, None, True)[4]
    return distances


def _nearest(rows: AnyArray, weights: Float | None, centres: ArrayKD, *asked: Any) -> Any:
    plain = np.ascontiguousarray(centres, dtype=np.float64)
    return native.nearest(rows, weights, plain, *asked, *machine())


def seeds(rows: AnyArray, weights: Float | None, first: int, uniforms: Float) -> Indices:
    """The rows that k-means++ draws: `first`, and for each line of `uniforms` its best trial."""
    if not 0 <= first < len(rows) or uniforms.ndim != 2:
        raise ValueError(f"No seeds from row {first} of {rows.shape} and {uniforms.shape} draws.")
    drawn: Indices = native.seeds(
        rows,
        _per_row(weights, rows),
        first,
        np.ascontiguousarray(uniforms),
        *machine(),
    )
    return drawn


def factorizes(matrices: ArrayKDD) -> bool:
    """Whether the kernel is at hand and the fastest on matrices of this size."""
    return matrices.shape[-1] <= 32 and machine().instruction_set != "none"


def inverse_cholesky(matrices: ArrayKDD, *, accurate: bool) -> tuple[ArrayKDD, list[int]]:
    """The inverses of lower Cholesky factors, and which matrices have none."""
    factors = np.array(matrices, order="C")
    failed: list[int] = native.inverse_cholesky(factors, accurate)
    return factors, failed


def inverse_lower(factors: ArrayKDD) -> ArrayKDD:
    """The inverses of lower triangular matrices."""
    inverses = np.array(factors, order="C")
    native.invert_lower(inverses)
    return inverses


def _check(rows: AnyArray, means: ArrayKD, per_component: ArrayK) -> None:
    """The compiled code reads where shapes tell it to: they must agree."""
    if rows.ndim != 2 or means.shape != (*per_component.shape, rows.shape[1]):
        shapes = f"{rows.shape}, means {means.shape} and weights {per_component.shape}"
        raise ValueError(f"Rows {shapes} do not fit.")


def _holes(
    patterns: Patterns | None, rows: AnyArray, mixture: Parameters | None
) -> tuple[Indices, ...] | None:
    """The rows by pattern, or as much of it as the compiled code needs with this storage."""
    if patterns is None or mixture is None:
        return None
    if patterns.missing.shape != rows.shape:
        raise ValueError(f"Rows {rows.shape} do not go with patterns {patterns.missing.shape}.")
    needed: tuple[Indices, ...] = (NO_INDICES,) * 4
    if mixture.storage == "dense":
        needed = patterns.sorted
    elif mixture.storage == "low_rank":
        needed = patterns.complete_first, *needed[1:]
    return tuple(np.ascontiguousarray(each, dtype=np.int64) for each in needed)


def _onto(projections: Float | None, centres: ArrayKD) -> Float | None:
    if projections is None:
        return None
    if projections.ndim != 3 or projections.shape[::2] != centres.shape:
        raise ValueError(f"Projections {projections.shape} do not go with {centres.shape}.")
    return np.ascontiguousarray(projections, dtype=np.float64)


def _per_row(values: Any, rows: AnyArray) -> Float | None:
    if values is None:
        return None
    plain = np.ascontiguousarray(values, dtype=np.float64)
    if len(plain) != len(rows):
        raise ValueError(f"{len(rows)} rows do not go with {len(plain)} values.")
    return plain
