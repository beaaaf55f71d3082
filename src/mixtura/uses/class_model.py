"""A mixture whose components belong to classes: which class a row comes from.

    p(x, c) = sum_{k in c} pi_k N(x | mu_k, Sigma_k)        p(c | x) = p(x, c)^(1/T) / sum_c' ...

One component a class is discriminant analysis, linear where all share their covariance and else
quadratic; with several it is MclustDA (Hastie and Tibshirani 1996; Fraley and Raftery 2002). The
temperature T is 1 unless probabilities were calibrated (`temperature.py`).

Hastie, T. and Tibshirani, R. (1996). Discriminant analysis by Gaussian mixtures. Journal of the
Royal Statistical Society B 58, 155-176.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from mixtura._linalg import logsumexp
from mixtura.covariance import Dense, Storage
from mixtura.distribution import Mixture, posterior
from mixtura.typing import ArrayK, Float, HostND, Indices


@dataclass(frozen=True, eq=False)
class ClassModel:
    """The joint distribution of rows and classes.

    Attributes
    ----------
    mixture : Mixture
        That of the rows.
    class_of : ndarray of shape (K,)
        The class of each component, in ascending order.
    temperature : float
        T.
    """

    mixture: Mixture
    class_of: Indices
    temperature: float = 1.0

    @classmethod
    def of(cls, mixtures: Sequence[Mixture], priors: ArrayK) -> Self:
        """Classes with these mixtures and prior probabilities."""
        weights = [prior * own.weights for prior, own in zip(priors, mixtures, strict=True)]
        means = np.concatenate([own.means for own in mixtures])
        joint = Mixture.of(np.concatenate(weights), means, _stacked(mixtures))
        return cls(joint, np.repeat(np.arange(len(mixtures)), [m.n_components for m in mixtures]))

    @cached_property
    def n_classes(self) -> int:
        """C."""
        return int(self.class_of[-1]) + 1

    @cached_property
    def priors(self) -> ArrayK:
        """p(c), shape (C,)."""
        return np.asarray(np.bincount(self.class_of, self.mixture.weights), dtype=np.float64)

    def of_class(self, c: int) -> Mixture:
        """p(x | c)."""
        own = self._part(c)
        return Mixture.of(own.weights / own.weights.sum(), own.means, own.storage)

    def log_joint(self, rows: HostND) -> Float:
        """log p(x_i, c), shape (n, C); missing entries are integrated out."""
        parts = [posterior.log_density(self._part(c), rows) for c in range(self.n_classes)]
        return np.stack(parts, axis=1).astype(np.float64)

    def log_posterior(self, rows: HostND) -> Float:
        """log p(c | x_i), shape (n, C)."""
        return log_posterior(self.log_joint(rows), self.temperature, self.priors)

    def at(self, temperature: float) -> Self:
        """The same with another temperature."""
        return replace(self, temperature=temperature)

    def _part(self, c: int) -> Mixture:
        """The components of a class, whose weights sum to its prior probability."""
        own = np.flatnonzero(self.class_of == c)
        storage = self.mixture.storage.select(own)
        return Mixture.of(self.mixture.weights[own], self.mixture.means[own], storage)


def log_posterior(log_joint: Float, temperature: float, priors: ArrayK) -> Float:
    """log p(c | x_i), shape (n, C), from log p(x_i, c).

    A row so far out that all densities underflow even as logarithms says nothing about the classes.
    """
    known = np.isfinite(log_joint.max(axis=1, keepdims=True))
    with np.errstate(divide="ignore"):  # a class may have the prior probability 0
        cooled = np.where(known, log_joint, np.log(priors)) / temperature
    return np.asarray(cooled - logsumexp(cooled)[:, None])


def _stacked(mixtures: Sequence[Mixture]) -> Storage:
    """The covariances of all components: as they are stored where that is alike, or else dense."""
    storages = [own.storage for own in mixtures]
    first = storages[0]
    alike = not any(each.shared for each in storages) and all(
        type(each) is type(first) and each.covariances.shape[1:] == first.covariances.shape[1:]
        for each in storages
    )
    if alike and not hasattr(first, "loadings"):
        return first.joined(*storages[1:])
    matrices = [
        np.broadcast_to(own.storage.dense(), (own.n_components, *own.storage.dense().shape[1:]))
        for own in mixtures
    ]
    return Dense.from_covariances(
        np.concatenate(matrices),
        shared=False,
        n_features=mixtures[0].n_features,
        accurate=True,
    )
