"""Starts from a hierarchy: one tree of merges has a partition for every number of clusters.

Its leaves are the distinct rows of a sample, and a row that is there several times, or has a sample
weight, is a leaf of that weight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeAlias

import numpy as np

from mixtura.data.sample import Sample, draw_sample
from mixtura.em.start.coordinates import PRINCIPAL, SCALED, WHITENED, coordinates
from mixtura.em.start.labelled import Labelled
from mixtura.em.start.model_based import model_based_merges
from mixtura.em.start.tree import cut
from mixtura.em.start.ward import ward_merges
from mixtura.typing import Float, HostN, HostND, Indices

MOST_ROWS = 2000
"""Time and memory grow by the square of it; mclust draws as many."""

MOST_AXES = 16
"""Of principal coordinates, those along which rows spread most, have shapes that are looked at."""

Merges: TypeAlias = Callable[[HostND, Float], Indices]
"""(distinct rows, weights) -> the pairs that are merged, (n - 1, 2)."""


def _ward(power: float, rows: HostND, weights: Float) -> Indices:
    return ward_merges(coordinates(rows, weights, power), weights)


def _model_based(rows: HostND, weights: Float) -> Indices:
    return model_based_merges(coordinates(rows, weights, PRINCIPAL)[:, -MOST_AXES:], weights)


KINDS: dict[str, Merges] = {
    "model-based": _model_based,
    "Ward, scaled": partial(_ward, SCALED),
    "Ward, whitened": partial(_ward, WHITENED),
    "Ward, principal": partial(_ward, PRINCIPAL),
}
"""By name: none knows the features' units."""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Partitions of a sample of rows, each within the next coarser one.

    Attributes
    ----------
    sample : Sample
        Which rows.
    leaves : ndarray of shape (m,)
        The leaf of each of them, from 0 to the number of distinct rows.
    merges : ndarray of shape (n_leaves - 1, 2)
        In order; each names two clusters by leaves that are in them.
    """

    sample: Sample
    leaves: Indices
    merges: Indices

    @classmethod
    def of(
        cls,
        rows: HostND,
        weights: HostN | None,
        rng: np.random.RandomState,
        kind: str = "model-based",
        most_rows: int = MOST_ROWS,
    ) -> Self:
        """The hierarchy of rows.

        Parameters
        ----------
        rows : ndarray of shape (n, d)
            NaN where entries are missing.
        weights : ndarray of shape (n,) or None
            Sample weights; rows of none are no part of it.
        rng : RandomState
            Draws a sample where there are more rows than `most_rows`.
        kind : str, default="model-based"
            One of `KINDS`.
        most_rows : int, default=2000
        """
        sample = draw_sample(len(rows), weights, most_rows, rng)
        drawn = rows[sample.indices]
        comparable = np.where(np.isnan(drawn), np.inf, drawn)  # NaN is not equal to itself
        _, first, leaves = np.unique(comparable, axis=0, return_index=True, return_inverse=True)
        merges = KINDS[kind](
            drawn[first], np.asarray(np.bincount(leaves, sample.weights), np.float64)
        )
        return cls(sample, leaves, merges)

    @property
    def n_leaves(self) -> int:
        """The number of distinct rows, which is the largest of clusters."""
        return len(self.merges) + 1

    def labels(self, n_clusters: int) -> Indices:
        """The cluster of each row of the sample, shape (m,).

        Raises
        ------
        ValueError
            Where there are fewer distinct rows.
        """
        if n_clusters > self.n_leaves:
            raise ValueError(f"{self.n_leaves} distinct rows make no {n_clusters} clusters.")
        return np.asarray(cut(self.merges, self.n_leaves, n_clusters)[self.leaves])

    def labelled(self, n_components: int) -> Labelled:
        """As many clusters; where distinct rows are fewer, each is one."""
        self.sample.check_enough(n_components)
        return Labelled(self.sample, self.labels(min(n_components, self.n_leaves)))


def hierarchical(
    rows: HostND,
    n_components: int,
    rng: np.random.RandomState,
    weights: HostN | None,
) -> Labelled:
    """The clusters of the model-based hierarchy."""
    most_rows = max(MOST_ROWS, 2 * n_components)
    return Hierarchy.of(rows, weights, rng, most_rows=most_rows).labelled(n_components)
