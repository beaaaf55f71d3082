"""Rows that are held out for calibration: which, and what a model file keeps of them."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixtura.distribution import Record
from mixtura.typing import Float
from mixtura.uses.calibration import Calibration, check_reachable


def check_rates(estimator: Any) -> None:
    """One threshold, not two."""
    if estimator.contamination is not None and estimator.false_alarm_rate is not None:
        raise ValueError(
            "contamination and false_alarm_rate each give a threshold; give one of them."
        )


def held_out_rows(
    estimator: Any, n_rows: int, weights: Float | None, rng: np.random.RandomState
) -> NDArray[np.bool_]:
    """Which rows are held out of the fit, shape (n,); so many that the rate can be reached."""
    size = estimator.calibration_size
    n_held_out = int(size) if isinstance(size, Integral) else round(size * n_rows)
    if n_held_out > n_rows - 2:
        raise ValueError(
            f"calibration_size={size} leaves {max(n_rows - n_held_out, 0)} of {n_rows} rows for "
            "the fit, which needs at least two."
        )
    held_out = np.zeros(n_rows, dtype=np.bool_)
    held_out[rng.permutation(n_rows)[:n_held_out]] = True
    n = float(n_held_out) if weights is None else float(weights[held_out].sum())
    check_reachable(estimator.false_alarm_rate, n)
    return held_out


def calibration_record(calibration: Calibration | None) -> Record | None:
    """What a model file keeps."""
    if calibration is None:
        return None
    return {"scores": calibration.scores.tolist(), "weights": calibration.weights.tolist()}


def calibration_of(record: Any, rate: float | None) -> Calibration | None:
    """The calibration that it keeps, where there is a rate."""
    if (record is None) != (rate is None):
        raise ValueError("a calibration belongs to a false_alarm_rate, and one of them is missing.")
    if record is None:
        return None
    scores, weights = (np.array(record[name], dtype=np.float64) for name in ("scores", "weights"))
    if scores.ndim != 1 or scores.shape != weights.shape or not len(scores):
        raise ValueError("its calibration has not one weight for each score.")
    if not (np.isfinite(scores).all() and np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("a score or weight of its calibration is not finite, or negative.")
    return Calibration.of(scores, weights)
