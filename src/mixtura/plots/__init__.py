"""Pictures from values: each takes a Mixture or a fitted estimator, and returns the Axes.

`figure.py` is the only door to matplotlib, which is not imported before a picture is asked for.
"""

from mixtura.plots.components import components
from mixtura.plots.criterion import criterion
from mixtura.plots.density import density
from mixtura.plots.density_1d import density_1d
from mixtura.plots.discriminant import discriminant
from mixtura.plots.families import families
from mixtura.plots.history import history
from mixtura.plots.merging import merging
from mixtura.plots.pairs import pairs
from mixtura.plots.profiles import profiles
from mixtura.plots.uncertainty import uncertainty

__all__ = [
    "components",
    "criterion",
    "density",
    "density_1d",
    "discriminant",
    "families",
    "history",
    "merging",
    "pairs",
    "profiles",
    "uncertainty",
]
