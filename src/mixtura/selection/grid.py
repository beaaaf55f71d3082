"""The cells of a sweep, in an order in which each comes after those that it must not be below.

Those are the families nested in its own with as many components, and its own with fewer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from mixtura.family.nesting import is_nested, narrow_first
from mixtura.selection.cells import Cell


@dataclass(frozen=True)
class Grid:
    """Numbers of components times families.

    Attributes
    ----------
    numbers : tuple of int
        In ascending order.
    families : tuple of str
        The narrower before the wider.
    factor_model : str
        Of the family "factor".
    chosen : frozenset of Cell, optional
        The only cells.
    """

    numbers: tuple[int, ...]
    families: tuple[str, ...]
    factor_model: str = "UUU"
    chosen: frozenset[Cell] | None = None

    @classmethod
    def of(cls, numbers: Sequence[int], families: Sequence[str], factor_model: str) -> Self:
        """In the order in which they are fitted."""
        ordered = narrow_first(list(families), factor_model)
        return cls(tuple(sorted(numbers)), tuple(ordered), factor_model)

    def only(self, chosen: Iterable[Cell]) -> Self:
        """Some of the cells."""
        return replace(self, chosen=frozenset(chosen))

    def __iter__(self) -> Iterator[Cell]:
        return (cell for number in self.numbers for cell in self.row(number))

    def row(self, n_components: int) -> list[Cell]:
        """The families with so many components."""
        cells = [Cell(n_components, family) for family in self.families]
        return [cell for cell in cells if self.chosen is None or cell in self.chosen]

    def nested_in(self, cell: Cell) -> list[Cell]:
        """The narrower families with as many components."""
        wide = cell.covariance_type
        return [
            Cell(cell.n_components, family)
            for family in self.families
            if is_nested(family, wide, self.factor_model)
        ]

    def before(self, cell: Cell) -> list[Cell]:
        """The same family with fewer components, in ascending order."""
        place = self.numbers.index(cell.n_components)
        return [Cell(number, cell.covariance_type) for number in self.numbers[:place]]

    def larger(self, cell: Cell) -> Cell | None:
        """The same family with the next larger number of components."""
        place = self.numbers.index(cell.n_components) + 1
        if place == len(self.numbers):
            return None
        return Cell(self.numbers[place], cell.covariance_type)
