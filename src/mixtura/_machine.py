"""What passes run on: the instruction set, and how many threads.

Environment variables: MIXTURA_ISA picks an instruction set ("none" for no kernel at all), and
MIXTURA_NUM_THREADS (or OMP_NUM_THREADS) the number of threads, which is otherwise that of the
processors at hand. The result is the same to the bit for any number.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import joblib

MOST_THREADS = 1024


def _import_native() -> Any:
    try:
        return import_module("mixtura._native")
    except ImportError:  # no compiler was found when Mixtura was installed
        return None


native = _import_native()
"""The compiled module, which `_kernel.py` alone calls; None where it was not built."""


def instruction_sets() -> list[str]:
    """What this machine can run, the best first; empty without the kernel."""
    return [] if native is None else list(native.instruction_sets())


class Machine(NamedTuple):
    """What passes run on: an instruction set ("none" for no kernel), and so many threads."""

    instruction_set: str
    n_threads: int


@contextmanager
def threads(n: int | None) -> Iterator[None]:
    """Use so many threads within the `with` block; None leaves it as it is.

    The environment is looked at once, when the block is entered.
    """
    now = machine()
    token = _settled.set(now if n is None else Machine(now.instruction_set, min(n, MOST_THREADS)))
    try:
        yield
    finally:
        _settled.reset(token)


def n_threads() -> int:
    """How many threads passes take here."""
    return machine().n_threads


_settled: ContextVar[Machine | None] = ContextVar("_settled", default=None)


def machine() -> Machine:
    """What an enclosing `threads` has settled, else what the environment says now."""
    return _settled.get() or Machine(_instruction_set(), _n_threads())


def _instruction_set() -> str:
    chosen = os.environ.get("MIXTURA_ISA") or None
    known = instruction_sets()
    if chosen == "none" or (chosen is None and not known):
        if chosen is None:
            _warn_once()
        return "none"
    if chosen is not None and chosen not in known:
        raise ValueError(f"MIXTURA_ISA must be one of {', '.join([*known, 'none'])}, not {chosen}.")
    return chosen or known[0]


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
    """As the environment says, else one for each processor at hand."""
    # Whoever runs many processes (joblib, Dask) tells each its share of the processors so.
    text = os.environ.get("MIXTURA_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or ""
    first = text.split(",")[0].strip()
    return min(max(int(first), 1), MOST_THREADS) if first.isdigit() else _n_processors()


@cache
def _n_processors() -> int:
    return int(joblib.cpu_count())
