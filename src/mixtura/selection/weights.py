"""Sample weights as this layer takes them: how many times each row counts."""

from typing import Any

import numpy as np

from mixtura._array import is_array, patterns_of, to_numpy
from mixtura.typing import AnyND, Float


def check_weights(sample_weight: Any, rows: AnyND) -> Float:
    """One weight per row, and 0 for rows without any entry, which tell nothing.

    Raises
    ------
    ValueError
        Where weights have another shape, are negative or not finite, or no row counts.
    """
    n_rows = int(rows.shape[0])
    given = np.ones(n_rows) if sample_weight is None else sample_weight
    weights = np.array(to_numpy(given) if is_array(given) else given, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n_rows,)}!")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("sample_weight must be finite and not negative: a weight counts rows.")
    patterns = patterns_of(rows)
    if patterns is not None:
        weights[patterns.empty_rows] = 0
    if not weights.any():
        raise ValueError("X has no row with an entry and a weight, so that nothing is to be seen.")
    return weights
