"""Few factors and independent noise: Sigma_k = Lambda_k Lambda_k^T + Psi_k.

In units of the noise, Psi^-1/2 Lambda = U D V^T with U of q orthonormal columns, so that with
u = Psi^-1/2 y and t = U^T u

    y^T Sigma^-1 y = |u - U t|^2 + sum_r t_r^2 / (1 + D_r^2)        (Woodbury 1950)
    log |Sigma|    = sum_j log Psi_j + sum_r log (1 + D_r^2)        (matrix determinant lemma)

The distance is a sum of squares: Woodbury's own difference of two large numbers would cancel where
noise is small. Given y, the factors have mean B y with B = Lambda^T Sigma^-1 = V D (1 + D^2)^-1 U^T
Psi^-1/2 and covariance G = (I + Lambda^T Psi^-1 Lambda)^-1 = V (1 + D^2)^-1 V^T.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self, final

import numpy as np

from mixtura._array import bring, namespace
from mixtura._linalg import (
    cholesky,
    identity,
    inverse_cholesky,
    inverse_cholesky_of_precision,
    inverse_lower,
    transpose,
)
from mixtura.covariance.base import Features, Storage
from mixtura.typing import AnyND, AnyNK, ArrayK, ArrayKD, ArrayKDD, Float, RandomSource


@final
@dataclass(frozen=True, eq=False)
class LowRank(Storage):
    """Loadings of shape (K, d, q) and noise variances (K, d), or (1, d, q) and (1, d) shared.

    Attributes
    ----------
    loadings : ndarray of shape (K or 1, d, q)
        Lambda_k: the change of each feature with each factor.
    noise_variances : ndarray of shape (K or 1, d)
        The diagonal of Psi_k, positive.
    """

    kind: ClassVar[str] = "low_rank"
    loadings: Float
    noise_variances: ArrayKD
    shared: bool = False

    @property
    def covariances(self) -> ArrayKDD:  # type: ignore[override] # made, not kept
        """Sigma_k as matrices."""
        matrices = self.dense()
        matrices.flags.writeable = False
        return matrices

    @property
    def n_features(self) -> int:
        return int(self.loadings.shape[1])

    @property
    def n_factors(self) -> int:
        """q."""
        return int(self.loadings.shape[2])

    @staticmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        return n_components, n_features, n_features

    @classmethod
    def from_covariances(
        cls, covariances: Float, *, shared: bool, n_features: int, accurate: bool = False
    ) -> Self:
        """Any matrix has q = d - 1 factors beside the smallest eigenvalue of its correlations."""
        cholesky(covariances)  # tells which matrices have collapsed
        deviations = np.sqrt(covariances.diagonal(0, -2, -1))
        correlations = covariances / deviations[:, :, None] / deviations[:, None, :]
        lengths, axes = np.linalg.eigh((correlations + transpose(correlations)) / 2)
        noise, beyond = lengths[:, :1], lengths[:, 1:] - lengths[:, :1]
        loadings = deviations[:, :, None] * axes[:, :, 1:] * np.sqrt(beyond)[:, None, :]
        return cls(with_signs(loadings[:, :, ::-1]), noise * deviations**2, shared)

    @classmethod
    def from_precisions(cls, precisions: Float, *, shared: bool, n_features: int) -> Self:
        lower = inverse_lower(inverse_cholesky_of_precision(precisions))
        covariances = lower @ transpose(lower)
        return cls.from_covariances(covariances, shared=shared, n_features=n_features)

    def with_accurate_factors(self) -> Self:
        return self

    @cached_property
    def whitened(self) -> tuple[Float, Float, Float]:
        """U (K, d, m), D (K, m) and V^T (K, m, q) of Psi^-1/2 Lambda, with m = min(d, q)."""
        if self.n_factors == 0:
            n, d = self.noise_variances.shape
            return np.zeros((n, d, 0)), np.zeros((n, 0)), np.zeros((n, 0, 0))
        scaled = self.loadings / np.sqrt(self.noise_variances)[:, :, None]
        axes, lengths, rotations = np.linalg.svd(scaled, full_matrices=False)
        return axes, lengths, rotations

    def squared_distances(self, rows: AnyND, means: ArrayKD) -> AnyNK:
        xp = namespace(rows)
        axes, lengths, _ = self.whitened
        residuals = rows[None, :, :] - bring(means, rows)[:, None, :]
        scaled = residuals / bring(np.sqrt(self.noise_variances), rows)[:, None, :]
        along = xp.matmul(scaled, bring(axes, rows))
        across = scaled - xp.matmul(along, bring(transpose(axes), rows))
        shrunk = along / bring(np.sqrt(1 + lengths**2), rows)[:, None, :]
        return (xp.sum(across * across, axis=-1) + xp.sum(shrunk * shrunk, axis=-1)).T

    def log_det(self) -> ArrayK:
        lengths = self.whitened[1]
        noise = np.log(self.noise_variances).sum(axis=-1)
        return np.asarray(noise + np.log1p(lengths**2).sum(axis=-1))

    def projections(self) -> Float:
        """B_k = Lambda_k^T Sigma_k^-1, shape (K or 1, q, d): E[factors | y] = B_k y."""
        axes, lengths, rotations = self.whitened
        shrunk = transpose(rotations) * (lengths / (1 + lengths**2))[:, None, :]
        return np.asarray(shrunk @ transpose(axes) / np.sqrt(self.noise_variances)[:, None, :])

    def factor_covariances(self) -> Float:
        """G_k = (I + Lambda_k^T Psi_k^-1 Lambda_k)^-1, shape (K or 1, q, q)."""
        root = self.factor_roots()
        return np.asarray(root @ root)

    def factor_roots(self) -> Float:
        """The symmetric roots of G_k; factors that no feature shows keep their variance of 1."""
        _, lengths, rotations = self.whitened
        shown = transpose(rotations) / np.sqrt(1 + lengths**2)[:, None, :] @ rotations
        return np.asarray(shown + identity(self.n_factors) - transpose(rotations) @ rotations)

    def factors(self) -> Float:
        """-log|Sigma|/2 and Psi^-1/2, then 1/(1 + D_r^2) and U_r: (K or 1, 1 + m, 1 + d)."""
        axes, lengths, _ = self.whitened
        first = np.concatenate(
            [-0.5 * self.log_det()[:, None], 1 / np.sqrt(self.noise_variances)], axis=1
        )
        others = np.concatenate([1 / (1 + lengths**2)[:, :, None], transpose(axes)], axis=2)
        return np.concatenate([first[:, None, :], others], axis=1)

    def amplification(self) -> float:
        axes, _, _ = self.whitened
        errors = np.sqrt(self.variances() / self.noise_variances)[:, :, None]
        along = transpose(np.abs(axes)) @ errors
        return float((errors + np.abs(axes) @ along).max())

    def precisions(self) -> Float:
        axes, lengths, _ = self.whitened
        along = axes / np.sqrt(1 + lengths**2)[:, None, :]
        across = identity(self.n_features) - axes @ transpose(axes)
        scales = 1 / np.sqrt(self.noise_variances)
        product = across + along @ transpose(along)
        symmetric = (product + transpose(product)) / 2
        return np.asarray(scales[:, :, None] * symmetric * scales[:, None, :])

    def precision_factors(self) -> Float:
        return transpose(inverse_cholesky(self.dense()))

    def roots(self) -> Float:
        noise = np.sqrt(self.noise_variances)[:, :, None] * identity(self.n_features)
        return np.concatenate([self.loadings, noise], axis=-1)

    def variances(self) -> ArrayKD:
        return np.asarray(
            np.einsum("kiq,kiq->ki", self.loadings, self.loadings) + self.noise_variances
        )

    def dense(self) -> ArrayKDD:
        # Not a matrix product, whose sums depend on where in the matrix an entry stands.
        product: ArrayKDD = np.einsum("kiq,kjq->kij", self.loadings, self.loadings)
        diagonal = np.arange(self.n_features)
        product[:, diagonal, diagonal] = self.variances()
        return product

    def marginal(self, features: Features) -> Self:
        return type(self)(
            self.loadings[:, features], self.noise_variances[:, features], self.shared
        )

    def condition(self, kept: Features, given: Features) -> tuple[Float, Self]:
        """The factors given some features have covariance G, and act on the others as before."""
        known, own = self.marginal(given), self.marginal(kept)
        left_over = own.loadings @ known.factor_roots()
        storage = type(self)(left_over, own.noise_variances, self.shared)
        return own.loadings @ known.projections(), storage

    def draw(self, component: int, n: int, rng: RandomSource) -> Float:
        k = 0 if self.shared else component
        factors = rng.standard_normal(size=(n, self.n_factors))
        noise = rng.standard_normal(size=(n, self.n_features))
        return np.asarray(factors @ self.loadings[k].T + noise * np.sqrt(self.noise_variances[k]))


def with_signs(loadings: Float) -> Float:
    """The same factors, each pointing to where its largest loading is positive."""
    if loadings.shape[-1] == 0:
        return loadings
    largest = np.abs(loadings).argmax(axis=-2)[..., None, :]
    positive = np.take_along_axis(loadings, largest, axis=-2) >= 0
    return np.asarray(np.where(positive, loadings, -loadings))
