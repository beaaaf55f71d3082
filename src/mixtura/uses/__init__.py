"""What is built on a fit."""

from mixtura.uses.discriminant import Projection, discriminant_projection
from mixtura.uses.highest_density import HighestDensityRegion, highest_density_region
from mixtura.uses.order import match_components, reorder_components
from mixtura.uses.overlap import overlap_matrix
from mixtura.uses.pooling import Pooled, pool_imputations
from mixtura.uses.segmentation import Segmentation
from mixtura.uses.summary import MixtureSummary, summarize

__all__ = [
    "HighestDensityRegion",
    "MixtureSummary",
    "Pooled",
    "Projection",
    "Segmentation",
    "discriminant_projection",
    "highest_density_region",
    "match_components",
    "overlap_matrix",
    "pool_imputations",
    "reorder_components",
    "summarize",
]
