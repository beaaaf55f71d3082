"""The record of a fit: what a model file keeps of an estimator beside its mixture."""

from typing import Any

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture, Record
from mixtura.em import Outcome, Solution, Trace
from mixtura.typing import AnyArray

PRECISIONS = ("float32", "float64")


def runs_record(traces: tuple[Trace, ...], best: Trace) -> Record:
    """All runs of a fit, and which of them was kept."""
    return {
        "best_run": next(index for index, trace in enumerate(traces) if trace is best),
        "runs": [_run_record(trace) for trace in traces],
    }


def plain_settings(settings: dict[str, Any]) -> Record:
    """The settings that JSON can hold.

    The others (arrays, functions, generators) only served the start; they come back at their
    defaults.
    """
    plain = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in settings.items()
    }
    return {
        name: value
        for name, value in plain.items()
        if value is None or isinstance(value, bool | int | float | str)
    }


def dtype_name(kind: AnyArray) -> str:
    """The precision that the rows had, by NumPy's name."""
    return on_host(kind).dtype.name


def kind_of(record: Record) -> AnyArray:
    """An empty array in the precision that the rows had."""
    if record["dtype"] not in PRECISIONS:
        raise ValueError(f"its dtype is {record['dtype']!r}, not one of {', '.join(PRECISIONS)}.")
    return np.empty(0, dtype=record["dtype"])


def count(value: Any) -> int:
    """A whole number that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"it holds {value!r} where a count was expected.")
    return value


def solution_of(mixture: Mixture, record: Record) -> Solution:
    """The solution that the record tells of."""
    traces = tuple(_trace(run) for run in record["runs"])
    best = record["best_run"]
    if not isinstance(best, int) or not 0 <= best < len(traces):
        raise ValueError(f"its best_run is {best!r}, and there are {len(traces)} runs.")
    return Solution(mixture, traces[best], traces)


def _run_record(trace: Trace) -> Record:
    return {
        "outcome": trace.outcome.name,
        "lower_bounds": list(trace.lower_bounds),
        "repairs": [[iteration, list(components)] for iteration, components in trace.repairs],
    }


def _trace(run: Record) -> Trace:
    bounds = tuple(float(bound) for bound in run["lower_bounds"])
    if not np.isfinite(bounds).all():
        raise ValueError("a lower bound of its runs is not finite.")
    repairs = tuple(
        (count(iteration), tuple(count(component) for component in components))
        for iteration, components in run["repairs"]
    )
    return Trace(Outcome[run["outcome"]], bounds, repairs)
