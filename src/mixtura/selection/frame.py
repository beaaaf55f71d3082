"""The table as a pandas frame. The only door to pandas."""

from collections.abc import Sequence
from dataclasses import asdict, fields

import pandas as pd

from mixtura.selection.record import CellRecord


def frame_of(records: Sequence[CellRecord], *, with_cv: bool) -> pd.DataFrame:
    """One row for each record, in their order."""
    names = [field.name for field in fields(CellRecord)]
    if not with_cv:
        names.remove("cv")
    return pd.DataFrame([asdict(record) for record in records], columns=names)
