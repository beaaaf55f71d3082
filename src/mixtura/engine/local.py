"""Blocks run here, one after the other."""

from collections.abc import Callable
from functools import reduce
from operator import add

import numpy as np

from mixtura._array import namespace
from mixtura.data import Source
from mixtura.engine.base import Summand
from mixtura.typing import AnyArray, AnyN, AnyND, Block, RandomSource


class Local:
    """The engine of this process."""

    def sum(self, f: Callable[[Block], Summand], source: Source) -> Summand:
        return reduce(add, map(f, source))

    def map(self, f: Callable[[AnyND], AnyArray], source: Source) -> AnyArray:
        parts = [f(block.rows) for block in source]
        return parts[0] if len(parts) == 1 else namespace(parts[0]).concat(parts, axis=0)

    def sample(self, source: Source, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
        if n >= source.n_rows:
            return source.take(slice(None))
        # With replacement, and each row once: no array of all rows is made.
        drawn = rng.random(size=n) * source.n_rows
        return source.take(np.unique(drawn.astype(np.intp)))
