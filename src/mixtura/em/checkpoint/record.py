"""The state of a fit as JSON, from which every number comes back to the bit.

Unlike a model file, which anyone may have written and which is checked, this is what the fit itself
has computed, and a mixture is kept as it stands: its factors too, as they are at that point.
"""

from dataclasses import fields
from typing import Any

import numpy as np

from mixtura.covariance import LAYOUTS, Storage, layout_name
from mixtura.distribution import Mixture, Record
from mixtura.em.state import Runs, State, Underway
from mixtura.em.stopping import Course
from mixtura.em.trace_record import trace_of, trace_record


def state_record(state: State) -> Record:
    """What JSON can hold of a state."""
    runs, underway = state.runs, state.underway
    return {
        "runs": [trace_record(trace) for trace in runs.traces],
        "best_run": runs.best,
        "best_mixture": None if runs.mixture is None else _mixture_record(runs.mixture),
        "underway": None if underway is None else _underway_record(underway),
    }


def state_of(record: Record) -> State:
    """The state that a record tells of."""
    best, underway = record["best_mixture"], record["underway"]
    runs = Runs(
        tuple(trace_of(run) for run in record["runs"]),
        record["best_run"],
        None if best is None else _mixture_of(best),
    )
    return State(runs, None if underway is None else _underway_of(underway))


def _underway_record(underway: Underway) -> Record:
    course = underway.course
    return {
        "mixture": _mixture_record(underway.mixture),
        "repaired": list(underway.repaired),
        "stride": underway.stride,
        "lower_bounds": course.lower_bounds,
        "repairs": course.repairs,
        "objectives": course.objectives,
    }


def _underway_of(record: Record) -> Underway:
    course = Course(
        record["lower_bounds"],
        [(iteration, tuple(components)) for iteration, components in record["repairs"]],
        record["objectives"],
    )
    mixture = _mixture_of(record["mixture"])
    return Underway(mixture, tuple(record["repaired"]), course, record["stride"])


def _mixture_record(mixture: Mixture) -> Record:
    storage = mixture.storage
    names = mixture.feature_names
    return {
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        "layout": layout_name(storage),
        "storage": {field.name: _plain(getattr(storage, field.name)) for field in _fields(storage)},
        "feature_names": None if names is None else list(names),
    }


def _mixture_of(record: Record) -> Mixture:
    names = record["feature_names"]
    kept = {
        name: np.array(value, dtype=np.float64) if isinstance(value, list) else value
        for name, value in record["storage"].items()
    }
    return Mixture.of(
        np.array(record["weights"], dtype=np.float64),
        np.array(record["means"], dtype=np.float64),
        LAYOUTS[record["layout"]].storage(**kept),
        None if names is None else tuple(names),
    )


def _fields(storage: Storage) -> Any:
    return fields(storage)  # type: ignore[arg-type] # every storage is a dataclass


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
