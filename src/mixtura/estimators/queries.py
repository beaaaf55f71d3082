"""What every fitted mixture answers: parameters, labels, scores, criteria and draws."""

import math
from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from functools import partial
from operator import index
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from mixtura import _machine
from mixtura._array import as_kind, bring, namespace, on_host
from mixtura.covariance import LAYOUTS, LowRank
from mixtura.data import Source
from mixtura.distribution import Mixture, posterior
from mixtura.distribution.entries import with_nan
from mixtura.engine import Collection, Engine, collection_of, open_rows
from mixtura.engine.base import IN_PLACE
from mixtura.estimators.checks import check_no_infinity
from mixtura.estimators.rows import Read, Rows, Told, fitted_features
from mixtura.moments.total import total
from mixtura.typing import AnyArray, AnyN, AnyND, AnyNK, Float


class MixtureQueries(DensityMixin, BaseEstimator, metaclass=ABCMeta):
    """The methods that need only a fitted `mixture_`.

    Attributes
    ----------
    mixture_ : Mixture
    _kind : array
        An empty array of the library, device and precision in which the rows came.
    """

    mixture_: Mixture
    random_state: Any
    n_threads: int | None
    _kind: AnyArray

    @abstractmethod
    def _n_parameters(self) -> int:
        """How many numbers of the mixture are free."""

    @property
    def weights_(self) -> AnyArray:
        """pi_k, shape (K,)."""
        return self._fitted(self.mixture_.weights)

    @property
    def means_(self) -> AnyArray:
        """mu_k, shape (K, d)."""
        return self._fitted(self.mixture_.means)

    @property
    def covariances_(self) -> AnyArray:
        """Sigma_k, in the shape of the covariance type."""
        return self._fitted(self.mixture_.covariances)

    @property
    def precisions_(self) -> AnyArray:
        """Sigma_k^-1, in the shape of the covariance type."""
        return self._fitted(self._per_covariance(self.mixture_.storage.precisions()))

    @property
    def precisions_cholesky_(self) -> AnyArray:
        """U_k with Sigma_k^-1 = U_k U_k^T, upper triangular."""
        return self._fitted(self._per_covariance(self.mixture_.storage.precision_factors()))

    def predict(self, X: AnyArray) -> AnyN:
        """The most probable component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : array of shape (n_samples,)
        """
        return self._map(posterior.labels, X, "prediction")

    def predict_proba(self, X: AnyArray) -> AnyNK:
        """The responsibilities: each component's posterior probability for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        responsibilities : array of shape (n_samples, n_components)
        """
        return self._map(posterior.responsibilities, X, "probability", in_kind=True)

    def score_samples(self, X: AnyArray) -> AnyN:
        """The log-density log p(x) of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_density : array of shape (n_samples,)
        """
        return self._map(posterior.log_density, X, "log_density", in_kind=True)

    def score(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> float:
        """The log-likelihood per row, or per unit of weight.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional
        """
        check_is_fitted(self)
        say = partial(_said, posterior.log_density, self._kind)
        return self._mean(say, X, sample_weight)[0]

    def bic(self, X: AnyArray, sample_weight: AnyArray = None) -> float:
        """Bayesian information criterion, -2 log L + p log n; lower is better.

        Schwarz, G. (1978). With weights, n is their sum.
        """
        mean, n = self._mean(posterior.log_density, X, sample_weight)
        return -2 * mean * n + self._n_parameters() * math.log(n)

    def aic(self, X: AnyArray, sample_weight: AnyArray = None) -> float:
        """Akaike information criterion, -2 log L + 2 p; lower is better.

        Akaike, H. (1974).
        """
        mean, n = self._mean(posterior.log_density, X, sample_weight)
        return -2 * mean * n + 2 * self._n_parameters()

    def icl(self, X: AnyArray, sample_weight: AnyArray = None) -> float:
        """Integrated completed likelihood, BIC - 2 sum_i log max_k r_ik; lower is better.

        It adds to the BIC what uncertain labels cost, so it counts clusters rather than components
        (Biernacki, Celeux and Govaert 2000).
        """
        certainty, n = self._mean(posterior.log_certainty, X, sample_weight)
        return self.bic(X, sample_weight) - 2 * certainty * n

    def impute(
        self, X: AnyArray, *, n_draws: int | None = None, random_state: Any = None
    ) -> AnyArray:
        """Rows with their missing entries filled in.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            NaN where an entry is missing, at random.
        n_draws : int, optional
            Without it, conditional means given what is observed, which know no spread. With it, so
            many draws from the conditional distribution: for multiple imputation.
        random_state : int, RandomState or None, optional
            For draws; without it, the estimator's own.

        Returns
        -------
        filled : array of shape (n_samples, n_features), or (n_draws, n_samples, n_features)

        Examples
        --------
        >>> import mixtura as mx
        >>> X = [[1, 2], [2, 4.1], [3, 5.9], [4, 8], [5, float("nan")]]
        >>> gm = mx.GaussianMixture(random_state=0).fit(X)
        >>> gm.impute([[2.5, float("nan")]]).round(1)
        array([[2.5, 5. ]])
        """
        if n_draws is None:
            return self._map(Mixture.impute, X, IN_PLACE, in_kind=True)
        if self._collection(X) is not None:
            raise ValueError("Entries are drawn of rows in memory; give one array after the other.")
        rows = self._rows(X)
        rng = check_random_state(self.random_state if random_state is None else random_state)
        with _machine.threads(self.n_threads):
            drawn = self.mixture_.impute(rows, n_draws=n_draws, rng=rng)
        return _in_kind(drawn, rows, self._kind)

    def sample(self, n_samples: int = 1) -> tuple[AnyND, AnyN]:
        """Draw rows from the fitted mixture, ordered by component.

        Parameters
        ----------
        n_samples : int, default=1

        Returns
        -------
        X : array of shape (n_samples, n_features)
        labels : array of shape (n_samples,)
        """
        check_is_fitted(self)
        if index(n_samples) < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        rows, labels = self.mixture_.sample(n_samples, check_random_state(self.random_state))
        return bring(rows, self._kind), bring(labels, self._kind)

    def _fitted(self, parameter: Float) -> AnyArray:
        """A parameter in the library, on the device and in the precision of the fitted rows."""
        return as_kind(np.array(parameter), self._kind)

    def _per_covariance(self, stored: Float) -> Float:
        return stored[0] if LAYOUTS[self.mixture_.covariance_type].drops_axis else stored

    @property
    def loadings_(self) -> AnyArray:
        """Of factor analyzers: how much each feature changes with each factor, (K, d, q)."""
        return self._fitted(self._low_rank("loadings_").loadings)

    @property
    def noise_variances_(self) -> AnyArray:
        """Of factor analyzers: the variance that no factor explains, (K, d)."""
        return self._fitted(self._low_rank("noise_variances_").noise_variances)

    def _low_rank(self, name: str) -> LowRank:
        mixture = vars(self).get("mixture_")
        if mixture is None or not isinstance(mixture.storage, LowRank):
            raise AttributeError(f"{name} belongs to fitted mixtures of factor analyzers.")
        return mixture.storage

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "mixture_")

    def _rows(self, X: AnyArray) -> AnyND:
        check_is_fitted(self)
        rows = validate_data(self, with_nan(X), reset=False, ensure_all_finite="allow-nan")
        xp = namespace(rows)
        rows = rows if rows.dtype in (xp.float64, xp.float32) else xp.astype(rows, xp.float64)
        check_no_infinity(rows)
        self._check_n_features(rows.shape[1])
        return rows

    def _check_n_features(self, n_features: int) -> None:
        if n_features != self.mixture_.n_features:  # another fit began and failed
            raise ValueError(
                f"X has {n_features} features, but the fitted mixture has "
                f"{self.mixture_.n_features}."
            )

    def _collection(self, X: AnyArray) -> Collection | None:
        """The features of X that were fitted, where its rows are no array here."""
        collection = collection_of(X)
        if collection is None:
            return None
        check_is_fitted(self)
        collection = fitted_features(self, collection)
        self._check_n_features(collection.n_features)
        return collection

    def _opened(self, X: AnyArray) -> tuple[Engine, Source]:
        """Every row of X, wherever they are."""
        collection = self._collection(X)
        if collection is not None:
            return collection.engine, collection.all_rows()
        rows, mixture = self._rows(X), self.mixture_
        width = mixture.n_components * mixture.n_features
        return open_rows(rows, floats_per_row=width, kinds=(mixture.storage.kind,))

    def _map(
        self,
        formula: Callable[[Mixture, AnyND], AnyArray],
        X: AnyArray,
        name: str,
        *,
        in_kind: bool = False,
    ) -> AnyArray:
        """What a formula says of each row; in the rows' precision, where that is asked for.

        Where frames answer as frames, it is a column of that name.
        """
        engine, source = self._opened(X)
        kind = self._kind if in_kind else None
        with _machine.threads(self.n_threads):
            return engine.map(partial(_said, formula, kind, self.mixture_), source, name)

    def _counted(self, X: AnyArray, sample_weight: Any) -> tuple[Engine, Source, float]:
        """The rows that have an entry, and the sum of their weights: the others tell nothing."""
        collection = self._collection(X)
        rows: Rows
        if collection is None:
            rows = Told.of(self._rows(X), sample_weight)
        else:
            rows = Read.of(collection, sample_weight)
        if rows.n_counted == 0:
            raise ValueError("No row that counts has an entry, so that there is nothing to score.")
        kinds = (self.mixture_.storage.kind,)
        return *rows.opened(self.mixture_.means.size, kinds), rows.total_weight

    def _mean(
        self, formula: Callable[[Mixture, AnyND], AnyN], X: AnyArray, sample_weight: Any
    ) -> tuple[float, float]:
        """The weighted mean of what a formula says of rows that have an entry, and their weight."""
        engine, source, weight = self._counted(X, sample_weight)
        with _machine.threads(self.n_threads):
            summed: float = engine.sum(partial(total, formula, self.mixture_), source)
        return summed / weight, weight


def _said(
    formula: Callable[[Mixture, AnyND], AnyArray], kind: AnyArray, mixture: Mixture, rows: AnyND
) -> AnyArray:
    """What the formula says of some rows."""
    values = formula(mixture, rows)
    return values if kind is None else _in_kind(values, rows, kind)


def _in_kind(values: AnyArray, rows: AnyND, kind: AnyArray) -> AnyArray:
    """Values in float32 where the rows and those that were fitted are, else in float64."""
    xp = namespace(values)
    single = rows.dtype == xp.float32 and on_host(kind).dtype == np.float32
    return xp.astype(values, xp.float32) if single else values
