"""The record of a fit: what a model file keeps of an estimator beside its mixture."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from mixtura._array import on_host
from mixtura.distribution import Mixture, Record
from mixtura.em import Solution, Trace
from mixtura.em.trace_record import trace_of, trace_record
from mixtura.family import Prior
from mixtura.selection.record import CellRecord
from mixtura.typing import AnyArray
from mixtura.uses.recalibration import Recalibration
from mixtura.uses.regression import Candidate

PRECISIONS = ("float32", "float64")


def runs_record(traces: tuple[Trace, ...], best: Trace) -> Record:
    """All runs of a fit, and which of them was kept."""
    return {
        "best_run": next(index for index, trace in enumerate(traces) if trace is best),
        "runs": [trace_record(trace) for trace in traces],
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
    kept: dict[str, Any] = {}
    for name, value in plain.items():
        if value is None or isinstance(value, bool | int | float | str):
            kept[name] = value
        elif isinstance(value, Prior):
            kept[name] = value.record()
        elif name == "fixed":
            kept[name] = list(value)
    return kept


def restored_settings(settings: Record, n_features: int) -> dict[str, Any]:
    """The settings as an estimator takes them."""
    restored = dict(settings)
    if isinstance(restored.get("prior"), dict):
        prior = Prior(**restored["prior"])
        prior.checked_mean(n_features)
        prior.checked_scale(n_features)
        restored["prior"] = prior
    if isinstance(restored.get("fixed"), list):
        restored["fixed"] = tuple(restored["fixed"])
    return restored


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


def positive(value: Any) -> float:
    """A finite number above 0."""
    if type(value) not in (int, float) or not 0 < value < math.inf:
        raise ValueError(f"it holds {value!r} where a positive number was expected.")
    return float(value)


def flags(values: Any) -> NDArray[np.bool_]:
    """A list of true and false."""
    if not isinstance(values, list) or not all(isinstance(value, bool) for value in values):
        raise ValueError(f"it holds {values!r} where a list of true and false was expected.")
    return np.array(values, dtype=bool)


def solution_of(mixture: Mixture, record: Record) -> Solution:
    """The solution that the record tells of."""
    traces = tuple(_checked(trace_of(run)) for run in record["runs"])
    best = record["best_run"]
    if not isinstance(best, int) or not 0 <= best < len(traces):
        raise ValueError(f"its best_run is {best!r}, and there are {len(traces)} runs.")
    return Solution(mixture, traces[best], traces)


def _checked(trace: Trace) -> Trace:
    bounds, posteriors = trace.lower_bounds, trace.log_posteriors
    if not (np.isfinite(bounds).all() and np.isfinite(posteriors).all()):
        raise ValueError("a lower bound of its runs is not finite.")
    if len(posteriors) not in {0, len(bounds)}:
        raise ValueError("a run has not as many log_posteriors as lower_bounds.")
    for iteration, components in trace.repairs:
        for number in (iteration, *components):
            count(number)
    return trace


def selection_settings(settings: dict[str, Any]) -> Record:
    """The settings of a choice of family and K that JSON can hold."""
    lists = {
        name: [each.item() if isinstance(each, np.generic) else each for each in settings[name]]
        for name in ("n_components", "covariance_types")
        if isinstance(settings[name], Iterable) and not isinstance(settings[name], str)
    }
    return {**plain_settings(settings), **lists}


def restored_selection(settings: Record, n_features: int) -> dict[str, Any]:
    """These settings as an estimator takes them."""
    restored = restored_settings(settings, n_features)
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in restored.items()
    }


def table_record(records: tuple[CellRecord, ...]) -> list[Record]:
    """The table, cell by cell; None stands for NaN, which JSON has not."""
    return [
        {name: None if value != value else value for name, value in asdict(record).items()}
        for record in records
    ]


def records_of(table: Any) -> tuple[CellRecord, ...]:
    """The table that a model file keeps."""
    if not isinstance(table, list) or not table:
        raise ValueError("its table has no cells.")
    return tuple(_cell_record(cell) for cell in table)


def _cell_record(cell: Record) -> CellRecord:
    values: dict[str, Any] = {
        name: math.nan if value is None else value for name, value in cell.items()
    }
    for name, kind in get_type_hints(CellRecord).items():
        if type(values[name]) is not kind:
            raise ValueError(f"{name} of a cell of its table is {cell[name]!r}.")
    return CellRecord(**values)


def scores_record(scores: dict[Candidate, float]) -> list[Any]:
    """Scores of candidates; None stands for -inf, which JSON has not."""
    return [[*each, None if math.isinf(score) else score] for each, score in scores.items()]


def scores_of(record: Any) -> dict[Candidate, float]:
    """The scores that a model file keeps."""
    return {
        (count(number), str(family)): -math.inf if score is None else float(score)
        for number, family, score in record
    }


def recalibration_record(kept: Recalibration) -> Record:
    """What held-out rows said."""
    return {"probabilities": kept.probabilities.tolist(), "weights": kept.weights.tolist()}


def recalibration_of(record: Record, n_targets: int) -> Recalibration:
    """The same from a model file."""
    probabilities, weights = (
        np.array(record[name], dtype=np.float64) for name in ("probabilities", "weights")
    )
    if weights.ndim != 1 or probabilities.shape != (len(weights), n_targets) or not len(weights):
        raise ValueError("its recalibration does not belong to its targets.")
    if not ((probabilities >= 0) & (probabilities <= 1)).all() or not (weights > 0).all():
        raise ValueError("its recalibration holds what is no probability, or no weight.")
    return Recalibration(probabilities, weights)
