"""Factor: mixtures of factor analyzers, Sigma_k = Lambda_k Lambda_k^T + Psi_k with Psi_k diagonal.

With B_k = Lambda_k^T Sigma_k^-1 and G_k = I - B_k Lambda_k of the mixture before, and S_k the new
scatter divided by N_k (Ghahramani and Hinton 1996; McLachlan and Peel 2000, chapter 8), the
factors' second moments and the M-step are

    C_k = G_k + B_k S_k B_k^T
    Lambda_k = S_k B_k^T C_k^-1
    Psi_k = diag(S_k - Lambda_k B_k S_k)

Liu, Rubin and Wu (1998) let the factors' covariance be free in that step and give it to the
loadings, Lambda_k <- Lambda_k C_k^(1/2): at no cost, and with EM's promise, it takes fewer steps.
Loadings or noise can be shared by all components, and noise be equal for all features: the models
CCC to UUU of McNicholas and Murphy (2008). Those with isotropic noise are mixtures of probabilistic
principal component analyzers (Tipping and Bishop 1999).
"""

from dataclasses import dataclass, replace
from typing import Self, final

import numpy as np

from mixtura._linalg import transpose
from mixtura.covariance import LowRank, Storage
from mixtura.covariance.low_rank import with_signs
from mixtura.distribution import Mixture
from mixtura.errors import CollapsedComponentsError
from mixtura.family.base import Extent, Family
from mixtura.family.principal import LEAST_UNIQUE, directions, principal_loadings
from mixtura.moments import FULL, PROJECTED, Moments, Need, Projected
from mixtura.typing import ArrayK, ArrayKD, Float

MODELS = tuple(a + b + c for a in "CU" for b in "CU" for c in "CU")
"""Three letters, C for constrained and U for not: loadings, noise, and the noise of a component."""

LEAST_NOISE = 1e-10
"""The least share of a variance that is noise. With reg_covar, noise is at least that."""


