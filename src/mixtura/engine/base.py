"""What every engine answers."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from mixtura.data import Source
from mixtura.typing import AnyArray, AnyN, AnyND, Block, RandomSource

Summand = TypeVar("Summand", bound=Any)


class Engine(Protocol):
    """A place where blocks are worked on."""

    def sum(self, f: Callable[[Block], Summand], source: Source) -> Summand:
        """f of every block, added with `+` in a fixed order."""

    def map(self, f: Callable[[AnyND], AnyArray], source: Source) -> AnyArray:
        """f of the rows of every block, one after the other."""

    def sample(self, source: Source, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
        """At most n rows and their weights, in order: what starts are made from."""
