"""What is alike about all columns that Arrow reads: they have names, and hold float64 at most."""

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Named:
    """Columns of a schema, whose rows stay what they are.

    Attributes
    ----------
    schema : pyarrow.Schema
    """

    schema: pa.Schema

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    @property
    def is_single(self) -> bool:
        return False

    @property
    def is_unchanging(self) -> bool:
        return True
