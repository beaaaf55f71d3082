"""WHAT is summed: `Moments` add over blocks; `expect` makes them, and `Need` says which.

`incomplete.py` makes the expected ones of rows with missing entries, `observed.py` sums up the
entries that are there, feature by feature, and `believed.py` needs no rows but a mixture.
"""

from mixtura.moments.believed import believed
from mixtura.moments.expect import collect, collect_assigned, expect
from mixtura.moments.moments import Moments, moments_from
from mixtura.moments.need import DIAGONAL, FULL, POOLED, TRACE, Need
from mixtura.moments.observed import Observed
from mixtura.moments.projected import PROJECTED, Projected

NEEDS: dict[str, Need] = {need.name: need for need in (TRACE, DIAGONAL, POOLED, FULL, PROJECTED)}

__all__ = [
    "DIAGONAL",
    "FULL",
    "NEEDS",
    "POOLED",
    "PROJECTED",
    "TRACE",
    "Moments",
    "Need",
    "Observed",
    "Projected",
    "believed",
    "collect",
    "collect_assigned",
    "expect",
    "moments_from",
]
