"""Which second moments a family needs, so that nothing more is summed.

A need is a bilinear form: `outer(a, b)` of two vectors per component gives what that need keeps of
a b^T. Scatters, their shifts to other centres and diagonals are all written with it.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import numpy as np

from mixtura._array import namespace
from mixtura._linalg import TINY, from_triangles, identity, triangles
from mixtura.typing import AnyArray, AnyKND, AnyNK, ArrayD, ArrayK, ArrayKD, Float, Indices


class Need(ABC):
    """What is kept of the second moments.

    Attributes
    ----------
    name : str
    pooled : bool
        Whether components are summed up.
    """

    name: ClassVar[str]
    pooled: bool = False

    def onto(self, n_components: int, n_features: int) -> Float | None:
        """Projections (K, q, d) that the sums are taken of, if they are of any."""
        return None

    def kept(self, scatter: Float) -> Float:
        """What is kept of the scatters of single components, as the kernel sums them."""
        return scatter

    def packed(self, scatter: Float) -> Float:
        """What there is to send of a scatter."""
        return scatter

    def unpacked(self, packed: Float) -> Float:
        """The scatter that was sent."""
        return packed

    def adds_to(self, other: "Need") -> bool:
        """Whether scatters of both needs can be added."""
        return self is other

    def some(self, components: Indices) -> "Need":
        """The need of some of the components."""
        return self

    def among(self, scatter: Float, components: Indices, n_components: int) -> Float:
        """The scatter of some components as that of all, 0 for the others."""
        if self.pooled:
            return scatter
        of_all = np.zeros((n_components, *scatter.shape[1:]))
        of_all[components] = scatter
        return of_all

    def halved(self, scatter: Float, heaviest: int, component: int) -> tuple["Need", Float]:
        """The need and the scatter of two components that share the heaviest one's rows."""
        halves = np.array(scatter)
        if not self.pooled:
            halves[[heaviest, component]] = scatter[heaviest] / 2
        return self, halves

    @abstractmethod
    def scatter(self, residuals: AnyKND, responsibilities: AnyNK) -> AnyArray:
        """sum_i r_ik y_ik y_ik^T, from residuals (K, n, d) in any array library."""

    @abstractmethod
    def outer(self, a: ArrayKD, b: ArrayKD) -> Float:
        """What is kept of a_k b_k^T + b_k a_k^T, halved."""

    @abstractmethod
    def diagonal(self, variances: ArrayKD) -> Float:
        """What is kept of the matrices with these diagonals."""

    @final
    def spread(self, vectors: Float, scales: ArrayK) -> Float:
        """What is kept of scales_k sum_i a_i a_i^T, for vectors a_i of shape (m, d)."""
        residuals = np.broadcast_to(vectors, (len(scales), *vectors.shape))
        times = np.broadcast_to(scales, (len(vectors), len(scales)))
        return np.asarray(self.scatter(residuals, times))

    @abstractmethod
    def variance_sums(self, scatter: Float, n_features: int) -> Float:
        """The diagonals of a scatter, (K, d), or (1, d) where components are pooled.

        Where only the trace is kept, it is spread evenly.
        """

    @abstractmethod
    def longest_axis(self, scatter: Float, component: int, scales: ArrayD) -> ArrayD:
        """The longest axis of a component's scatter S once feature j is multiplied by scales_j.

        It is the vector s, in the features' own units, with s s^T = S a a^T S / (a^T S a), where
        a_j = scales_j v_j and v is the first principal axis: as long as the scatter along it is.
        Without any scatter it is 0.
        """


class Named(Need):
    """A need that there is one of, in every process."""

    @final
    def __reduce__(self) -> str:
        """The name of the constant that it is."""
        return self.name.upper()


