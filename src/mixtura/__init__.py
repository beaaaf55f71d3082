"""Gaussian mixture models: clustering with soft labels and density estimation."""

from mixtura.distribution import Mixture
from mixtura.em import Outcome
from mixtura.errors import (
    DegenerateComponentWarning,
    DegenerateFitError,
    MixturaError,
    RegularizationWarning,
)
from mixtura.estimators import GaussianMixture

__all__ = [
    "DegenerateComponentWarning",
    "DegenerateFitError",
    "GaussianMixture",
    "MixturaError",
    "Mixture",
    "Outcome",
    "RegularizationWarning",
]
