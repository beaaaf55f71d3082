"""WHAT a mixture is: an immutable value, closed under marginals, conditionals and merging.

It knows densities, responsibilities and draws, and nothing of fitting. Randomness is an argument.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, Self, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixtura import _kernel
from mixtura._array import namespace, row_ranges, rows_per_block
from mixtura.covariance import LAYOUTS, Storage, layout_name
from mixtura.distribution import information, missing, posterior, univariate
from mixtura.distribution.as_one import as_one
from mixtura.distribution.checks import (
    as_random_source,
    check_covariances,
    check_factors,
    check_feature_names,
    check_means,
    check_rows,
    check_weights,
    feature_indices,
)
from mixtura.typing import (
    AnyArray,
    AnyN,
    AnyNK,
    ArrayD,
    ArrayDD,
    ArrayK,
    ArrayKD,
    ArrayKDD,
    Float,
    RandomSource,
)

Formula: TypeAlias = Callable[["Mixture", AnyArray], AnyArray]


@final
@dataclass(frozen=True, init=False, eq=False, repr=False)
class Mixture:
    """A mixture of K Gaussians in d dimensions: p(x) = sum_k pi_k N(x | mu_k, Sigma_k).

    Parameters
    ----------
    weights : array-like of shape (K,)
        pi_k, not negative, summing to 1.
    means : array-like of shape (K, d)
        mu_k, in the units of the data.
    covariances : array-like
        Sigma_k, in squared units, of the shape that `covariance_type` says.
    covariance_type : str, default="full"
        "full" (K, d, d), "diag" (K, d) or "spherical" (K,); or one covariance that all components
        share: "tied" (d, d), "tied_diag" (1, d) or "tied_spherical" (1,). "factor" (K, d, d) and
        "tied_factor" (1, d, d) are kept as loadings and noise; see `from_factors`.
    feature_names : sequence of str, optional
        d names; features can then be given by name.

    Attributes
    ----------
    weights, means : ndarray
        As given; they cannot be written to.
    storage : Storage
        How the covariances are kept.
    feature_names : tuple of str or None
        The names of the features.

    Raises
    ------
    ValueError
        Where shapes disagree, a value is not finite, weights do not sum to 1 or a covariance is
        not positive definite.

    References
    ----------
    McLachlan, G. and Peel, D. (2000). Finite Mixture Models. Wiley.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [4, 4]], [1, 1], covariance_type="spherical")
    >>> m.responsibilities([[0, 0], [2, 2]]).round(3)
    array([[1. , 0. ],
           [0.5, 0.5]])
    >>> m.condition({0: 4}).mean().round(3)
    array([3.999])
    """

    weights: ArrayK
    means: ArrayKD
    storage: Storage
    feature_names: tuple[str, ...] | None

    def __init__(
        self,
        weights: ArrayLike,
        means: ArrayLike,
        covariances: ArrayLike,
        *,
        covariance_type: str = "full",
        feature_names: Sequence[str] | None = None,
    ) -> None:
        checked_weights = check_weights(weights)
        checked_means = check_means(means, len(checked_weights))
        _keep(
            self,
            checked_weights,
            checked_means,
            check_covariances(covariances, covariance_type, checked_means),
            check_feature_names(feature_names, checked_means.shape[1]),
        )

    @classmethod
    def from_factors(
        cls,
        weights: ArrayLike,
        means: ArrayLike,
        loadings: ArrayLike,
        noise_variances: ArrayLike,
        *,
        shared: bool = False,
        feature_names: Sequence[str] | None = None,
    ) -> Self:
        """A mixture of factor analyzers: Sigma_k = Lambda_k Lambda_k^T + diag(psi_k).

        Parameters
        ----------
        weights, means : array-like of shape (K,) and (K, d)
        loadings : array-like of shape (K, d, q)
            Lambda_k, for q factors of unit variance.
        noise_variances : array-like of shape (K, d)
            psi_k, positive.
        shared : bool, default=False
            Whether all components have the same, given once: (1, d, q) and (1, d).
        feature_names : sequence of str, optional

        Raises
        ------
        ValueError
            Where shapes do not fit, or a noise variance is not positive.

        Examples
        --------
        >>> import mixtura as mx
        >>> m = mx.Mixture.from_factors([1], [[0, 0]], [[[2], [1]]], [[0.5, 0.5]])
        >>> m.covariances[0].tolist()
        [[4.5, 2.0], [2.0, 1.5]]
        """
        checked_weights = check_weights(weights)
        checked_means = check_means(means, len(checked_weights))
        storage = check_factors(loadings, noise_variances, checked_means, shared=shared)
        names = check_feature_names(feature_names, checked_means.shape[1])
        return cls.of(checked_weights, checked_means, storage, names)

    @classmethod
    def of(
        cls,
        weights: ArrayK,
        means: ArrayKD,
        storage: Storage,
        feature_names: tuple[str, ...] | None = None,
    ) -> Self:
        """A mixture of computed parts, which are trusted."""
        mixture = cls.__new__(cls)
        _keep(mixture, weights, means, storage, feature_names)
        return mixture

    def named(self, feature_names: tuple[str, ...] | None) -> Self:
        """The same mixture with other names for its features."""
        return self.of(self.weights, self.means, self.storage, feature_names)

    def with_accurate_factors(self) -> Self:
        """The same mixture, as if its covariances had been given: factored to the last bits."""
        storage = self.storage.with_accurate_factors()
        return self.of(self.weights, self.means, storage, self.feature_names)

    def component(self, k: int) -> Self:
        """The k-th component by itself, with weight 1."""
        return self.of(np.ones(1), self.means[[k]], self.storage.select([k]), self.feature_names)

    @property
    def n_components(self) -> int:
        """K."""
        return int(self.means.shape[0])

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.means.shape[1])

    @property
    def covariance_type(self) -> str:
        """The name of the storage; `covariances` has the shape that belongs to it."""
        return layout_name(self.storage)

    @property
    def covariances(self) -> Float:
        """Sigma_k as stored."""
        covariances = self.storage.covariances
        return covariances[0] if LAYOUTS[self.covariance_type].drops_axis else covariances

    def log_prob(self, X: AnyArray) -> AnyN:
        """log p(x) of each row.

        Parameters
        ----------
        X : array-like of shape (n, d)
            NumPy or any Array API array, data frame or nested lists. NaN, None, NA, null and masked
            entries are missing, and integrated out.

        Returns
        -------
        array of shape (n,)
            In float64, in the array library of X.
        """
        return self._by_blocks(posterior.log_density, X)

    def responsibilities(self, X: AnyArray) -> AnyNK:
        """The posterior probability of each component for each row, shape (n, K)."""
        return self._by_blocks(posterior.responsibilities, X)

    def _by_blocks(self, formula: Formula, X: AnyArray) -> AnyArray:
        rows = check_rows(X, self.n_features, self.feature_names)
        if _kernel.takes(rows, self.storage.kind):
            return formula(self, rows)
        size = rows_per_block(self.n_components * self.n_features)
        parts = [formula(self, rows[block, :]) for block in row_ranges(rows.shape[0], size)]
        return namespace(rows).concat(parts, axis=0)

    def sample(self, n: int, rng: RandomSource | int) -> tuple[Float, NDArray[np.int64]]:
        """Draw n rows, ordered by component.

        Parameters
        ----------
        n : int
        rng : numpy Generator, RandomState or seed

        Returns
        -------
        X : ndarray of shape (n, d)
        labels : ndarray of shape (n,)
            The component that each row came from.
        """
        if index(n) < 1:
            raise ValueError(f"n must be at least 1, but it is {n}.")
        source = as_random_source(rng)
        counts = source.multinomial(n, self.weights / self.weights.sum())
        rows = [
            mean + self.storage.draw(k, int(count), source)
            for k, (mean, count) in enumerate(zip(self.means, counts, strict=True))
        ]
        return np.concatenate(rows), np.repeat(np.arange(self.n_components), counts)

    def marginal(self, features: Sequence[int | str] | int | str) -> "Mixture":
        """The distribution of some features, by index or name, in that order.

        Marginals of Gaussians are Gaussians: their means and covariances are selected.
        """
        chosen = self._indices(
            [features] if isinstance(features, str | int | np.integer) else features
        )
        return Mixture.of(
            self.weights, self.means[:, chosen], self.storage.marginal(chosen), self._names(chosen)
        )

    def condition(self, given: Mapping[int, float] | Mapping[str, float]) -> "Mixture":
        """The distribution of the other features, given values of some.

        With a the other features and b those given, component k has weight proportional to
        pi_k N(x_b | mu_kb, Sigma_kbb), mean mu_ka + Sigma_kab Sigma_kbb^-1 (x_b - mu_kb) and
        covariance Sigma_kaa - Sigma_kab Sigma_kbb^-1 Sigma_kba.

        Parameters
        ----------
        given : mapping from feature (index or name) to float
            At least one feature, and not all.
        """
        known = self._indices(list(given))
        values = check_rows(np.array([list(given.values())], dtype=np.float64), len(known))[0]
        if np.isnan(values).any():
            raise ValueError("A feature is given as NaN; give only those whose values are known.")
        kept = np.setdiff1d(np.arange(self.n_features), known)
        if len(kept) == 0:
            raise ValueError("All features are given, so that none is left to be distributed.")
        marginal = Mixture.of(self.weights, self.means[:, known], self.storage.marginal(known))
        coefficients, storage = self.storage.condition(kept, known)
        shifts = (coefficients @ (values - marginal.means)[:, :, None])[:, :, 0]
        weights = posterior.responsibilities(marginal, values[None, :])[0]
        return Mixture.of(weights, self.means[:, kept] + shifts, storage, self._names(kept))

    def impute(
        self, X: AnyArray, *, n_draws: int | None = None, rng: RandomSource | int | None = None
    ) -> AnyArray:
        """Rows with their missing entries filled in.

        Parameters
        ----------
        X : array-like of shape (n, d)
            NaN where an entry is missing, at random.
        n_draws : int, optional
            Without it, conditional means E[x_m | x_o], which are the best guesses and know no
            spread. With it, so many draws from p(x_m | x_o).
        rng : numpy Generator, RandomState or seed, optional
            Needed for draws.

        Returns
        -------
        array of shape (n, d), or (n_draws, n, d)
            In float64, in the array library of X; what is observed stays as it is.

        References
        ----------
        Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

        Examples
        --------
        >>> import mixtura as mx
        >>> m = mx.Mixture([1], [[0, 0]], [[[1, 0.5], [0.5, 1]]])
        >>> m.impute([[2, float("nan")]]).tolist()
        [[2.0, 1.0]]
        """
        rows = check_rows(X, self.n_features, self.feature_names)
        if n_draws is None:
            return missing.imputed(self, rows)
        if index(n_draws) < 1:
            raise ValueError(f"n_draws must be at least 1, but it is {n_draws}.")
        if rng is None:
            raise TypeError("Draws need rng: a numpy Generator or a seed.")
        return missing.drawn(self, rows, n_draws, as_random_source(rng))

    def mean(self) -> ArrayD:
        """The mean of the whole mixture, shape (d,)."""
        mean: ArrayD = self.weights @ self.means
        return mean

    def covariance(self) -> ArrayDD:
        """The covariance of the whole mixture: within components plus between them, (d, d)."""
        between = self.means - self.mean()
        within = np.einsum("k,kij->ij", self.weights, self._dense())
        return np.asarray(within + (between.T * self.weights) @ between)

    def cdf(self, x: ArrayLike) -> Float:
        """P(X <= x) of a one-dimensional mixture, in the shape of x."""
        return univariate.cdf(self, x)

    def quantile(self, q: ArrayLike) -> Float:
        """The x with P(X <= x) = q of a one-dimensional mixture, in the shape of q."""
        return univariate.quantile(self, q)

    def entropy(self, n: int, rng: RandomSource | int) -> tuple[float, float]:
        """-E[log p(X)] in nats, estimated from n draws: (estimate, standard error)."""
        return information.entropy(self, n, rng)

    def kl(self, other: "Mixture", n: int, rng: RandomSource | int) -> tuple[float, float]:
        """The Kullback-Leibler divergence to `other` in nats: (estimate, standard error)."""
        return information.kl(self, other, n, rng)

    def merge(self, i: int, j: int) -> "Mixture":
        """Components i and j replaced by the Gaussian with their joint weight and moments.

        The mixture's mean and covariance stay as they are, which in general only full covariances
        can do; so the result is a full mixture, with the merged component at the place of the
        first and the other one gone.
        """
        first, second = sorted(self._component(index) for index in (i, j))
        if first == second:
            raise ValueError(f"Two different components are needed to merge, not {i} and {j}.")
        pair = [first, second]
        weights, means, covariances = self.weights.copy(), self.means.copy(), self._dense().copy()
        weights[first], means[first], covariances[first] = as_one(
            weights[pair], means[pair], covariances[pair]
        )
        others = np.arange(self.n_components) != second
        return Mixture(
            weights[others], means[others], covariances[others], feature_names=self.feature_names
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are made anew, so that they are as immutable."""
        return Mixture.of, (self.weights, self.means, self.storage, self.feature_names)

    def __repr__(self) -> str:
        return (
            f"Mixture(n_components={self.n_components}, n_features={self.n_features}, "
            f"covariance_type={self.covariance_type!r})"
        )

    def _dense(self) -> ArrayKDD:
        """Sigma_k as matrices, one for each component."""
        shape = (self.n_components, self.n_features, self.n_features)
        return np.broadcast_to(self.storage.dense(), shape)

    def _indices(self, features: Sequence[int | str]) -> NDArray[np.intp]:
        return feature_indices(features, self.feature_names, self.n_features)

    def _names(self, features: NDArray[np.intp]) -> tuple[str, ...] | None:
        names = self.feature_names
        return None if names is None else tuple(names[feature] for feature in features)

    def _component(self, index: int) -> int:
        if not -self.n_components <= index < self.n_components:
            raise ValueError(
                f"There is no component {index}; this mixture has {self.n_components}."
            )
        return index % self.n_components


def _keep(
    mixture: Mixture,
    weights: ArrayK,
    means: ArrayKD,
    storage: Storage,
    feature_names: tuple[str, ...] | None,
) -> None:
    """Set the fields of a frozen mixture, and freeze its arrays."""
    for value in (weights, means, *vars(storage).values()):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    vars(mixture).update(weights=weights, means=means, storage=storage, feature_names=feature_names)
