"""Names for arrays that say their shape, and the block: what flows between the layers.

In shapes, n is the number of rows, d of features and K of components. Parameters and moments are
always NumPy arrays of float64; rows may be held by any Array API library, which no static type
describes yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mixtura._patterns import Patterns

Float: TypeAlias = NDArray[np.float64]
ArrayK: TypeAlias = Float
ArrayD: TypeAlias = Float
ArrayKD: TypeAlias = Float
ArrayDD: TypeAlias = Float
ArrayKDD: TypeAlias = Float

Indices: TypeAlias = NDArray[np.int64]

AnyArray: TypeAlias = Any
AnyN: TypeAlias = AnyArray
AnyND: TypeAlias = AnyArray
AnyNK: TypeAlias = AnyArray
AnyKND: TypeAlias = AnyArray

HostN: TypeAlias = NDArray[np.floating[Any]]
HostND: TypeAlias = NDArray[np.floating[Any]]
Assignment: TypeAlias = NDArray[Any]
"""Labels (n,), or responsibilities (n, K)."""

RandomSource: TypeAlias = np.random.Generator | np.random.RandomState


@dataclass(frozen=True)
class Block:
    """Some consecutive rows of a source, and what belongs to each of them.

    Attributes
    ----------
    rows : array of shape (n, d)
    weights : array of shape (n,) or None
        Sample weights; None stands for ones.
    start : int
        Index of the first row in its source.
    columns : mapping from name to array of shape (n, ...)
        Further values per row, for instance responsibilities to begin from.
    patterns : Patterns or None
        Which entries are missing, as NaN says in the rows; None where all are there.
    components : ndarray of int or None
        The components that the rows can have come from, in ascending order; None for all.
    """

    rows: AnyND
    weights: AnyN | None = None
    start: int = 0
    columns: Mapping[str, AnyArray] = field(default_factory=dict)
    patterns: Patterns | None = None
    components: Indices | None = None
