"""Blocks run here, one after the other."""

from collections.abc import Callable
from functools import reduce
from operator import add

import numpy as np

from mixtura._array import bring, namespace, on_host
from mixtura.data import Resident, Source
from mixtura.data.sample import draw_sample
from mixtura.engine.base import Summand, sample_of_sum
from mixtura.typing import AnyArray, AnyN, AnyND, Block, RandomSource


class Local:
    """The engine of this process."""

    def sum(self, f: Callable[[Block], Summand], source: Source) -> Summand:
        return reduce(add, map(f, source))

    def map(
        self, f: Callable[[AnyND], AnyArray], source: Source, name: str | None = None
    ) -> AnyArray:
        # No frame that an error would keep, and with it a reader, holds the blocks.
        parts = list(map(f, (block.rows for block in source)))
        return parts[0] if len(parts) == 1 else namespace(parts[0]).concat(parts, axis=0)

    def sample(self, source: Source, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
        if isinstance(source, Resident):
            return _taken(source, n, rng)
        return sample_of_sum(self, source, n, rng)


def _taken(source: Resident, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
    rows, weights = source.take(slice(None))
    if n >= source.n_rows:
        return rows, weights
    if weights is None:
        # With replacement, and each row once: no array of all rows is made.
        drawn = rng.random(size=n) * source.n_rows
        return source.take(np.unique(drawn.astype(np.intp)))
    host = on_host(weights)
    sample = draw_sample(source.n_rows, host, n, rng)
    rows, _ = source.take(sample.indices)
    stand_for = sample.weights * (host[sample.indices].sum() / sample.weights.sum())
    return rows, bring(stand_for, rows)
