"""How many components, and how sure: what is asked of fits beside and after each other.

`merging.py` merges components into clusters by entropy and `reduction.py` into fewer components by
moments, `likelihood_ratio.py` tests K components against K + 1, and `resampling.py` tells standard
errors and intervals. Replicates of a fit run in parallel in `replicates.py`.
"""

from mixtura.selection.clusters import MergedClusters
from mixtura.selection.likelihood_ratio import bootstrap_test
from mixtura.selection.merging import merge_clusters
from mixtura.selection.ratios import BootstrapTest, LikelihoodRatioTest
from mixtura.selection.reduction import reduce_mixture
from mixtura.selection.resampling import bootstrap
from mixtura.selection.uncertainty import Bootstrap, Parameters
from mixtura.selection.watching import ReplicateWatcher, watching_replicates

__all__ = [
    "Bootstrap",
    "BootstrapTest",
    "LikelihoodRatioTest",
    "MergedClusters",
    "Parameters",
    "ReplicateWatcher",
    "bootstrap",
    "bootstrap_test",
    "merge_clusters",
    "reduce_mixture",
    "watching_replicates",
]
