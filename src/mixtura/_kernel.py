"""The only door to the compiled kernel in native/: plain arrays in, plain arrays out.

The kernel makes in one read of the rows what `moments/` and `distribution/posterior.py` make in a
few readable lines; those lines are its reference, and what runs where it cannot: on arrays of other
libraries, or where no compiler was found when Mixtura was installed.

Environment variables: MIXTURA_ISA picks an instruction set ("none" for no kernel at all), and
MIXTURA_NUM_THREADS (or OMP_NUM_THREADS) the number of threads, which is otherwise that of the
processors at hand. The result is the same to the bit for any number.
"""

import os
import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from mixtura.typing import AnyArray, ArrayK, ArrayKD, Assignment, Float


def _import_native() -> Any:
    try:
        return import_module("mixtura._native")
    except ImportError:  # no compiler was found when Mixtura was installed
        return None


_native = _import_native()

STORAGES = {"spherical": 0, "diagonal": 1, "dense": 2}
NEEDS = {"trace": 1, "diagonal": 2, "pooled": 3, "full": 4}

Sums = tuple[ArrayK, ArrayKD, Float, float]
"""Counts, sums, scatter and log-likelihood."""


@dataclass(frozen=True)
class Parameters:
    """A mixture as the kernel takes it.

    Attributes
    ----------
    storage : str
        "spherical", "diagonal" or "dense".
    shared : bool
    weights : ndarray of shape (K,)
    constants : ndarray of shape (K,)
        log pi_k - (d log 2 pi + log |Sigma_k|) / 2.
    means : ndarray of shape (K, d)
    factors : ndarray of shape (K or 1, ...)
        Inverse standard deviations, or inverse Cholesky factors.
    """

    storage: str
    shared: bool
    weights: ArrayK
    constants: ArrayK
    means: ArrayKD
    factors: Float

    def arguments(self) -> tuple[Any, ...]:
        """In the order of the binding."""
        arrays = (self.weights, self.constants, self.means, self.factors)
        return STORAGES[self.storage], self.shared, *map(np.ascontiguousarray, arrays)


def instruction_sets() -> list[str]:
    """What this machine can run, the best first; empty without the kernel."""
    return [] if _native is None else list(_native.instruction_sets())


def takes(rows: AnyArray) -> bool:
    """Whether the kernel is at hand and works on these rows."""
    return (
        isinstance(rows, np.ndarray)
        and rows.dtype in (np.float64, np.float32)
        and rows.dtype.isnative
        and rows.flags.aligned
        and all(stride % rows.itemsize == 0 for stride in rows.strides)
        and _instruction_set() != "none"
    )


def expect(
    rows: AnyArray, weights: Float | None, mixture: Parameters, need: str, centres: ArrayKD
) -> Sums:
    """The moments of rows under a mixture, about the centres."""
    sums: Sums = _native.expect(
        rows,
        _plain(weights),
        *mixture.arguments(),
        NEEDS[need],
        np.ascontiguousarray(centres),
        _instruction_set(),
        _n_threads(),
    )
    return sums


def collect(
    rows: AnyArray, weights: Float | None, assignment: Assignment, need: str, centres: ArrayKD
) -> Sums:
    """The moments of rows that are assigned by labels (n,) or responsibilities (n, K)."""
    labels = None if assignment.ndim == 2 else np.ascontiguousarray(assignment, dtype=np.int64)
    sums: Sums = _native.collect(
        rows,
        _plain(weights),
        labels,
        _plain(assignment) if labels is None else None,
        NEEDS[need],
        np.ascontiguousarray(centres),
        _instruction_set(),
        _n_threads(),
    )
    return sums


def answer(rows: AnyArray, mixture: Parameters, what: str) -> AnyArray:
    """One of log_density (n,), responsibilities (n, K), labels (n,) and log_certainty (n,)."""
    values = _native.answer(rows, *mixture.arguments(), what, _instruction_set(), _n_threads())
    return values.view(np.intp) if what == "labels" else values


def _plain(values: Any) -> Float | None:
    return None if values is None else np.ascontiguousarray(values, dtype=np.float64)


def _instruction_set() -> str:
    chosen = os.environ.get("MIXTURA_ISA")
    if chosen is not None:
        return chosen
    known = instruction_sets()
    if not known:
        _warn_once()
    return known[0] if known else "none"


@cache
def _warn_once() -> None:
    warnings.warn(
        "Mixtura was installed without its compiled kernel, so that fits take many times longer. "
        "Install it again with a C++ compiler (GCC or Clang) at hand; MIXTURA_ISA=none in the "
        "environment silences this.",
        RuntimeWarning,
        stacklevel=2,
    )


def _n_threads() -> int:
    # Whoever runs many processes (joblib, Dask) tells each its share of the processors like this.
    chosen = os.environ.get("MIXTURA_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS")
    return max(1, int(chosen)) if chosen else _n_processors()


def _n_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
