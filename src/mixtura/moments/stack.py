"""The moments of several mixtures under the same rows, kept as those of one large mixture.

Of R mixtures with K components each, mixture r has the components r K to (r + 1) K - 1. What is
done to every component alike is so done to those of all mixtures in one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mixtura import _kernel
from mixtura.distribution import Mixture
from mixtura.distribution.posterior import kernel_parameters
from mixtura.moments.moments import Moments
from mixtura.moments.need import Need
from mixtura.typing import ArrayD, ArrayK, Block, Float


@dataclass(frozen=True, eq=False)
class Stack:
    """Moments of R mixtures, which add and are regularized as those of one.

    Attributes
    ----------
    moments : Moments
        Of all R K components; their need is not pooled.
    total_weights : ndarray of shape (R,)
        sum_i w_i, as each of the mixtures counts it.
    log_likelihoods : ndarray of shape (R,)
        sum_i w_i log p(x_i) under each of the mixtures.
    """

    moments: Moments
    total_weights: Float
    log_likelihoods: Float

    @classmethod
    def of(cls, parts: Sequence[Moments]) -> Self:
        """The moments of several mixtures, one on top of the other."""
        moments = replace(
            parts[0],
            counts=np.concatenate([part.counts for part in parts]),
            sums=np.concatenate([part.sums for part in parts]),
            scatter=np.concatenate([part.scatter for part in parts]),
            centres=np.concatenate([part.centres for part in parts]),
            total_weight=sum(part.total_weight for part in parts),
            log_likelihood=sum(part.log_likelihood for part in parts),
        )
        return cls(
            moments,
            np.array([part.total_weight for part in parts]),
            np.array([part.log_likelihood for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.log_likelihoods)

    def __add__(self, other: "Stack") -> "Stack":
        return Stack(
            self.moments + other.moments,
            self.total_weights + other.total_weights,
            self.log_likelihoods + other.log_likelihoods,
        )

    def __getitem__(self, mixture: int) -> Moments:
        """The moments of one mixture."""
        return self.select([mixture]).moments

    def select(self, mixtures: Sequence[int] | NDArray[np.bool_]) -> "Stack":
        """The stack of some of the mixtures, by their indices or a mask."""

        def chosen(values: Float) -> Float:
            by_mixture = values.reshape(len(self), -1, *values.shape[1:])
            return by_mixture[mixtures].reshape(-1, *values.shape[1:])

        total_weights = self.total_weights[mixtures]
        log_likelihoods = self.log_likelihoods[mixtures]
        moments = replace(
            self.moments,
            counts=chosen(self.moments.counts),
            sums=chosen(self.moments.sums),
            scatter=chosen(self.moments.scatter),
            centres=chosen(self.moments.centres),
            total_weight=float(total_weights.sum()),
            log_likelihood=float(log_likelihoods.sum()),
        )
        return Stack(moments, total_weights, log_likelihoods)

    def regularized(self, reg_covar: float | ArrayD) -> "Stack":
        """S2_k + N_k diag(reg_covar) in all of them."""
        return replace(self, moments=self.moments.regularized(reg_covar))

    def shares(self) -> ArrayK:
        """pi_k = N_k / sum N with the sum over the components of a mixture, shape (R K,)."""
        counts = self.moments.counts.reshape(len(self), -1)
        return np.ravel(counts / counts.sum(axis=1, keepdims=True))

    def mean_log_likelihoods(self) -> Float:
        """The log-likelihoods per unit of weight, shape (R,)."""
        return self.log_likelihoods / self.total_weights

    def have(self, components: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which mixtures have any of these components (R K,), shape (R,)."""
        return np.asarray(components.reshape(len(self), -1).any(axis=1))


def expect_each(mixtures: Mixture, n_mixtures: int, need: Need, block: Block) -> Stack:
    """The E-step of mixtures whose parameters lie one after the other; rows are the kernel's.

    Responsibilities sum to 1 within each mixture, r_ik = pi_k N(x_i | mu_k, Sigma_k) / p(x_i) with
    p the density of the mixture that component k belongs to.
    """
    counts, sums, scatter, log_likelihoods = _kernel.expect_each(
        block.rows, block.weights, kernel_parameters(mixtures), n_mixtures, need.name
    )
    total_weights = counts.reshape(n_mixtures, -1).sum(axis=1)
    moments = Moments(
        counts=counts,
        sums=sums,
        scatter=scatter,
        centres=mixtures.means,
        need=need,
        total_weight=float(total_weights.sum()),
        log_likelihood=float(log_likelihoods.sum()),
    )
    return Stack(moments, total_weights, log_likelihoods)
