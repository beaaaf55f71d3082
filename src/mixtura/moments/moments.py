"""WHAT is summed: the moments of the rows about a centre for each component.

With responsibilities r_ik, sample weights w_i and centres c_k,

    N_k  = sum_i w_i r_ik
    S1_k = sum_i w_i r_ik (x_i - c_k)
    S2_k = sum_i w_i r_ik (x_i - c_k)(x_i - c_k)^T      as much of it as the family needs.

The centres are the means of the mixture that made the responsibilities, so that moments of blocks
add exactly and stably: the new covariance is S2/N - d d^T with d = S1/N small. Raw second moments
(c = 0) lose all digits where the data lie far from the origin (Chan, Golub and LeVeque 1983).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mixtura._linalg import TINY
from mixtura.moments.need import Need
from mixtura.typing import ArrayD, ArrayK, ArrayKD, Float


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over rows that `+` adds.

    Attributes
    ----------
    counts : ndarray of shape (K,)
        N_k.
    sums : ndarray of shape (K, d)
        S1_k.
    scatter : ndarray
        S2_k, in the form of `need`.
    centres : ndarray of shape (K, d)
        c_k.
    need : Need
        Which part of the second moments is kept.
    total_weight : float
        sum_i w_i.
    log_likelihood : float
        sum_i w_i log p(x_i) under the mixture that made the responsibilities.
    reg_covar : float or ndarray of shape (d,)
        What has been added to the variances.
    """

    counts: ArrayK
    sums: ArrayKD
    scatter: Float
    centres: ArrayKD
    need: Need
    total_weight: float
    log_likelihood: float
    reg_covar: float | ArrayD = 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process they are the same; what is symmetric is sent once."""
        return _sent, (
            self.need.packed(self.scatter),
            self.counts,
            self.sums,
            self.centres,
            self.need,
            self.total_weight,
            self.log_likelihood,
            self.reg_covar,
        )

    def __add__(self, other: "Moments") -> "Moments":
        if not self.need.adds_to(other.need) or not np.array_equal(self.centres, other.centres):
            raise ValueError("Moments about different centres do not add; move one with about().")
        return replace(
            self,
            counts=self.counts + other.counts,
            sums=self.sums + other.sums,
            scatter=self.scatter + other.scatter,
            total_weight=self.total_weight + other.total_weight,
            log_likelihood=self.log_likelihood + other.log_likelihood,
        )

    def scaled(self, factor: float) -> "Moments":
        """The moments of the same rows with `factor` times their weight."""
        return replace(
            self,
            counts=factor * self.counts,
            sums=factor * self.sums,
            scatter=factor * self.scatter,
            total_weight=factor * self.total_weight,
            log_likelihood=factor * self.log_likelihood,
        )

    @property
    def n_features(self) -> int:
        """d."""
        n_features: int = self.centres.shape[1]
        return n_features

    @property
    def mean_log_likelihood(self) -> float:
        """The log-likelihood per unit of weight."""
        return self.log_likelihood / self.total_weight

    def means(self) -> ArrayKD:
        """c_k + S1_k / N_k; the centre itself for a component without rows."""
        return self.centres + self._steps()

    def _steps(self) -> ArrayKD:
        """S1_k / N_k; 0 for a component without rows, whose sums are 0."""
        return self.sums / np.maximum(self.counts, TINY)[:, None]

    def about(self, centres: ArrayKD) -> "Moments":
        """The same moments about other centres.

        With d = c' - c: S1' = S1 - N d and S2' = S2 - S1 d^T - d S1^T + N d d^T.
        """
        shift = centres - self.centres
        moved = self.counts[:, None] * shift
        return Moments(
            counts=self.counts,
            sums=self.sums - moved,
            scatter=self.scatter + self.need.outer(moved - 2 * self.sums, shift),
            centres=centres,
            need=self.need,
            total_weight=self.total_weight,
            log_likelihood=self.log_likelihood,
            reg_covar=self.reg_covar,
        )

    @cached_property
    def centred(self) -> "Moments":
        """The same moments about their means.

        With d = S1 / N: S1' = 0 and S2' = S2 - N d d^T.
        """
        step = self._steps()
        return Moments(
            counts=self.counts,
            sums=np.zeros(self.sums.shape),
            scatter=self.scatter - self.need.outer(self.sums, step),
            centres=self.centres + step,
            need=self.need,
            total_weight=self.total_weight,
            log_likelihood=self.log_likelihood,
            reg_covar=self.reg_covar,
        )

    def variance_sums(self) -> Float:
        """The diagonals of the scatter, (K, d), or (1, d) where components are pooled."""
        return self.need.variance_sums(self.scatter, self.n_features)

    def regularized(self, reg_covar: float | ArrayD) -> "Moments":
        """S2_k + N_k diag(reg_covar), which adds reg_covar to every variance in every family.

        It is a number, or one for each feature, shape (d,).
        """
        if not np.any(reg_covar):
            return self
        addend = self.need.diagonal(self.counts[:, None] * np.full(self.n_features, reg_covar))
        return Moments(
            counts=self.counts,
            sums=self.sums,
            scatter=self.scatter + addend,
            centres=self.centres,
            need=self.need,
            total_weight=self.total_weight,
            log_likelihood=self.log_likelihood,
            reg_covar=self.reg_covar + reg_covar,
        )

    def poorly_centred(self) -> bool:
        """Whether the means moved so far that S2/N - d d^T cancels more than four digits.

        That happens where a fit begins from means far away from the rows.
        """
        before = self.variance_sums()
        after = self.centred.variance_sums()
        return bool((before > 1e4 * after).any())


def _sent(packed: Float, counts: ArrayK, sums: ArrayKD, *others: Any) -> Moments:
    _, need, *_ = others
    return Moments(counts, sums, need.unpacked(packed), *others)


def moments_from(
    sums: tuple[ArrayK, ArrayKD, Float, float], centres: ArrayKD, need: Need
) -> Moments:
    """The moments of counts, sums, scatter and log-likelihood about these centres."""
    counts, first, scatter, log_likelihood = sums
    return Moments(
        counts=counts,
        sums=first,
        scatter=scatter,
        centres=centres,
        need=need,
        total_weight=float(counts.sum()),
        log_likelihood=log_likelihood,
    )
