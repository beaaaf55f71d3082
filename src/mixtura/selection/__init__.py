"""How many components, which family, and how sure: fits beside and after each other.

`select.py` fills a table of fits that help each other and ranks it: `sweep.py` is their order,
`beginnings.py` where they begin, `problem.py` how EM runs in one, `criteria.py` and `held_out.py`
what they are compared by, and `frame.py` shows the table.

Of one fit, `merging.py` merges components into clusters by entropy and `reduction.py` into fewer
components by moments, `likelihood_ratio.py` tests K components against K + 1, and `resampling.py`
tells standard errors and intervals. Replicates of a fit run in parallel in `replicates.py`.
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
