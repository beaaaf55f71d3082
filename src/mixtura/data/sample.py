"""A sample of rows, each drawn once, that stands for all: heavy rows are sure to be in it.

With w_i the sample weights and u_i uniform numbers, the m rows with the largest priorities
w_i / u_i are taken. With t the largest priority among the others, row i stands for max(w_i, t)
rows: any sum over all rows is estimated without bias. Of equal weights this draws all rows alike.

Duffield, N., Lund, C. and Thorup, M. (2007). Priority sampling for estimation of arbitrary subset
sums. Journal of the ACM 54, 32.
"""

from dataclasses import dataclass

import numpy as np

from mixtura.typing import Float, HostN, Indices, RandomSource


@dataclass(frozen=True, eq=False)
class Sample:
    """Some of the rows that have weight.

    Attributes
    ----------
    indices : ndarray of shape (m,)
        In ascending order.
    weights : ndarray of shape (m,)
        How many rows each stands for.
    """

    indices: Indices
    weights: Float

    def check_enough(self, n_clusters: int) -> None:
        """Refuse more clusters than rows."""
        n = len(self.indices)
        if n < n_clusters:
            raise ValueError(f"n_samples={n} should be >= n_clusters={n_clusters}.")


def draw_sample(n_rows: int, weights: HostN | None, most: int, rng: RandomSource) -> Sample:
    """At most so many of the rows; all that have weight where they are not more."""
    w = np.ones(n_rows) if weights is None else np.asarray(weights, dtype=np.float64)
    counted = np.flatnonzero(w > 0)
    if len(counted) <= most:
        return Sample(counted, w[counted])
    unit = w.max()  # quotients of the largest numbers would be infinite
    priorities = w[counted] / unit / (1 - rng.random(size=len(counted)))
    order = np.argpartition(-priorities, most)
    chosen = np.sort(counted[order[:most]])
    return Sample(chosen, np.maximum(w[chosen], unit * priorities[order[most]]))
