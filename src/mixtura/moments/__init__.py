"""WHAT is summed: `Moments` add over blocks; `expect` makes them, and `Need` says which."""

from mixtura.moments.expect import collect, collect_assigned, expect
from mixtura.moments.moments import Moments
from mixtura.moments.need import DIAGONAL, FULL, NEEDS, POOLED, TRACE, Need
from mixtura.moments.stack import Stack, expect_each

__all__ = [
    "DIAGONAL",
    "FULL",
    "NEEDS",
    "POOLED",
    "TRACE",
    "Moments",
    "Need",
    "Stack",
    "collect",
    "collect_assigned",
    "expect",
    "expect_each",
]
