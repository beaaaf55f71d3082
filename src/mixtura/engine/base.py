"""What every engine answers, and what it opens."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar

from mixtura.data import Source
from mixtura.data.drawn import Drawn
from mixtura.data.inspection import Inspection
from mixtura.typing import AnyArray, AnyN, AnyND, Block, RandomSource

Summand = TypeVar("Summand", bound=Any)

IN_PLACE = ""
"""The name of answers that are rows, to be put in the place of those that were given."""


class Engine(Protocol):
    """A place where blocks are worked on."""

    def sum(self, f: Callable[[Block], Summand], source: Source) -> Summand:
        """f of every block, added with `+` in a fixed order."""

    def map(
        self, f: Callable[[AnyND], AnyArray], source: Source, name: str | None = None
    ) -> AnyArray:
        """f of the rows of every block, one after the other.

        Where frames answer as frames, they get a column of this name.
        """

    def sample(self, source: Source, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
        """At most n rows in order, and their weights: what starts are made from.

        Weights are in proportion to how many rows each stands for.
        """


class Collection(Protocol):
    """Rows that are no array here: in files, on a cluster, or made as they are read.

    Attributes
    ----------
    engine : Engine
        Where their blocks run.
    columns : tuple of str or None
        The names of the features; None where they have none.
    n_features : int
        d.
    kind : array
        An empty array of the library and precision in which answers come.
    """

    @property
    def engine(self) -> Engine: ...

    @property
    def columns(self) -> tuple[str, ...] | None: ...

    @property
    def n_features(self) -> int: ...

    @property
    def kind(self) -> AnyArray: ...

    def without(self, column: str) -> "Collection":
        """The same without a column that holds weights, unless it was asked for as a feature."""

    def only(self, columns: tuple[str, ...]) -> "Collection":
        """These features, in this order, where they have names."""

    def counted(self, weights: Any) -> tuple[Source, Inspection]:
        """The rows that have an entry, with their weights, and what a first pass tells of them."""

    def all_rows(self) -> Source:
        """Every row, for answers."""

    def fingerprint(self) -> str:
        """What tells these rows from others, as far as can be told without reading them."""


SEEDS = 2**31


def sample_of_sum(
    engine: Engine, source: Source, n: int, rng: RandomSource
) -> tuple[AnyND, AnyN | None]:
    """A sample of rows that are not at hand: it is a sum over blocks."""
    drawn: Drawn = engine.sum(partial(Drawn.of, n, int(rng.random() * SEEDS)), source)
    return drawn.sample()
