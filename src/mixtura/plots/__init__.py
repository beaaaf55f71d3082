"""Pictures from values: each takes a Mixture or a fitted estimator, and returns the Axes.

`figure.py` is the only door to matplotlib, which is not imported before a picture is asked for.
"""

from mixtura.plots.components import components
from mixtura.plots.density_1d import density_1d

__all__ = ["components", "density_1d"]
