"""Gaussian mixture models: clustering with soft labels and density estimation."""

from importlib import import_module
from types import ModuleType

from mixtura._version import __version__
from mixtura.data import Scan, scan
from mixtura.distribution import Mixture
from mixtura.em import Outcome, Trace
from mixtura.errors import (
    CheckpointError,
    DataFileError,
    DegenerateComponentWarning,
    DegenerateFitError,
    LostRowsError,
    MixturaError,
    ModelFileError,
    RegularizationWarning,
)
from mixtura.estimators import (
    AutoGaussianMixture,
    GaussianMixture,
    MixtureClassifier,
    MixtureImputer,
    MixtureOutlierDetector,
    MixtureRegressor,
    segment_image,
)
from mixtura.family import Prior
from mixtura.files import from_sklearn, load, save, to_sklearn
from mixtura.selection import (
    Bootstrap,
    BootstrapTest,
    LikelihoodRatioTest,
    MergedClusters,
    bootstrap,
    bootstrap_test,
    merge_clusters,
    reduce_mixture,
)
from mixtura.uses import (
    HighestDensityRegion,
    MixtureSummary,
    Pooled,
    Projection,
    Segmentation,
    discriminant_projection,
    highest_density_region,
    match_components,
    overlap_matrix,
    pool_imputations,
    reorder_components,
    summarize,
)

__all__ = [
    "AutoGaussianMixture",
    "Bootstrap",
    "BootstrapTest",
    "CheckpointError",
    "DataFileError",
    "DegenerateComponentWarning",
    "DegenerateFitError",
    "GaussianMixture",
    "HighestDensityRegion",
    "LikelihoodRatioTest",
    "LostRowsError",
    "MergedClusters",
    "MixturaError",
    "Mixture",
    "MixtureClassifier",
    "MixtureImputer",
    "MixtureOutlierDetector",
    "MixtureRegressor",
    "MixtureSummary",
    "ModelFileError",
    "Outcome",
    "Pooled",
    "Prior",
    "Projection",
    "RegularizationWarning",
    "Scan",
    "Segmentation",
    "Trace",
    "__version__",
    "bootstrap",
    "bootstrap_test",
    "discriminant_projection",
    "from_sklearn",
    "highest_density_region",
    "load",
    "match_components",
    "merge_clusters",
    "overlap_matrix",
    "plots",
    "pool_imputations",
    "reduce_mixture",
    "reorder_components",
    "save",
    "scan",
    "segment_image",
    "summarize",
    "to_sklearn",
]


def __getattr__(name: str) -> ModuleType:
    """Import `plots`, and with it matplotlib, when it is first used."""
    if name == "plots":
        return import_module("mixtura.plots")
    raise AttributeError(f"module 'mixtura' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
