"""What is built on a fit."""

from mixtura.uses.calibration import Calibration, Tally, adjusted, check_reachable
from mixtura.uses.discriminant import Projection, discriminant_projection
from mixtura.uses.explanation import explain_rows
from mixtura.uses.highest_density import HighestDensityRegion, highest_density_region
from mixtura.uses.order import match_components, reorder_components
from mixtura.uses.overlap import overlap_matrix
from mixtura.uses.pooling import Pooled, pool_imputations
from mixtura.uses.segmentation import Segmentation
from mixtura.uses.summary import MixtureSummary, summarize
from mixtura.uses.typicality import log_typicality

__all__ = [
    "Calibration",
    "HighestDensityRegion",
    "MixtureSummary",
    "Pooled",
    "Projection",
    "Segmentation",
    "Tally",
    "adjusted",
    "check_reachable",
    "discriminant_projection",
    "explain_rows",
    "highest_density_region",
    "log_typicality",
    "match_components",
    "overlap_matrix",
    "pool_imputations",
    "reorder_components",
    "summarize",
]
