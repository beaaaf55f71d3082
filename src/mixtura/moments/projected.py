"""What factor analyzers need of the second moments: (q + 1) d numbers a component, never d^2.

With B_k the projection onto the factors of the current mixture, Lambda_k^T Sigma_k^-1, the EM step
of a factor analyzer sees the scatter S_k only as its diagonal and as B_k S_k; B_k S_k B_k^T follows
(Ghahramani and Hinton 1996). A start has no factors yet, and projects onto random directions.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from mixtura._array import bring, namespace
from mixtura.covariance import LowRank
from mixtura.moments.need import DIAGONAL, Need, along
from mixtura.typing import AnyArray, AnyKND, AnyNK, ArrayD, ArrayKD, ArrayKDD, Float, Indices


@final
@dataclass(frozen=True, eq=False)
class Projected(Need):
    """The diagonal of S2_k and B_k S2_k below it, shape (K, 1 + q, d), or (1 + q, d) pooled.

    Attributes
    ----------
    projections : ndarray of shape (K or 1, q, d), optional
        B_k; without them there is only the diagonal.
    source : LowRank, optional
        The covariances whose projections these are; without, they are mere directions.
    pooled : bool
    evenly : bool
        Whether variances are spread evenly over the features, as isotropic noise sees them.
    """

    name = "projected"
    projections: Float | None = None
    source: LowRank | None = None
    pooled: bool = False
    evenly: bool = False

    def onto(self, n_components: int, n_features: int) -> Float:
        """B_k of every component, shape (K, q, d)."""
        if self.projections is None:
            return np.zeros((n_components, 0, n_features))
        return np.broadcast_to(self.projections, (n_components, *self.projections.shape[1:]))

    def kept(self, scatter: Float) -> Float:
        return np.asarray(scatter.sum(axis=0)) if self.pooled else scatter

    def some(self, components: Indices) -> Need:
        if self.projections is None or len(self.projections) == 1:
            return self
        return replace(self, projections=self.projections[components], source=None)

    def adds_to(self, other: Need) -> bool:
        if self is other or not isinstance(other, Projected):
            return self is other
        same = np.array_equal(_or_empty(self.projections), _or_empty(other.projections))
        return same and (self.pooled, self.evenly) == (other.pooled, other.evenly)

    def scatter(self, residuals: AnyKND, responsibilities: AnyNK) -> AnyArray:
        xp = namespace(residuals)
        n_components, _, n_features = residuals.shape
        onto = bring(self.onto(n_components, n_features).swapaxes(1, 2), residuals)
        weighted = xp.matmul(residuals, onto) * responsibilities.T[:, :, None]
        cross = xp.matmul(xp.permute_dims(weighted, (0, 2, 1)), residuals)
        variances = DIAGONAL.scatter(residuals, responsibilities)[:, None, :]
        both = xp.concat([variances, cross], axis=1)
        return xp.sum(both, axis=0) if self.pooled else both

    def of(self, scatter: ArrayKDD) -> Float:
        """What is kept of scatters of which all is known, (K, d, d)."""
        cross = self.onto(*scatter.shape[:2]) @ scatter
        return self._kept(scatter.diagonal(0, 1, 2), cross)

    def outer(self, a: ArrayKD, b: ArrayKD) -> Float:
        onto = self.onto(*a.shape)
        cross = (onto @ a[:, :, None]) * b[:, None, :] + (onto @ b[:, :, None]) * a[:, None, :]
        return self._kept(a * b, cross / 2)

    def diagonal(self, variances: ArrayKD) -> Float:
        return self._kept(variances, self.onto(*variances.shape) * variances[:, None, :])

    def _kept(self, variances: ArrayKD, cross: Float) -> Float:
        both = np.concatenate([variances[:, None, :], cross], axis=1)
        return self.kept(both)

    def variance_sums(self, scatter: Float, n_features: int) -> Float:
        variances = scatter[None, 0] if self.pooled else scatter[:, 0]
        if not self.evenly:
            return np.asarray(variances)
        return np.repeat(variances.mean(axis=1, keepdims=True), n_features, axis=1)

    def longest_axis(self, scatter: Float, component: int, scales: ArrayD) -> ArrayD:
        """The longest that the projections see, S_hat = (B S)^T (B S B^T)^-1 (B S) <= S.

        Without projections, or where they see less than the average variance, the longest feature.
        """
        own = scatter if self.pooled else scatter[component]
        n_features = len(scales)
        onto = np.zeros((1, 0, n_features)) if self.projections is None else self.projections
        seen = seen_through(onto[component if len(onto) > 1 else 0], own[1:])
        axes, lengths, _ = np.linalg.svd(scales[:, None] * seen, full_matrices=False)
        if len(lengths) and lengths[0] ** 2 > (own[0] * scales**2).mean():
            direction = scales * axes[:, 0]
            return along(direction, seen @ (seen.T @ direction))
        return DIAGONAL.longest_axis(own[None, 0], 0, scales)

    def halved(self, scatter: Float, heaviest: int, component: int) -> tuple[Need, Float]:
        """The new half is projected as the other is, and comes from its covariance."""
        _, halves = super().halved(scatter, heaviest, component)
        need = self
        if not self.pooled and self.projections is not None and len(self.projections) > 1:
            source = self.source
            if source is not None and not source.shared:
                source = LowRank(
                    _with_copy(source.loadings, heaviest, component),
                    _with_copy(source.noise_variances, heaviest, component),
                )
            need = replace(
                self,
                projections=_with_copy(self.projections, heaviest, component),
                source=source,
            )
        return need, halves


PROJECTED = Projected()


def seen_through(projections: Float, cross: Float) -> Float:
    """F (d, m) with F F^T = (B S)^T (B S B^T)^-1 (B S), from B (m, d) and B S (m, d).

    The best that is known of S from B S (Nystrom 1930; Gittens and Mahoney 2016).
    """
    core = cross @ projections.T
    lengths, axes = np.linalg.eigh((core + core.T) / 2)
    kept = lengths > 1e-12 * max(lengths.max(initial=0), np.finfo(float).tiny)
    return np.asarray(cross.T @ (axes[:, kept] / np.sqrt(lengths[kept])))


def _or_empty(projections: Float | None) -> Float:
    return np.zeros((1, 0, 0)) if projections is None else projections


def _with_copy(values: Float, source: int, target: int) -> Float:
    copied = values.copy()
    copied[target] = values[source]
    return copied
