"""A sample of rows that are seen once, block by block: two samples make that of both.

As in `sample.py`, the rows with the largest priorities w_i / u_i are kept. The u_i belong to the
places of the rows, so that the sample is the same however these are cut into blocks, and wherever
the blocks are.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._array import bring, on_host, take_rows
from mixtura.typing import AnyN, AnyND, Block, Float, Indices

DRAWS_PER_STEP = 4
"""Of Philox, a counter that gives the numbers from any place on."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """The rows with the largest priorities so far: at most so many as asked for, and one more.

    Attributes
    ----------
    most : int
        How many rows are asked for.
    rows : array of shape (m, d)
    weights : ndarray of shape (m,)
    priorities : ndarray of shape (m,)
    places : ndarray of int, shape (m,)
        Of the rows among all.
    is_weighted : bool
        Whether the rows have weights of their own.
    """

    most: int
    rows: AnyND
    weights: Float
    priorities: Float
    places: Indices
    is_weighted: bool

    @classmethod
    def of(cls, most: int, seed: int, block: Block) -> Self:
        """Those of one block, of rows that have weight."""
        n_rows = int(block.rows.shape[0])
        is_weighted = block.weights is not None
        weights = on_host(block.weights).astype(np.float64) if is_weighted else np.ones(n_rows)
        with np.errstate(divide="ignore"):
            priorities = weights / (1 - _uniforms(seed, block.start, n_rows))
        places = block.start + np.arange(n_rows)
        everything = cls(most, block.rows, weights, priorities, places, is_weighted)
        return everything.only(np.flatnonzero(weights > 0)).largest()

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.most,
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.priorities, other.priorities]),
            np.concatenate([self.places, other.places]),
            self.is_weighted or other.is_weighted,
        ).largest()

    def sample(self) -> tuple[AnyND, AnyN | None]:
        """The rows in their order, and weights in proportion to how many rows each stands for."""
        m = self.most
        if len(self.weights) <= m:
            ordered = self.only(np.argsort(self.places))
            return ordered.rows, bring(ordered.weights, self.rows) if self.is_weighted else None
        order = np.argpartition(-self.priorities, m)
        threshold = self.priorities[order[m]]
        chosen = self.only(order[:m])
        chosen = chosen.only(np.argsort(chosen.places))
        if not self.is_weighted:
            return chosen.rows, None
        stand_for = np.maximum(chosen.weights, threshold)
        return chosen.rows, bring(stand_for * (chosen.weights.sum() / stand_for.sum()), self.rows)

    def largest(self) -> Self:
        """Without rows that no sample of all can hold any more."""
        m = self.most + 1
        if len(self.weights) <= m:
            return self
        return self.only(np.sort(np.argpartition(-self.priorities, m - 1)[:m]))

    def only(self, chosen: Indices) -> Self:
        """Some of the rows."""
        return type(self)(
            self.most,
            take_rows(self.rows, chosen),
            self.weights[chosen],
            self.priorities[chosen],
            self.places[chosen],
            self.is_weighted,
        )


def _uniforms(seed: int, start: int, n: int) -> Float:
    """The uniform numbers of n places from `start` on."""
    steps, offset = divmod(start, DRAWS_PER_STEP)
    counter = np.random.Philox(key=seed).advance(steps)
    return np.random.Generator(counter).random(offset + n)[offset:]
