"""What rows can be read from, as often as wanted, and never whole."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mixtura.typing import HostND


class Reader(Protocol):
    """Rows with or without names for their columns."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of all columns, whatever they hold; None where columns have no names."""

    @property
    def n_columns(self) -> int:
        """How many these are."""

    @property
    def is_single(self) -> bool:
        """Whether they are float32, and not float64."""

    @property
    def is_unchanging(self) -> bool:
        """Whether a pass that sees other rows than the first is sure to end in an error."""

    def check(self, columns: Sequence[str]) -> None:
        """Refuse columns that do not exist, or hold no numbers.

        Raises
        ------
        DataFileError
        """

    def batches(self, columns: Sequence[str] | None) -> Iterator[HostND]:
        """Arrays (m, d) of float64 or float32 with these columns, in order; NaN where no entry is.

        They have `batches.block_rows` rows, but the last. None stands for all columns. An array
        may be written over once the next one is asked for.

        Raises
        ------
        DataFileError
            Where what is read is not what it was, or cannot be read any more.
        """

    def fingerprint(self) -> str:
        """What tells these rows from others, as far as can be told without reading them."""
