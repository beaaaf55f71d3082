"""WHAT a mixture is: log-densities, responsibilities, marginals, conditionals, draws.

`mixture.py` is the value that users hold, `posterior.py` the formulas of the E-step on a block,
`missing.py` what is expected of entries that are missing, and `entries.py` what counts as one.
"""

from mixtura.distribution.mixture import Mixture
from mixtura.distribution.savable import SAVABLE, Record, Savable, as_mixture, savable

__all__ = ["SAVABLE", "Mixture", "Record", "Savable", "as_mixture", "savable"]
