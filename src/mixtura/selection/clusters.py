"""What components merged into clusters answer: entropies, the tree, labels for any number."""

from dataclasses import dataclass
from operator import index

import numpy as np

from mixtura._array import bring, namespace
from mixtura.distribution import Mixture
from mixtura.selection.elbow import Elbow, elbow_of
from mixtura.typing import AnyArray, AnyN, AnyNK, Float


@dataclass(frozen=True, eq=False)
class MergedClusters:
    """The components of a mixture merged into K, K - 1, ..., 1 clusters.

    Clusters are numbered by the first component that they have.

    Attributes
    ----------
    mixture : Mixture
    entropies : ndarray of shape (K,)
        What is not known of the labels, in nats: entropies[k - 1] with k clusters.
    merged_weights : ndarray of shape (K - 1,)
        The rows, by their weights, whose label was one of the two clusters that were merged:
        merged_weights[k - 1] in the step from k + 1 clusters to k.
    tree : ndarray of shape (K - 1, 4)
        A linkage matrix as SciPy's `dendrogram` takes it. Each row is a merge: two clusters
        (K + m is that of row m), by how much the entropy has fallen since K, and how many
        components are together.
    n_clusters : int
        The number of clusters that the elbow of the entropies says.
    """

    mixture: Mixture
    entropies: Float
    merged_weights: Float
    tree: Float
    n_clusters: int

    def components(self, n_clusters: int | None = None) -> tuple[tuple[int, ...], ...]:
        """The components of each cluster.

        Parameters
        ----------
        n_clusters : int, optional
            From 1 to K; by default what the elbow says.
        """
        n_components = self.mixture.n_components
        n_left = self.n_clusters if n_clusters is None else index(n_clusters)
        if not 1 <= n_left <= n_components:
            raise ValueError(
                f"n_clusters must be from 1 to {n_components}, the number of components, but it is "
                f"{n_clusters}."
            )
        nodes: dict[int, tuple[int, ...]] = {k: (k,) for k in range(n_components)}
        for step in range(n_components - n_left):
            first, second = self.tree[step, :2].astype(int)
            nodes[n_components + step] = tuple(sorted(nodes.pop(first) + nodes.pop(second)))
        return tuple(sorted(nodes.values()))

    def predict(self, X: AnyArray, n_clusters: int | None = None) -> AnyN:
        """The most probable cluster of each row, which may not be that of its component.

        Parameters
        ----------
        X : array-like of shape (n, d)
        n_clusters : int, optional
            From 1 to K; by default what the elbow says.

        Returns
        -------
        labels : array of shape (n,)
        """
        probabilities = self.predict_proba(X, n_clusters)
        return namespace(probabilities).argmax(probabilities, axis=1)

    def predict_proba(self, X: AnyArray, n_clusters: int | None = None) -> AnyNK:
        """The probability of each cluster for each row: its components' responsibilities, summed.

        Returns
        -------
        probabilities : array of shape (n, n_clusters)
        """
        clusters = self.components(n_clusters)
        is_in = np.zeros((self.mixture.n_components, len(clusters)))
        for cluster, components in enumerate(clusters):
            is_in[list(components), cluster] = 1
        responsibilities = self.mixture.responsibilities(X)
        return responsibilities @ bring(is_in, responsibilities)

    def curve(self, *, normalized: bool = False) -> tuple[Float, Float]:
        """The entropies from K clusters to 1, in y, and what they are drawn against, in x.

        x is the number of clusters, or with `normalized` how many rows have been merged so far.
        Merging large clusters lowers the entropy more than merging small ones; against the rows
        merged it falls by what each of them gained.
        """
        k = np.arange(len(self.entropies), 0, -1)
        rows = np.concatenate([[0.0], np.cumsum(self.merged_weights[::-1])])
        return rows if normalized else k.astype(np.float64), self.entropies[::-1]

    def elbow(self, *, normalized: bool = False) -> Elbow:
        """The elbow of the curve, with the lines on both sides of it.

        Parameters
        ----------
        normalized : bool, default=False
            Whether against how many rows have been merged, instead of the number of clusters.

        Returns
        -------
        elbow : Elbow
            With K - elbow.index clusters.

        Raises
        ------
        ValueError
            With fewer than three components.
        """
        return elbow_of(*self.curve(normalized=normalized))

    def __repr__(self) -> str:
        return (
            f"MergedClusters({self.mixture.n_components} components in {self.n_clusters} clusters)"
        )
