"""Tables as pandas frames. The only door to pandas."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from mixtura.selection.record import CellRecord
from mixtura.typing import Float


def frame_of(records: Sequence[CellRecord], *, with_cv: bool) -> pd.DataFrame:
    """One row for each record, in their order."""
    names = [field.name for field in fields(CellRecord)]
    if not with_cv:
        names.remove("cv")
    return pd.DataFrame([asdict(record) for record in records], columns=names)


def frame_of_columns(columns: Mapping[str, Any], *, index: str) -> pd.DataFrame:
    """Columns of equal length; the index counts rows, under that name."""
    return pd.DataFrame(columns).rename_axis(index=index)


def frame_of_values(values: Float, names: Sequence[str], index: Any) -> pd.DataFrame:
    """An array (n, d) with names, and with the index of a pandas frame where there is one."""
    return pd.DataFrame(
        values, columns=list(names), index=index if isinstance(index, pd.Index) else None
    )
