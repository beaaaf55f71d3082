"""`MixtureRegressor`: what a joint mixture of features and targets says of the targets."""

import warnings
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, _fit_context, clone
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from mixtura import _machine
from mixtura._array import is_array, on_host
from mixtura.distribution import Mixture, Record, savable
from mixtura.distribution.checks import check_feature_names, check_rows
from mixtura.distribution.entries import with_nan
from mixtura.distribution.univariate import check_probabilities
from mixtura.estimators.checks import check_no_infinity, check_sample_weight
from mixtura.estimators.choices import families_named, folds_in, numbers_in
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.record import (
    flags,
    recalibration_of,
    recalibration_record,
    restored_selection,
    scores_of,
    scores_record,
    selection_settings,
)
from mixtura.estimators.targets import Targets
from mixtura.family import MODELS, Prior
from mixtura.typing import AnyArray, Float, HostND, Indices
from mixtura.uses import regression
from mixtura.uses.joint import Fold, Joint
from mixtura.uses.recalibration import Recalibration
from mixtura.uses.regression import Candidate

CROSS = "cross"


@savable
class MixtureRegressor(RegressorMixin, MultiOutputMixin, BaseEstimator):
    """Gaussian mixture regression: the whole distribution of the targets, given the features.

    Features and targets together are fitted by a Gaussian mixture; given the features of a row, its
    targets have a mixture too, with weights and means that depend on them. So a prediction may
    bend, spread or have several peaks with the features. One component is linear regression.

    Number of components and family are those under which targets that were held out are most
    probable given their features. Features without a value (NaN) are integrated out, in `fit` and
    in predictions.

    Parameters
    ----------
    n_components : int or iterable of int, default=(1, ..., 9)
        K, or those among which to choose.
    covariance_types : str or list of str, default=("full", "tied")
        Families as in `GaussianMixture`, among which to choose. With "full" each component has a
        slope and a spread of its own, with "tied" all share them. Within components of "diag" or
        "spherical" the targets do not depend on the features at all.
    cv : int, cross-validation generator or iterable, default=5
        How many folds are held out in turn, drawn by chance; or scikit-learn's other ways to say
        them.
    calibrate : "cross", float or None, default=None
        Whether quantiles are corrected by rows held out (conformal prediction). A number is the
        share of rows that only correct: then intervals hold what they say whatever the truth, if
        new rows are like the old ones. "cross" predicts each fold from the others, so that all
        rows are fitted too; there is no proof that it holds exactly. Means and standard deviations
        stay the mixture's.
    reg_covar : float or "auto", default="auto"
        Added to variances, as in `GaussianMixture`; "auto" is a millionth of each column's own.
    tol, max_iter : float and int, default=1e-3 and 1000
        When EM stops, as in `GaussianMixture`.
    n_factors, factor_model : optional
        Of "factor", as in `GaussianMixture`.
    prior : "default", Prior or None, default=None
        A conjugate prior on means and covariances.
    random_state : int, RandomState or None, default=None
        Of folds, and of rows held out.
    n_threads : int, optional
        For passes over the rows; by default all cores.

    Attributes
    ----------
    mixture_ : Mixture
        Of the features and, last, the targets; conditions by name are asked of it.
    estimator_ : GaussianMixture
        The fit, with its number of components, family and history.
    scores_ : dict from (int, str) to float
        For each number of components and family that was tried, log p(y | x) per row held out;
        empty where there was no choice. A family is left after three numbers that score no better.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only where X has column names.

    References
    ----------
    Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM
    approach. Advances in Neural Information Processing Systems 6, 120-127.

    Sung, H. G. (2004). Gaussian mixture regression and classification. PhD thesis, Rice University.

    Chernozhukov, V., Wuethrich, K. and Zhu, Y. (2021). Distributional conformal prediction.
    Proceedings of the National Academy of Sciences 118, e2107794118.

    Romano, Y., Patterson, E. and Candes, E. J. (2019). Conformalized quantile regression. Advances
    in Neural Information Processing Systems 32, 3543-3553.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(0, 6, size=(300, 1))
    >>> y = np.sin(x[:, 0]) + 0.1 * rng.normal(size=300)
    >>> regressor = mx.MixtureRegressor(random_state=0).fit(x, y)
    >>> mean, deviation = regressor.predict([[0.5], [4]], return_std=True)
    >>> mean.round(1), deviation.round(1)
    (array([ 0.5, -0.8]), array([0.1, 0.1]))
    >>> regressor.predict_quantiles([[3]], [0.05, 0.95]).round(1)
    array([[0. , 0.3]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": "no_validation",  # `numbers_in` does
        "covariance_types": [str, tuple, list],  # `families_named` checks names
        "cv": ["cv_object"],
        "calibrate": [Interval(Real, 0, 1, closed="neither"), StrOptions({CROSS}), None],
        "reg_covar": [Interval(Real, 0.0, None, closed="left"), StrOptions({"auto"})],
        "tol": [Interval(Real, 0.0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_factors": [Interval(Integral, 1, None, closed="left"), None],
        "factor_model": [StrOptions(set(MODELS))],
        "prior": [StrOptions({"default"}), Prior, None],
        "random_state": ["random_state"],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        n_components: int | Iterable[int] = (1, 2, 3, 4, 5, 6, 7, 8, 9),
        *,
        covariance_types: Any = ("full", "tied"),
        cv: Any = 5,
        calibrate: float | str | None = None,
        reg_covar: float | str = "auto",
        tol: float = 1e-3,
        max_iter: int = 1000,
        n_factors: int | None = None,
        factor_model: str = "UUU",
        prior: Prior | str | None = None,
        random_state: Any = None,
        n_threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.cv = cv
        self.calibrate = calibrate
        self.reg_covar = reg_covar
        self.tol = tol
        self.max_iter = max_iter
        self.n_factors = n_factors
        self.factor_model = factor_model
        self.prior = prior
        self.random_state = random_state
        self.n_threads = n_threads

    estimator_: GaussianMixture
    scores_: dict[Candidate, float]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    _targets: Targets
    _recalibration: Recalibration | None

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: AnyArray, y: AnyArray, sample_weight: AnyArray = None) -> Self:
        """Choose and fit the joint mixture.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            NaN entries are missing at random, and integrated out.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Without NaN.
        sample_weight : array-like of shape (n_samples,), optional
            How many times each row counts; not negative, and not all zero.

        Returns
        -------
        self : MixtureRegressor

        Raises
        ------
        ValueError
            For infinity, NaN in y, a feature or target that has one value only, or too few rows.
        """
        given = on_host(X) if is_array(X) else X
        rows, checked = validate_data(
            self,
            with_nan(given),
            on_host(y) if is_array(y) else y,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
            ensure_min_samples=2,
            multi_output=True,
            y_numeric=True,
        )
        check_no_infinity(rows)
        weights = check_sample_weight(sample_weight, rows)
        which = np.arange(len(rows)) if weights is None else np.flatnonzero(weights)
        everything = Joint(np.column_stack([rows, checked]), rows.shape[1], weights)
        targets = Targets.of(y, checked.shape, self._names())
        self._check_varies(everything.take(which), targets)
        self._fit(everything, which)
        self._targets = targets
        return self

    def _fit(self, everything: Joint, which: Indices) -> None:
        """Choose, fit and calibrate, by the rows that count."""
        rng = check_random_state(self.random_state)
        kept, held_out = which, which[:0]
        if self.calibrate is not None and self.calibrate != CROSS:
            drawn = rng.permutation(which)
            n = min(max(round(float(self.calibrate) * len(which)), 1), len(which) - 1)
            kept, held_out = np.sort(drawn[n:]), drawn[:n]
        train = everything.take(kept)
        folds = self._folds(train, len(everything), kept, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is chosen warns when it is fitted to all rows
            chosen, self.scores_ = self._choose(train, folds)
            crossed = folds if self.calibrate == CROSS else []
            fits = [self._mixture(chosen, others) for others, _ in crossed]
        self.estimator_ = self._fitted(chosen, train)
        unseen = [test for _, test in crossed]
        if len(held_out):
            fits, unseen = [self.estimator_.mixture_], [everything.take(held_out)]
        self._recalibration = regression.recalibration(fits, unseen) if unseen else None

    def _choose(self, train: Joint, folds: list[Fold]) -> tuple[Candidate, dict[Candidate, float]]:
        numbers = numbers_in(self.n_components)
        families = families_named(self.covariance_types, train.values.shape[1])
        if len(numbers) * len(families) == 1:
            return (numbers[0], families[0]), {}
        scores = regression.held_out_scores(numbers, families, self._mixture, folds)
        return max(scores, key=scores.__getitem__), scores

    def _folds(
        self, train: Joint, n_given: int, which: Indices, rng: np.random.RandomState
    ) -> list[Fold]:
        if isinstance(self.cv, Integral):
            splits = folds_in(min(self.cv, len(train)), len(train), slice(None), rng)
        else:
            splits = folds_in(self.cv, n_given, which, rng)
        return [(train.take(others), train.take(test)) for others, test in splits]

    def _mixture(self, candidate: Candidate, joint: Joint) -> Mixture:
        return self._fitted(candidate, joint).mixture_

    def _fitted(self, candidate: Candidate, joint: Joint) -> GaussianMixture:
        """By EM from the clusters of the hierarchy of the rows, or of a sample of them."""
        n_components, covariance_type = candidate
        estimator = GaussianMixture(
            n_components,
            covariance_type=covariance_type,
            tol=self.tol,
            reg_covar=self.reg_covar,
            max_iter=self.max_iter,
            random_state=self.random_state,
            n_threads=self.n_threads,
            n_factors=self.n_factors,
            factor_model=self.factor_model,
            prior=self.prior,
        )
        sample, labels = joint.hierarchy.sample, joint.hierarchy.labels(n_components)
        if len(labels) == len(joint):
            estimator.set_params(responsibilities_init=labels)
        else:
            start = clone(estimator).set_params(max_iter=0, responsibilities_init=labels)
            drawn = joint.take(sample.indices).values
            begun = start.fit(drawn, sample_weight=sample.weights).mixture_
            estimator.set_params(mixture_init=begun)
        estimator.fit(joint.values, sample_weight=joint.weights)
        return estimator

    @property
    def mixture_(self) -> Mixture:
        """The joint distribution of features and targets."""
        mixture: Mixture = self.estimator_.mixture_
        names = self._names()
        return mixture.named((*names, *self._targets.names)) if names else mixture

    @property
    def n_iter_(self) -> int:
        """Iterations of EM."""
        return self.estimator_.n_iter_

    def predict(self, X: AnyArray, return_std: bool = False) -> HostND | tuple[HostND, HostND]:
        """The mean of the targets given the features, and how far they spread around it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            NaN where a feature is missing.
        return_std : bool, default=False
            Whether standard deviations are returned too.

        Returns
        -------
        mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            In float32 where X is and what was fitted was, else in float64.
        deviation : ndarray of the same shape
            Only with `return_std`, in the units of the targets.
        """
        rows = self._rows(X)
        with _machine.threads(self.n_threads):
            mean, deviation = regression.mean_and_deviation(self.estimator_.mixture_, rows)
        if return_std:
            return self._answer(rows, mean), self._answer(rows, deviation)
        return self._answer(rows, mean)

    def predict_quantiles(self, X: AnyArray, q: ArrayLike) -> HostND:
        """Values below which a target lies with given probabilities; of several, each by itself.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            NaN where a feature is missing.
        q : float or array-like of float
            Probabilities from 0 to 1: [0.05, 0.95] for the interval that holds 90 %.

        Returns
        -------
        quantiles : ndarray of shape (n_samples,) or (n_samples, n_targets), and then that of q

        Raises
        ------
        ValueError
            For q beyond 0 and 1, or, with `calibrate`, beyond what the rows held out can tell.
        """
        rows = self._rows(X)
        given = check_probabilities(q)
        levels = np.broadcast_to(given, (len(self._targets.names), *given.shape))
        if self._recalibration is not None:
            levels = self._recalibration.levels(given)
        with _machine.threads(self.n_threads):
            found = regression.quantiles(self.estimator_.mixture_, rows, levels)
        return self._answer(rows, found)

    def log_prob(self, X: AnyArray, y: AnyArray) -> HostND:
        """log p(y | x): the log-density of targets given the features of their row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_targets)

        Returns
        -------
        log_density : ndarray of shape (n_samples,)
        """
        rows = self._rows(X)
        targets = check_array(
            on_host(y) if is_array(y) else y, ensure_2d=False, dtype="numeric", input_name="y"
        )
        check_consistent_length(rows, targets)
        expected = (len(rows),) if self._targets.single else (len(rows), len(self._targets.names))
        if targets.shape != expected:
            raise ValueError(f"y must have shape {expected}, but its shape is {targets.shape}.")
        joint = Joint(np.column_stack([rows, targets]), rows.shape[1])
        with _machine.threads(self.n_threads):
            return regression.log_prob(self.estimator_.mixture_, joint)

    def sample_y(self, X: AnyArray, n_samples: int = 1, random_state: Any = 0) -> HostND:
        """Draws of the targets given the features of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples_X, n_features)
        n_samples : int, default=1
            How many draws for each row.
        random_state : int, RandomState or None, default=0

        Returns
        -------
        draws : ndarray of shape (n_samples_X, n_samples) or (n_samples_X, n_targets, n_samples)
        """
        rows = self._rows(X)
        unknown = np.full((len(rows), len(self._targets.names)), np.nan)
        drawn = self.estimator_.mixture_.impute(
            np.column_stack([rows, unknown]),
            n_draws=n_samples,
            rng=check_random_state(random_state),
        )
        return self._answer(rows, np.moveaxis(drawn[:, :, rows.shape[1] :], 0, -1))

    def conditional(self, row: AnyArray) -> Mixture:
        """The distribution of the targets given the features of one row.

        Parameters
        ----------
        row : array-like of shape (n_features,) or (1, n_features)
            NaN where a feature is missing.

        Returns
        -------
        mixture : Mixture
            Of the targets.

        Examples
        --------
        >>> import mixtura as mx
        >>> X, y = [[0], [0], [1], [1]], [0.0, 0.2, 1.0, 1.2]
        >>> regressor = mx.MixtureRegressor(n_components=1, covariance_types="full").fit(X, y)
        >>> regressor.conditional([0.5]).mean().round(2)
        array([0.6])
        """
        check_is_fitted(self)
        alone = [row] if np.ndim(row) == 1 else row
        one = check_rows(alone, self.n_features_in_, self._names() or None)
        if len(one) != 1:
            raise ValueError(f"One row is needed, and there are {len(one)}.")
        ((_, given),) = regression.of_targets(self.mixture_, on_host(one))
        return given[0]

    def _check_varies(self, joint: Joint, targets: Targets) -> None:
        """Every feature and target has several values."""
        features = self._names() or tuple(f"{j}" for j in range(joint.n_features))
        for column, name in zip(joint.values.T, (*features, *targets.names), strict=True):
            seen = column[~np.isnan(column)]
            if not len(seen) or (seen == seen[0]).all():
                raise ValueError(
                    f"Column {name} has {'one value only' if len(seen) else 'no entry at all'}, so "
                    "that nothing can be learned of it; leave it out."
                )

    def _names(self) -> tuple[str, ...]:
        """Those of the features, where they have some."""
        return tuple(getattr(self, "feature_names_in_", ()))

    def _rows(self, X: AnyArray) -> HostND:
        check_is_fitted(self)
        rows: HostND = validate_data(
            self,
            with_nan(on_host(X) if is_array(X) else X),
            reset=False,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
        )
        check_no_infinity(rows)
        return rows

    def _answer(self, rows: HostND, values: Float) -> HostND:
        """As y was given, in float32 where the rows and those that were fitted are."""
        shaped = self._targets.shaped(values)
        single = rows.dtype == self.estimator_.kind_of_rows.dtype == np.float32
        return shaped.astype(np.float32) if single else shaped

    def fit_record(self) -> Record:
        """What a model file keeps beside the mixture: its estimator's record, and its own."""
        kept = self._recalibration
        own = {
            "settings": selection_settings(self.get_params(deep=False)),
            "feature_names": list(self._names()) or None,
            "target_names": list(self._targets.names),
            "single": self._targets.single,
            "scores": scores_record(self.scores_),
            "recalibration": None if kept is None else recalibration_record(kept),
        }
        return {**self.estimator_.fit_record(), "regressor": own}

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The fitted regressor that a model file keeps."""
        own = record["regressor"]
        regressor = cls(**restored_selection(own["settings"], mixture.n_features))
        regressor._validate_params()
        (single,) = flags([own["single"]])
        n_targets = len(own["target_names"])
        target_names = check_feature_names(own["target_names"], n_targets)
        if not 0 < n_targets < mixture.n_features or (single and n_targets > 1):
            raise ValueError("its target_names do not belong to its mixture.")
        regressor._targets = Targets(bool(single), target_names or ())
        regressor.n_features_in_ = mixture.n_features - n_targets
        names = check_feature_names(own["feature_names"], regressor.n_features_in_)
        if names is not None:
            regressor.feature_names_in_ = np.array(names, dtype=object)
        regressor.estimator_ = GaussianMixture.from_fit_record(mixture.named(None), record)
        if regressor.mixture_.feature_names != mixture.feature_names:
            raise ValueError("its feature_names are not those of its mixture.")
        regressor.scores_ = scores_of(own["scores"])
        kept = own["recalibration"]
        regressor._recalibration = None if kept is None else recalibration_of(kept, n_targets)
        return regressor

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_") and hasattr(self, "_targets")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