class Full(Named):
    """S2_k, shape (K, d, d)."""

    name = "full"

    def packed(self, scatter: Float) -> Float:
        return triangles(scatter)

    def unpacked(self, packed: Float) -> Float:
        return from_triangles(packed, symmetric=True)

    def scatter(self, residuals: AnyKND, responsibilities: AnyNK) -> AnyArray:
        xp = namespace(residuals)
        weighted = residuals * responsibilities.T[:, :, None]
        product = xp.matmul(xp.permute_dims(weighted, (0, 2, 1)), residuals)
        return (product + xp.permute_dims(product, (0, 2, 1))) / 2  # symmetric to the last bit

    def outer(self, a: ArrayKD, b: ArrayKD) -> Float:
        product = a[:, :, None] * b[:, None, :]
        return (product + product.swapaxes(1, 2)) / 2

    def diagonal(self, variances: ArrayKD) -> Float:
        return variances[:, :, None] * identity(variances.shape[1])

    def variance_sums(self, scatter: Float, n_features: int) -> Float:
        return scatter.diagonal(0, 1, 2)

    def longest_axis(self, scatter: Float, component: int, scales: ArrayD) -> ArrayD:
        own = scatter[component]
        _, axes = np.linalg.eigh(own * np.outer(scales, scales))
        direction = scales * axes[:, -1]
        return along(direction, own @ direction)


class Pooled(Named):
    """sum_k S2_k, shape (d, d)."""

    name = "pooled"
    pooled = True

    def packed(self, scatter: Float) -> Float:
        return triangles(scatter)

    def unpacked(self, packed: Float) -> Float:
        return from_triangles(packed, symmetric=True)

    def scatter(self, residuals: AnyKND, responsibilities: AnyNK) -> AnyArray:
        return namespace(residuals).sum(FULL.scatter(residuals, responsibilities), axis=0)

    def outer(self, a: ArrayKD, b: ArrayKD) -> Float:
        return np.asarray(FULL.outer(a, b).sum(axis=0))

    def diagonal(self, variances: ArrayKD) -> Float:
        return np.asarray(variances.sum(axis=0) * identity(variances.shape[1]))

    def variance_sums(self, scatter: Float, n_features: int) -> Float:
        return scatter.diagonal()[None]

    def longest_axis(self, scatter: Float, component: int, scales: ArrayD) -> ArrayD:
        return FULL.longest_axis(scatter[None], 0, scales)


class Diagonal(Named):
    """The diagonals of S2_k, shape (K, d)."""

    name = "diagonal"

    def scatter(self, residuals: AnyKND, responsibilities: AnyNK) -> AnyArray:
        xp = namespace(residuals)
        return xp.matmul(responsibilities.T[:, None, :], residuals * residuals)[:, 0, :]

    def outer(self, a: ArrayKD, b: ArrayKD) -> Float:
        return a * b

    def diagonal(self, variances: ArrayKD) -> Float:
        return variances

    def variance_sums(self, scatter: Float, n_features: int) -> Float:
        return scatter

    def longest_axis(self, scatter: Float, component: int, scales: ArrayD) -> ArrayD:
        lengths = scatter[component] * scales**2
        # Of one component alone all are 1 in units of all rows, but for rounding: then the first.
        feature = int((lengths >= (1 - 1e-9) * lengths.max()).argmax())
        return np.asarray(np.sqrt(scatter[component, feature]) * np.eye(len(scales))[feature])


class Trace(Named):
    """The traces of S2_k, shape (K,)."""

    name = "trace"

    def scatter(self, residuals: AnyKND, responsibilities: AnyNK) -> AnyArray:
        return namespace(residuals).sum(DIAGONAL.scatter(residuals, responsibilities), axis=1)

    def outer(self, a: ArrayKD, b: ArrayKD) -> Float:
        return np.asarray((a * b).sum(axis=1))

    def diagonal(self, variances: ArrayKD) -> Float:
        return np.asarray(variances.sum(axis=1))

    def variance_sums(self, scatter: Float, n_features: int) -> Float:
        return np.repeat(scatter[:, None] / n_features, n_features, axis=1)

    def longest_axis(self, scatter: Float, component: int, scales: ArrayD) -> ArrayD:
        return np.asarray(np.sqrt(scatter[component] / len(scales)) * np.eye(len(scales))[0])


def along(direction: ArrayD, reach: ArrayD) -> ArrayD:
    """The vector s with s s^T = S a a^T S / (a^T S a), from a and S a; 0 where S a is."""
    return np.asarray(reach / np.sqrt(max(float(direction @ reach), TINY)))


FULL = Full()
POOLED = Pooled()
DIAGONAL = Diagonal()
TRACE = Trace()
