"""WHAT a mixture is: log-densities, responsibilities, marginals, conditionals, draws.

`mixture.py` is the value that users hold, `posterior.py` the formulas of the E-step on a block.
"""

from mixtura.distribution.mixture import Mixture
from mixtura.distribution.savable import SAVABLE, Record, Savable, as_mixture, savable

__all__ = ["SAVABLE", "Mixture", "Record", "Savable", "as_mixture", "savable"]
