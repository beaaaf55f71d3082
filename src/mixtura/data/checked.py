"""Blocks of rows that are checked as they are read."""

from collections.abc import Sequence

import numpy as np

from mixtura._array import has_infinity, is_plain, patterns_of
from mixtura.typing import Block, HostN, HostND


def checked_block(
    rows: HostND,
    weights: HostN | None,
    start: int,
    features: Sequence[str] | None,
    *,
    every_row: bool,
) -> Block:
    """The rows that have an entry, or every row, as a block.

    Raises
    ------
    ValueError
        For infinity; it names the feature, where features have names.
    """
    if is_plain(rows):
        return Block(rows, weights, start)
    _check_finite(rows, features)
    block = Block(rows, weights, start, patterns=patterns_of(rows))
    return block if every_row else _with_entries(block)


def _with_entries(block: Block) -> Block:
    """The block without rows that have no entry: they tell nothing."""
    if block.patterns is None or not block.patterns.empty_rows.any():
        return block
    kept = np.flatnonzero(~block.patterns.empty_rows)
    weights = None if block.weights is None else block.weights[kept]
    return Block(block.rows[kept], weights, block.start, patterns=block.patterns[kept])


def _check_finite(rows: HostND, features: Sequence[str] | None) -> None:
    if not has_infinity(rows):
        return
    if features is None:
        raise ValueError("Input X contains infinity or a value too large for float64.")
    column = features[int(np.isinf(rows).any(axis=0).argmax())]
    raise ValueError(f"Column {column!r} holds infinity, or a number beyond 1e308.")


def check_weights(weights: HostN, name: str) -> None:
    """Refuse weights that are missing, infinite or negative; the name says where they are."""
    if np.isnan(weights).any():
        raise ValueError(f"{name} lacks weights; every row needs one.")
    if not (weights >= 0).all() or np.isinf(weights).any():
        raise ValueError(
            f"{name} holds the weight {weights.min():.6g}: a weight counts rows, and is finite and "
            "not negative."
        )
