"""The conjugate prior of Fraley and Raftery (2007), as pseudo-moments.

    mu_k | Sigma_k ~ N(mu_P, Sigma_k / kappa)      Sigma_k ~ inverse Wishart(nu, Lambda)

and, where there are no correlations, an inverse gamma distribution (nu / 2, s / 2) for variances.
The logarithm of the prior's density has the form of a log-likelihood, so that its mode is the
family's own M-step of the moments with some added:

- kappa rows at mu_P, for the means;
- the scatter Lambda, and a count such that all powers of |Sigma_k| are counted, for covariances:
  nu + d + 1 rows for matrices, nu + 2 for variances of features, (nu + 2) / d for balls, and one
  more for the density of mu_k, which has its own |Sigma_k|;
- `weight_count` rows in each component, for the weights (a Dirichlet distribution).

Where all components share one covariance it has one prior; else each has its own. Fraley and
Raftery give these modes for VVV, EEE, VVI, EEI, VII and EII; families that share a part, as VEV
does, maximize the same product of priors by their own M-step.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mixtura.distribution import Mixture
from mixtura.family.base import Family
from mixtura.moments import DIAGONAL, FULL, POOLED, TRACE, Moments, Need
from mixtura.typing import ArrayD, ArrayDD, ArrayK

LARGEST = sys.float_info.max
"""A whole number may be more than any float."""

KIND_OF_NEED: Mapping[Need, str] = {
    FULL: "matrix",
    POOLED: "matrix",
    DIAGONAL: "variances",
    TRACE: "ball",
}


def has_prior(family: Family) -> bool:
    """Whether covariances of this family have a conjugate prior."""
    return family.need in KIND_OF_NEED


@dataclass(frozen=True, eq=False)
class Prior:
    """A conjugate prior for means and covariances (Fraley and Raftery 2007), and for weights.

    What is not given comes from the rows, so that the prior says little and in any units the same.

    Parameters
    ----------
    mean : array-like of shape (d,), optional
        mu_P; by default the mean of the rows.
    shrinkage : float, default=0.01
        kappa: as many rows at `mean` are added to each component; 0 leaves the means alone.
    dof : float, optional
        nu, the degrees of freedom; by default d + 2, the least for which covariances have a mean.
    scale : float or array-like of shape (d,) or (d, d), optional
        Lambda; by default the covariance of the rows over K^(2/d), so that K components share the
        volume. Covariances without correlations take its diagonal, and balls its mean.
    weight_count : float, default=0
        As many rows are added to each component where the weights are found.

    References
    ----------
    Fraley, C. and Raftery, A. E. (2007). Bayesian regularization for normal mixture estimation and
    model-based clustering. Journal of Classification 24, 155-181.

    Examples
    --------
    >>> import mixtura as mx
    >>> X = [[1], [2], [3], [9], [9], [9]]
    >>> gm = mx.GaussianMixture(2, prior=mx.Prior(shrinkage=0), reg_covar=0).fit(X)
    >>> bool(gm.covariances_.min() > 0.1)
    True
    """

    mean: ArrayLike | None = None
    shrinkage: float = 0.01
    dof: float | None = None
    scale: ArrayLike | None = None
    weight_count: float = 0.0

    def __post_init__(self) -> None:
        for name in ("shrinkage", "weight_count"):
            if not 0 <= getattr(self, name) <= LARGEST:
                raise ValueError(f"A prior's {name} must be finite and not negative.")
        if self.dof is not None and not 0 < self.dof <= LARGEST:
            raise ValueError("A prior's dof must be finite and positive.")

    def record(self) -> dict[str, Any]:
        """What a model file keeps."""
        return {
            "mean": None if self.mean is None else np.asarray(self.mean, dtype=float).tolist(),
            "shrinkage": float(self.shrinkage),
            "dof": None if self.dof is None else float(self.dof),
            "scale": None if self.scale is None else np.asarray(self.scale, dtype=float).tolist(),
            "weight_count": float(self.weight_count),
        }

    def checked_mean(self, n_features: int) -> ArrayD | None:
        """mu_P, shape (d,)."""
        if self.mean is None:
            return None
        mean = np.asarray(self.mean, dtype=np.float64)
        if mean.shape != (n_features,) or not np.isfinite(mean).all():
            raise ValueError(f"A prior's mean must be {n_features} finite numbers, not {mean}.")
        return mean

    def checked_scale(self, n_features: int) -> ArrayDD | None:
        """Lambda, shape (d, d)."""
        if self.scale is None:
            return None
        scale = np.asarray(self.scale, dtype=np.float64)
        if scale.ndim < 2 and scale.shape in {(), (n_features,)}:
            scale = scale * np.eye(n_features)
        if scale.shape != (n_features, n_features):
            raise ValueError(
                "A prior's scale must be a number, or have shape "
                f"({n_features},) or ({n_features}, {n_features}), not {scale.shape}."
            )
        if not (np.isfinite(scale).all() and np.allclose(scale, scale.T)):
            raise ValueError("A prior's scale must be finite and symmetric.")
        positive = np.diag(scale).min() > 0
        if not positive or np.linalg.eigvalsh(_correlations(scale)[0]).min() <= 0:
            raise ValueError("A prior's scale must be positive definite.")
        return scale


@dataclass(frozen=True, eq=False)
class Conjugate:
    """A prior with all its numbers, for one family, as pseudo-moments of each component.

    Attributes
    ----------
    mean : ndarray of shape (d,)
        mu_P.
    shrinkage : float
        kappa.
    count : float
        How many rows the covariances count beside their own.
    vectors : ndarray of shape (d, d)
        a_i with sum_i a_i a_i^T the scatter that they have beside their own.
    weight_count : float
    """

    mean: ArrayD
    shrinkage: float
    count: float
    vectors: ArrayDD
    weight_count: float

    @classmethod
    def of(
        cls, prior: Prior, family: Family, n_components: int, mean: ArrayD, scale: ArrayDD
    ) -> "Conjugate":
        """The prior of one family's components, with mu_P = `mean` and Lambda = `scale`."""
        d = len(mean)
        kind = KIND_OF_NEED[family.need]
        dof = d + 2 if prior.dof is None else prior.dof
        if kind == "matrix":
            count, matrix = dof + d + 1, scale
        elif kind == "variances":
            count, matrix = dof + 2, np.diag(np.diag(scale))
        else:
            count, matrix = (dof + 2) / d, np.trace(scale) / d**2 * np.eye(d)
        shared = family.n_covariance_parameters(2, d) == family.n_covariance_parameters(1, d)
        share = 1 / n_components if shared else 1.0
        correlations, deviations = _correlations(share * matrix)
        lengths, axes = np.linalg.eigh(correlations)
        vectors = np.sqrt(np.maximum(lengths, 0))[:, None] * axes.T * deviations
        return cls(mean, prior.shrinkage, share * count, vectors, prior.weight_count)

    def with_mean(self, moments: Moments) -> Moments:
        """The moments with kappa more rows at mu_P in each component."""
        away = self.mean - moments.centres
        return replace(
            moments,
            counts=moments.counts + self.shrinkage,
            sums=moments.sums + self.shrinkage * away,
            scatter=moments.scatter + moments.need.outer(self.shrinkage * away, away),
        )

    def with_covariance(self, moments: Moments, counts: ArrayK) -> Moments:
        """Moments about the means with Lambda more scatter, and the count that goes with it."""
        ones = np.ones(len(counts))
        return replace(
            moments,
            counts=counts + self._power,
            scatter=moments.scatter + moments.need.spread(self.vectors, ones),
        )

    def without(self, moments: Moments) -> Moments:
        """The moments of which a mixture is the mode, of those of which it is the likeliest.

        They are about its means: sum N_k stays, and its covariances are those of more rows, less
        what the prior adds.
        """
        need, total = moments.need, moments.counts.sum()
        more = len(moments.counts) * self.weight_count
        counts = (1 + more / total) * moments.counts - self.weight_count
        counts = np.maximum(counts, 0)
        filled = counts + self._power
        times = np.atleast_1d(filled.sum() / total) if need.pooled else filled / moments.counts
        times = times.reshape(-1, *[1] * (moments.scatter.ndim - 1))
        away = self.mean - moments.centres
        own = times * moments.scatter - need.outer(self.shrinkage * away, away)
        return replace(
            moments,
            counts=counts,
            sums=-self.shrinkage * away,
            scatter=own - need.spread(self.vectors, np.ones(len(counts))),
        )

    @property
    def _power(self) -> float:
        """How many roots of 1 / |Sigma_k| the density has."""
        return self.count + (self.shrinkage > 0)

    def log_density(self, mixture: Mixture) -> float:
        """The logarithm of the prior's density, up to a constant."""
        storage = mixture.storage
        log_det = np.broadcast_to(storage.log_det(), mixture.weights.shape)
        from_mean = storage.squared_distances(self.mean[None], mixture.means)[0]
        traces = storage.squared_distances(self.vectors, np.zeros_like(mixture.means)).sum(axis=0)
        of_components = self._power * log_det + self.shrinkage * from_mean + traces
        of_weights = self.weight_count * np.log(mixture.weights) if self.weight_count else 0.0
        return float(np.sum(of_weights - of_components / 2))


def _correlations(scatter: ArrayDD) -> tuple[ArrayDD, ArrayD]:
    """A scatter in units in which its diagonal is 1, and the roots of the diagonal.

    Eigenvalues are then exact to rounding whatever the units of the features; one that does not
    vary stays 0.
    """
    deviations = np.sqrt(np.diag(scatter))
    units = np.where(deviations > 0, deviations, 1.0)
    return scatter / np.outer(units, units), deviations
