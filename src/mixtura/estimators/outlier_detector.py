"""`MixtureOutlierDetector`: which rows are unusual, how sure that is, and why."""

from functools import partial
from importlib import import_module
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin, _fit_context, clone
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from mixtura import _machine
from mixtura._array import is_array, on_host
from mixtura.distribution import Mixture, Record, savable
from mixtura.distribution.entries import with_nan
from mixtura.estimators.auto import AutoGaussianMixture
from mixtura.estimators.calibrating import (
    calibration_of,
    calibration_record,
    check_rates,
    held_out_rows,
)
from mixtura.estimators.checks import check_no_infinity, check_sample_weight
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.record import plain_settings
from mixtura.estimators.rows import Told, answered, check_enough
from mixtura.estimators.shrunk import fit_shrunk
from mixtura.typing import AnyArray, Float, HostND
from mixtura.uses.calibration import Calibration, adjusted, quantile_below
from mixtura.uses.explanation import explain_rows
from mixtura.uses.typicality import log_typicality

CONTAMINATION = 0.1
"""As scikit-learn's EllipticEnvelope and PyOD take it."""

KINDS: dict[str, Any] = {
    "GaussianMixture": GaussianMixture,
    "AutoGaussianMixture": AutoGaussianMixture,
}


@savable
class MixtureOutlierDetector(OutlierMixin, BaseEstimator):
    """Find rows that are unlikely under a Gaussian mixture.

    A row is an outlier where its score, the log-density, is below `offset_`. That threshold is
    either such that a given share of the fitted rows lies below it (`contamination`), or calibrated
    on rows that are held out of the fit, so that new normal rows are flagged at a given rate
    (`false_alarm_rate`), however well or badly the mixture fits.

    Parameters
    ----------
    estimator : GaussianMixture or AutoGaussianMixture, optional
        What is fitted; a clone of it. By default a mixture with full covariances in units of the
        features' spread, shrunk as much as rows are few (Ledoit and Wolf 2004), and with as many
        components, up to nine, as make rows that are left out likeliest by more than a standard
        error. A feature of mostly one value has the others' median spread as its unit where its
        own is less, unless that makes left-out rows less likely.
    contamination : float, optional
        The share of the fitted rows that are outliers, at most 0.5; 0.1 where neither this nor
        `false_alarm_rate` is given.
    false_alarm_rate : float, optional
        The rate at which new normal rows are flagged. The rows of `fit` must then be normal.
    calibration_size : float or int, default=0.5
        With `false_alarm_rate`, the share of the rows, or how many, that are held out of the fit.
        With n of them no rate below 1 / (n + 1) can be had.
    random_state : int, RandomState or None, default=None
        Of which rows are held out, and of the folds by which the default mixture is chosen.
    n_threads : int, optional
        For passes over the rows; by default all cores. An `estimator` has its own.

    Attributes
    ----------
    estimator_ : GaussianMixture or AutoGaussianMixture
        Fitted.
    mixture_ : Mixture
        Its distribution.
    offset_ : float
        The threshold: `decision_function` is `score_samples` less it.
    calibration_ : Calibration or None
        With `false_alarm_rate`, the scores of the rows that were held out, and their weights.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only where X has column names.

    See Also
    --------
    GaussianMixture.score_samples : log-densities alone.

    References
    ----------
    Bates, S., Candès, E., Lei, L., Romano, Y. and Sesia, M. (2023). Testing for outliers with
    conformal p-values. Annals of Statistics 51, 149-178.

    Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance
    matrices. Journal of Multivariate Analysis 88, 365-411.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> rng = np.random.default_rng(0)
    >>> height = rng.normal(170, 10, size=400)
    >>> X = np.column_stack([height, 0.9 * height - 83 + rng.normal(0, 4, size=400)])
    >>> detector = mx.MixtureOutlierDetector(false_alarm_rate=0.01, random_state=0).fit(X)
    >>> new = [[170, 70], [190, 62]]
    >>> detector.predict(new)
    array([ 1, -1])
    >>> detector.explain(new).round(1)
        x0   x1
    0 -0.0  0.0
    1  6.2 -5.9
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [GaussianMixture, AutoGaussianMixture, None],
        "contamination": [Interval(Real, 0, 0.5, closed="right"), None],
        "false_alarm_rate": [Interval(Real, 0, 1, closed="neither"), None],
        "calibration_size": [
            Interval(Real, 0, 1, closed="neither"),
            Interval(Integral, 1, None, closed="left"),
        ],
        "random_state": ["random_state"],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        contamination: float | None = None,
        false_alarm_rate: float | None = None,
        calibration_size: float | int = 0.5,
        random_state: Any = None,
        n_threads: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.contamination = contamination
        self.false_alarm_rate = false_alarm_rate
        self.calibration_size = calibration_size
        self.random_state = random_state
        self.n_threads = n_threads

    estimator_: Any
    offset_: float
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    calibration_: Calibration | None

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> Self:
        """Fit the mixture and find the threshold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            NaN entries are missing at random.
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional
            How many times each row counts; not negative, and not all zero.

        Returns
        -------
        self : MixtureOutlierDetector

        Raises
        ------
        ValueError
            For infinity, a column without any entry, columns that are all constant, or where so few
            rows are held out that `false_alarm_rate` cannot be reached: the least rate is told.
        """
        check_rates(self)
        rows = self._rows(X, reset=True)
        told = Told.of(rows, check_sample_weight(sample_weight, rows))
        check_enough(told, 2, getattr(self, "feature_names_in_", None))
        rows, weights = told.rows, told.weights
        rng = check_random_state(self.random_state)
        if self.false_alarm_rate is None:
            self._fit_estimator(rows, weights, rng)
            self.calibration_ = None
            share = CONTAMINATION if self.contamination is None else self.contamination
            self.offset_ = quantile_below(self._scores(rows), weights, share)
            return self
        held_out = held_out_rows(self, len(rows), weights, rng)
        kept_weights, own_weights = (
            (None, None) if weights is None else (weights[~held_out], weights[held_out])
        )
        self._fit_estimator(rows[~held_out], kept_weights, rng)
        self.calibration_ = Calibration.of(self._scores(rows[held_out]), own_weights)
        self.offset_ = self.calibration_.threshold(self.false_alarm_rate)
        return self

    def _fit_estimator(
        self, rows: HostND, weights: Float | None, rng: np.random.RandomState
    ) -> None:
        check_enough(Told.of(rows, weights), 2, getattr(self, "feature_names_in_", None))
        if self.estimator is None:
            self.estimator_ = fit_shrunk(rows, weights, rng, self.n_threads)
        else:
            self.estimator_ = clone(self.estimator).fit(rows, sample_weight=weights)

    def score_samples(self, X: AnyArray) -> Float:
        """The log-density of each row; low ones are unusual.

        A row with missing entries gets what the log-density of the completed row can be expected to
        be, so that rows compare whichever entries they lack.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        scores: Float = answered(self, X, partial(self._rows, reset=False), self._scores)
        return scores

    def decision_function(self, X: AnyArray) -> Float:
        """`score_samples` less `offset_`: negative for outliers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,)
        """
        return np.asarray(self.score_samples(X) - self.offset_)

    def predict(
        self, X: AnyArray, *, false_discovery_rate: float | None = None
    ) -> NDArray[np.int64]:
        """Which rows are outliers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        false_discovery_rate : float, optional
            With it, so many rows are flagged, by their p-values, that this share of those flagged
            is false on average (Benjamini and Hochberg 1995), rather than those below `offset_`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            -1 for outliers and 1 for others.
        """
        if false_discovery_rate is None:
            outliers = self.decision_function(X) < 0
        else:
            if not 0 < false_discovery_rate < 1:
                raise ValueError(
                    "false_discovery_rate must lie between 0 and 1, but it is "
                    f"{false_discovery_rate}."
                )
            outliers = adjusted(self.p_values(X)) <= false_discovery_rate
        return np.where(outliers, -1, 1)

    def p_values(self, X: AnyArray) -> Float:
        """How probable it is that a normal row is as unusual, from the rows that were held out.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        p : ndarray of shape (n_samples,)
            The least is 1 / (n + 1), with n rows held out.

        Raises
        ------
        ValueError
            Where `fit` was without `false_alarm_rate`, so that none were.
        """
        check_is_fitted(self)
        if self.calibration_ is None:
            raise ValueError(
                "p-values need rows that were held out of the fit; give false_alarm_rate, rather "
                "than contamination, and fit again."
            )
        return self.calibration_.p_values(self.score_samples(X))

    def explain(self, X: AnyArray) -> Any:
        """How many standard deviations each feature is off what the others of its row expect.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        deviations : pandas.DataFrame
            A column for each feature, with X's index where it has one: positive where the feature
            is high, negative where it is low, NaN where the entry is missing.
        """
        check_is_fitted(self)
        checked = partial(self._rows, reset=False)
        frames = import_module("mixtura.selection.frame")
        return frames.frame_of_values(
            answered(self, X, checked, lambda rows: explain_rows(self.mixture_, rows).deviations),
            self.mixture_.feature_names or [f"x{j}" for j in range(self.n_features_in_)],
            getattr(X, "index", None),
        )

    @property
    def mixture_(self) -> Mixture:
        """The fitted distribution."""
        mixture: Mixture = self.estimator_.mixture_
        names = getattr(self, "feature_names_in_", None)
        return mixture if names is None else mixture.named(tuple(names))

    def _scores(self, rows: HostND) -> Float:
        with _machine.threads(self.n_threads):
            return log_typicality(self.mixture_, rows)

    def _rows(self, X: AnyArray, *, reset: bool) -> HostND:
        """Checked rows in NumPy, with NaN for missing entries."""
        rows: HostND = validate_data(
            self,
            with_nan(on_host(X) if is_array(X) else X),
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
            ensure_min_samples=2 if reset else 1,
        )
        check_no_infinity(rows)
        return rows

    def fit_record(self) -> Record:
        """What a model file keeps beside the mixture: its estimator's record, and its own."""
        own = {
            "settings": plain_settings({**self.get_params(deep=False), "estimator": None}),
            "kind": type(self.estimator_).__name__,
            "is_default": self.estimator is None,
            "offset": self.offset_,
            "calibration": calibration_record(self.calibration_),
        }
        return {**self.estimator_.fit_record(), "detector": own}

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The fitted detector that a model file keeps; its `estimator` is that of the fit."""
        own = record["detector"]
        detector = cls(**own["settings"])
        detector._validate_params()
        check_rates(detector)
        if own["kind"] not in KINDS:
            raise ValueError(f"its kind of estimator is {own['kind']!r}.")
        detector.estimator_ = KINDS[own["kind"]].from_fit_record(mixture.named(None), record)
        if own["is_default"] is not True:
            detector.estimator = clone(detector.estimator_)
        detector.n_features_in_ = mixture.n_features
        if mixture.feature_names is not None:
            detector.feature_names_in_ = np.array(mixture.feature_names, dtype=object)
        detector.calibration_ = calibration_of(own["calibration"], detector.false_alarm_rate)
        if type(own["offset"]) is not float:
            raise ValueError(f"its offset is {own['offset']!r}, not a number.")
        detector.offset_ = own["offset"]
        return detector

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "offset_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
