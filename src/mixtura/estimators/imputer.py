"""`MixtureImputer`: missing entries filled in from a fitted mixture, as a step of a pipeline."""

import warnings
from functools import partial
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context, clone
from sklearn.impute import MissingIndicator
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import MissingValues
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from mixtura._array import is_array, on_host
from mixtura.distribution import Mixture, Record, savable
from mixtura.distribution.checks import check_feature_names
from mixtura.distribution.entries import with_nan
from mixtura.engine import collection_of
from mixtura.estimators.checks import check_no_infinity, check_sample_weight
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.record import flags, plain_settings
from mixtura.estimators.rows import answered
from mixtura.typing import AnyArray, HostND


@savable
class MixtureImputer(TransformerMixin, BaseEstimator):
    """Fill in missing entries with what a Gaussian mixture expects them to be.

    Entries are taken to be missing at random: that they are may depend on what is observed of their
    row, and not on what they would be. The mixture is fitted to all rows, incomplete ones included,
    and a missing entry becomes its conditional mean given the observed entries of its row.

    Parameters
    ----------
    estimator : GaussianMixture, optional
        What is fitted; a clone of it. By default `GaussianMixture()`, one multivariate normal
        distribution, which suits data without clusters: imputation is then linear regression.
    missing_values : number, np.nan or pandas.NA, default=np.nan
        What stands for a missing entry. With a number, NaN is an error.
    sample_posterior : bool, default=False
        Whether entries are drawn from their conditional distribution rather than set to its mean:
        for multiple imputation. Draws take the fitted parameters for the truth;
        `mixtura.pool_imputations` says how to have them vary too.
    random_state : int, RandomState or None, default=None
        Of the draws. An int draws the same each time, a RandomState goes on.
    add_indicator : bool, default=False
        Whether columns are added that say where entries were missing, for the features that lacked
        some in `fit`.
    keep_empty_features : bool, default=False
        Whether features without any entry in `fit` are kept, with 0 where they lack entries in
        `transform` too, rather than left out.

    Attributes
    ----------
    estimator_ : GaussianMixture
        Fitted to the features that have entries.
    mixture_ : Mixture
        Their distribution.
    indicator_ : MissingIndicator or None
        With `add_indicator`.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only where X has column names.

    References
    ----------
    Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM
    approach. Advances in Neural Information Processing Systems 6, 120-127.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> X = [[1, 2], [2, 4.1], [3, 5.9], [4, 8], [5, np.nan]]
    >>> mx.MixtureImputer().fit_transform(X).round(1)
    array([[1. , 2. ],
           [2. , 4.1],
           [3. , 5.9],
           [4. , 8. ],
           [5. , 9.9]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [GaussianMixture, None],
        "missing_values": [MissingValues(numeric_only=True)],
        "sample_posterior": ["boolean"],
        "random_state": ["random_state"],
        "add_indicator": ["boolean"],
        "keep_empty_features": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        missing_values: Any = np.nan,
        sample_posterior: bool = False,
        random_state: Any = None,
        add_indicator: bool = False,
        keep_empty_features: bool = False,
    ) -> None:
        self.estimator = estimator
        self.missing_values = missing_values
        self.sample_posterior = sample_posterior
        self.random_state = random_state
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features

    estimator_: Any
    indicator_: MissingIndicator | None
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    _has_entries: NDArray[np.bool_]
    _has_missing: NDArray[np.bool_]

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> Self:
        """Fit the mixture.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional
            How many times each row counts; not negative, and not all zero.

        Returns
        -------
        self : MixtureImputer

        Raises
        ------
        ValueError
            For infinity, or where X has no entry at all.
        """
        rows = self._marked(self._checked(X, reset=True))
        weights = check_sample_weight(sample_weight, rows)
        counted = rows if weights is None else rows[weights > 0]
        n_missing = np.count_nonzero(np.isnan(counted), axis=0)
        has_entries = n_missing < len(counted)
        if not has_entries.any():
            raise ValueError("X has no entry at all, so that nothing can be learned of it.")
        estimator = GaussianMixture() if self.estimator is None else clone(self.estimator)
        self.estimator_ = estimator.fit(rows[:, has_entries], sample_weight=weights)
        self._keep(has_entries, n_missing > 0)
        return self

    def _keep(self, has_entries: NDArray[np.bool_], has_missing: NDArray[np.bool_]) -> None:
        self._has_entries, self._has_missing = has_entries, has_missing
        self.indicator_ = None
        if self.add_indicator:
            one_row = np.where(has_missing, np.nan, 0.0)[None, :]
            self.indicator_ = MissingIndicator(error_on_new=False).fit(one_row)

    def transform(self, X: AnyArray) -> HostND:
        """Rows with their missing entries filled in.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        filled : array of shape (n_samples, n_features_out)
            The features, without those that had no entry in `fit` unless they are kept; then the
            indicators. In float32 where X is and what was fitted was, else in float64.

        Warns
        -----
        UserWarning
            Where features are left out.
        """
        check_is_fitted(self)
        if self.sample_posterior and collection_of(X) is not None:
            raise ValueError("Entries are drawn of rows in memory; give one array after the other.")
        if not (self.keep_empty_features or self._has_entries.all()):
            names = _check_feature_names_in(self)[~self._has_entries]
            warnings.warn(
                f"Features without any entry in fit are left out: {', '.join(map(str, names))}. "
                "keep_empty_features=True keeps them, filled with 0.",
                stacklevel=2,
            )
        completed: HostND = answered(self, X, partial(self._checked, reset=False), self._completed)
        return completed

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """The names of the columns that `transform` gives.

        Parameters
        ----------
        input_features : array-like of str, optional
            By default `feature_names_in_`, or "x0", "x1" and so on.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        names: NDArray[Any] = _check_feature_names_in(self, input_features)
        kept = names if self.keep_empty_features else names[self._has_entries]
        if self.indicator_ is None:
            return kept
        return np.concatenate([kept, self.indicator_.get_feature_names_out(names)])

    @property
    def mixture_(self) -> Mixture:
        """The fitted distribution of the features that have entries."""
        mixture: Mixture = self.estimator_.mixture_
        names = getattr(self, "feature_names_in_", None)
        return mixture if names is None else mixture.named(tuple(names[self._has_entries]))

    def _checked(self, X: AnyArray, *, reset: bool) -> HostND:
        """Checked rows in NumPy."""
        is_nan = _is_nan(self.missing_values)
        given = on_host(X) if is_array(X) else X
        rows: HostND = validate_data(
            self,
            with_nan(given) if is_nan else given,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan" if is_nan else True,
        )
        check_no_infinity(rows)
        return rows

    def _marked(self, rows: HostND) -> HostND:
        """Rows with NaN for missing entries."""
        if _is_nan(self.missing_values):
            return rows
        if np.isnan(rows).any():
            raise ValueError(
                f"Input X contains NaN, and missing entries are {self.missing_values}."
            )
        return np.where(rows == self.missing_values, np.nan, rows)

    def _completed(self, rows: HostND) -> HostND:
        """The columns of `transform`."""
        rows = self._marked(rows)
        filled = self._filled(rows[:, self._has_entries])
        if self.keep_empty_features and not self._has_entries.all():
            wide = np.where(np.isnan(rows), 0, rows).astype(filled.dtype)
            wide[:, self._has_entries] = filled
            filled = wide
        if self.indicator_ is None:
            return filled
        return np.hstack([filled, self.indicator_.transform(rows)])

    def _filled(self, rows: HostND) -> HostND:
        """Rows with conditional means, or a draw, for missing entries."""
        if not self.sample_posterior:
            filled: HostND = self.estimator_.impute(rows)
            return filled
        rng = check_random_state(self.random_state)
        draw: HostND = self.estimator_.impute(rows, n_draws=1, random_state=rng)[0]
        return draw

    def fit_record(self) -> Record:
        """What a model file keeps beside the mixture: its estimator's record, and its own."""
        settings = dict(plain_settings(self.get_params(deep=False)))
        if _is_nan(self.missing_values):  # which JSON has not
            settings["missing_values"] = None
        names = getattr(self, "feature_names_in_", None)
        own = {
            "settings": settings,
            "feature_names": None if names is None else list(names),
            "has_entries": self._has_entries.tolist(),
            "has_missing": self._has_missing.tolist(),
        }
        return {**self.estimator_.fit_record(), "imputer": own}

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The fitted imputer that a model file keeps; its `estimator` is that of the fit."""
        own = record["imputer"]
        settings = dict(own["settings"])
        if settings["missing_values"] is None:
            settings["missing_values"] = np.nan
        imputer = cls(**settings)
        imputer._validate_params()
        imputer.estimator_ = GaussianMixture.from_fit_record(mixture.named(None), record)
        imputer.estimator = clone(imputer.estimator_)
        has_entries, has_missing = flags(own["has_entries"]), flags(own["has_missing"])
        names = check_feature_names(own["feature_names"], len(has_entries))
        if has_entries.sum() != mixture.n_features or len(has_missing) != len(has_entries):
            raise ValueError("its has_entries or has_missing do not belong to its mixture.")
        imputer.n_features_in_ = len(has_entries)
        if names is not None:
            imputer.feature_names_in_ = np.array(names, dtype=object)
        imputer._keep(has_entries, has_missing)
        if imputer.mixture_.feature_names != mixture.feature_names:
            raise ValueError("its feature_names are not those of its mixture.")
        return imputer

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = _is_nan(self.missing_values)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _is_nan(marker: Any) -> bool:
    """Whether missing entries are marked by NaN, or by pandas.NA, which becomes NaN."""
    return not isinstance(marker, Real) or bool(marker != marker)  # only NaN differs from itself