@final
@dataclass(frozen=True)
class Factor(Family):
    """Loadings and noise, each private or shared; the noise of each feature, or of all alike.

    Attributes
    ----------
    n_factors : int, optional
        q; by default 1, and none where there is one feature.
    shared_loadings, shared_noise, isotropic : bool
    """

    n_factors: int | None = None
    shared_loadings: bool = False
    shared_noise: bool = False
    isotropic: bool = False
    need = PROJECTED
    layout = "factor"
    extent = Extent.IN_EACH

    def with_factors(self, n_factors: int | None, model: str) -> Self:
        """So many factors, and one of `MODELS`."""
        loadings, noise, features = (letter == "C" for letter in model)
        return replace(
            self,
            n_factors=n_factors,
            shared_loadings=loadings,
            shared_noise=noise,
            isotropic=features,
        )

    @property
    def is_shared(self) -> bool:
        """Whether all components have the same covariance."""
        return self.shared_loadings and self.shared_noise

    def n_factors_of(self, n_features: int) -> int:
        """q: fewer than there are features."""
        return min(1 if self.n_factors is None else self.n_factors, n_features - 1)

    def need_for(self, mixture: Mixture) -> Need:
        storage = mixture.storage
        if not isinstance(storage, LowRank) or not self._continues(storage):
            return self._directions(storage.variances())
        return Projected(storage.projections(), storage, self.is_shared, self.isotropic)

    def need_to_keep(self) -> Need:
        """All of S2_k: no projection of it tells another."""
        return FULL

    def stores(self, storage: Storage) -> bool:
        if not isinstance(storage, LowRank) or storage.shared != self.is_shared:
            return False
        noise = storage.noise_variances
        same_noise = bool((noise == noise[:1]).all()) or not self.shared_noise
        even_noise = bool((noise == noise[:, :1]).all()) or not self.isotropic
        return self._continues(storage) and same_noise and even_noise

    def need_to_begin(self, rough: Moments) -> Need:
        return self._directions(rough.variance_sums())

    def _directions(self, variances: ArrayKD) -> Need:
        if self.shared_loadings:
            variances = variances.mean(axis=0, keepdims=True)
        onto = directions(variances, self.n_factors_of(variances.shape[1]))
        return Projected(onto, None, self.is_shared, self.isotropic)

    def _continues(self, storage: LowRank) -> bool:
        """Whether a step from these covariances stays in the family."""
        if storage.n_factors != self.n_factors_of(storage.n_features):
            return False
        same_loadings = bool((storage.loadings == storage.loadings[:1]).all())
        return storage.shared if self.is_shared else same_loadings or not self.shared_loadings

    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        need = moments.need
        if not isinstance(need, Projected):
            assert previous is not None
            need = self.need_for(previous)
            assert isinstance(need, Projected)
            moments = replace(moments, scatter=need.of(moments.scatter), need=need)
        counts = moments.counts.sum(keepdims=True) if need.pooled else moments.counts
        scatter = moments.scatter.reshape(len(counts), -1, moments.n_features)
        means = scatter / counts[:, None, None]
        shares = counts / counts.sum()
        onto = need.onto(len(counts), moments.n_features)
        if need.source is None:
            loadings, noise = self._principal(onto, means[:, 1:], means[:, 0], shares)
            least = LEAST_UNIQUE * self._as_noise(means[:, 0], shares)
        else:
            loadings, noise = self._step(need.source, onto, means[:, 1:], means[:, 0], shares)
            least = np.minimum(
                LEAST_NOISE * self._as_noise(means[:, 0], shares), need.source.noise_variances
            )
            self._check(noise, least, loadings.shape[2], moments)
        added = self._as_noise(np.broadcast_to(moments.reg_covar, noise.shape), shares)
        return self._stored(loadings, np.maximum(noise, np.where(added > 0, added, least)))

    def _check(self, noise: ArrayKD, least: ArrayKD, q: int, moments: Moments) -> None:
        """More features without noise than factors: their covariance is singular."""
        if np.min(moments.reg_covar) == 0:
            collapsed = (np.logical_not(noise > least)).sum(axis=1) > q
            if collapsed.any():
                raise CollapsedComponentsError(
                    np.broadcast_to(collapsed, moments.counts.shape).copy()
                )

    def _principal(
        self, onto: Float, cross: Float, variances: ArrayKD, shares: ArrayK
    ) -> tuple[Float, ArrayKD]:
        """Where no factors are known yet: principal axes."""
        d = variances.shape[1]
        q = self.n_factors_of(d) if onto.shape[1] else 0
        if self.shared_loadings:
            pooled = shares @ cross.reshape(len(shares), -1), shares @ variances
            loadings = principal_loadings(onto[0], pooled[0].reshape(-1, d), pooled[1], q)[None]
            loadings = np.repeat(loadings, len(shares), axis=0)
        else:
            each = zip(onto, cross, variances, strict=True)
            loadings = np.stack([principal_loadings(*one, q) for one in each])
        return loadings, self._as_noise(variances - (loadings**2).sum(axis=2), shares)

    def _step(
        self, source: LowRank, onto: Float, cross: Float, variances: ArrayKD, shares: ArrayK
    ) -> tuple[Float, ArrayKD]:
        """The EM step from known factors, with cross = B S."""
        core = cross @ transpose(onto)
        second = source.factor_covariances() + (core + transpose(core)) / 2
        covariance = second
        if self.shared_loadings and not self.is_shared:
            loadings = self._common(source, cross, second, shares)
            covariance = np.einsum("k,kqr->qr", shares, second)[None]
        else:
            loadings = transpose(np.asarray(np.linalg.solve(second, cross)))
        explained = 2 * transpose(cross) - loadings @ second
        noise = variances - np.einsum("kiq,kiq->ki", loadings, explained)
        return loadings @ np.linalg.cholesky(covariance), self._as_noise(noise, shares)

    def _common(self, source: LowRank, cross: Float, second: Float, shares: ArrayK) -> Float:
        """Loadings that all components share, given their noise: one regression a feature."""
        precisions = shares[:, None] / source.noise_variances
        left = np.einsum("kj,kqr->jqr", precisions, second)
        right = np.einsum("kj,kqj->jq", precisions, cross)
        loadings = np.linalg.solve(left, right[:, :, None])[:, :, 0]
        return np.repeat(loadings[None], len(shares), axis=0)

    def _as_noise(self, variances: ArrayKD, shares: ArrayK) -> ArrayKD:
        """Noise of each component and feature, made equal where it must be."""
        if self.isotropic:
            variances = np.repeat(variances.mean(axis=1, keepdims=True), variances.shape[1], axis=1)
        if self.shared_noise:
            variances = np.repeat((shares @ variances)[None], len(shares), axis=0)
        return np.asarray(variances)

    def _stored(self, loadings: Float, noise: ArrayKD) -> LowRank:
        """With the factors turned so that Lambda^T Psi^-1 Lambda is diagonal, and falls."""
        storage = LowRank(loadings, noise, shared=self.is_shared)
        if self.shared_loadings and not self.is_shared:
            return storage
        rotations = transpose(storage.whitened[2])
        return LowRank(with_signs(loadings @ rotations), noise, shared=self.is_shared)

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        """Loadings count without their rotation, d q - q (q - 1) / 2."""
        q = self.n_factors_of(n_features)
        of_loadings = n_features * q - q * (q - 1) // 2
        of_noise = 1 if self.isotropic else n_features
        most = n_features * (n_features + 1) // 2
        if self.is_shared:
            return min(of_loadings + of_noise, most)
        n_loadings = of_loadings * (1 if self.shared_loadings else n_components)
        n_noise = of_noise * (1 if self.shared_noise else n_components)
        return min(n_loadings + n_noise, n_components * most)
