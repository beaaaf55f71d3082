"""What a fit is of, so that a checkpoint is continued with its own rows and settings only."""

import hashlib
from typing import Any

import numpy as np

from mixtura._array import on_host, row_ranges, rows_per_block
from mixtura.data import Source
from mixtura.distribution import Record
from mixtura.typing import AnyArray


def rows_identity(source: Source) -> Record:
    """Shape, type and digest of the rows, and the digest of their weights.

    A source that knows itself, as files do by their names, sizes and times, says so by a method
    `fingerprint`, and is not read.
    """
    if hasattr(source, "fingerprint"):
        return {"X": {"fingerprint": source.fingerprint()}}
    rows, weights, kind = hashlib.sha256(), hashlib.sha256(), ""
    are_weighted = False
    for block in source:
        kind = on_host(block.rows[:1, ...]).dtype.name
        for part in row_ranges(block.rows.shape[0], rows_per_block(source.n_features)):
            rows.update(_bytes_of(block.rows[part, ...]))
        if block.weights is not None:
            are_weighted = True
            weights.update(_bytes_of(block.weights))
    return {
        "shape of X": [source.n_rows, source.n_features],
        "dtype of X": kind,
        "X": {"sha256": rows.hexdigest()},
        "sample_weight": {"sha256": weights.hexdigest()} if are_weighted else None,
    }


def digest_of(*arrays: AnyArray) -> Record:
    """A digest of the numbers in arrays, and of their shapes."""
    digest = hashlib.sha256()
    for array in map(on_host, arrays):
        digest.update(f"{array.dtype.name} {array.shape} ".encode())
        digest.update(_bytes_of(array))
    return {"sha256": digest.hexdigest()}


def differences(kept: Record, own: Record) -> str:
    """In words, how what is kept differs from what is asked for; empty where it does not."""
    names = [name for name in {**kept, **own} if kept.get(name) != own.get(name)]
    return "; ".join(_in_words(name, kept.get(name), own.get(name)) for name in names)


def _in_words(name: str, kept: Any, own: Any) -> str:
    if any(isinstance(value, dict) for value in (kept, own)):  # digests, which tell no more
        return f"{name} has changed"
    return f"{name} was {kept!r} and is {own!r} now"


def _bytes_of(array: AnyArray) -> memoryview:
    return np.ascontiguousarray(on_host(array)).data.cast("B")
