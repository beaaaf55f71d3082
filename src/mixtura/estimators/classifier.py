"""`MixtureClassifier`: a Gaussian mixture a class."""

from collections.abc import Callable, Iterable
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from mixtura import _machine
from mixtura._array import is_array, on_host
from mixtura.distribution import Mixture, Record, savable
from mixtura.distribution.entries import with_nan
from mixtura.em import EFFORTS, Outcome, Trace
from mixtura.estimators.checks import check_no_infinity
from mixtura.estimators.class_fits import Found, check_classes, fit_edda, fit_mclustda
from mixtura.estimators.class_labels import classes_of
from mixtura.estimators.class_record import class_record, restored_class_fit
from mixtura.estimators.rows import Told, answered
from mixtura.estimators.warn import warn_of_inadmissible, warn_of_outcome
from mixtura.family import MODELS
from mixtura.typing import AnyArray, Float, HostND
from mixtura.uses.labelled import Labelled


@savable
class MixtureClassifier(ClassifierMixin, BaseEstimator):
    """Classify rows by a Gaussian mixture a class, and Bayes' rule.

    With one Gaussian a class (EDDA), a family of covariances says what classes share: "EEE" is
    linear discriminant analysis, "VVV" quadratic, and the one that suits the rows best is chosen.
    With several (MclustDA), a class may have any shape. NaN entries are missing at random, and
    integrated out in `fit` and in `predict`. Rows without a label help to fit (EM in which the
    classes of the others are held).

    Parameters
    ----------
    model : {"EDDA", "MclustDA"}, default="EDDA"
        One Gaussian a class, whose covariances are of one family; or a mixture a class, each with a
        number of components and a family of its own.
    n_components : int or iterable of int, default=(1, 2, 3, 4, 5)
        Of "MclustDA": the numbers of components among which each class chooses.
    covariance_types : str or list of str, default="all"
        The families among which to choose, as in `AutoGaussianMixture`.
    criterion : {"bic", "cv"}, default="bic"
        How to choose: the lowest BIC; or the highest log-likelihood of rows, with their classes,
        that are held out.
    priors : array-like of shape (n_classes,), optional
        The classes' prior probabilities, in the order of `classes_`; by default their shares of the
        rows that are fitted.
    unlabelled : object, optional
        The label, such as -1, of rows whose class is not known. np.nan stands for whatever is
        missing: NaN, None, pandas' NA. By default every row has a label.
    calibrate : bool, default=True
        Whether rows that are held out say how certain `predict_proba` may be; `temperature_` tells
        what they said. What `predict` says stays the same.
    cv : int, cross-validation generator or iterable, default=5
        The folds of labelled rows for "cv" and `calibrate`: a number, of which each class has the
        same share, drawn by chance; or scikit-learn's other ways to say them. With fewer rows in a
        class there are fewer folds; with one row there are none, and BIC chooses.
    effort : {"fast", "normal", "best"}, default="fast"
        Of "MclustDA": how much work is done for each class, as in `AutoGaussianMixture`.
    reg_covar : float or "auto", default="auto"
        Added to every variance, as in `GaussianMixture`.
    tol : float, default=1e-7
        EM ends when three iterations gain less log-likelihood per row.
    max_iter : int, default=1000
        A run of EM stops after so many iterations.
    n_factors, factor_model : optional
        Of "factor", as in `GaussianMixture`.
    random_state : int, RandomState or None, default=None
        Of the folds, and of searches.
    n_threads : int, optional
        For passes over the rows; by default all cores.

    Attributes
    ----------
    classes_ : ndarray of shape (C,)
        The labels, sorted.
    priors_ : ndarray of shape (C,)
        p(c).
    class_mixtures_ : dict from label to Mixture
        p(x | c), the distribution of the rows of each class.
    mixture_ : Mixture
        That of all rows, whose components are those of the classes in their order.
    component_classes_ : ndarray of shape (K,)
        The label of each component.
    covariance_types_ : tuple of str
        The family of each class.
    temperature_ : float
        T in p(c | x) proportional to p(x, c)^(1 / T): above 1 where rows that were held out showed
        the model to be too certain.
    criteria_ : dict from str to float
        Of "EDDA": BIC, or with "cv" the log-likelihood per row held out with its sign changed, by
        family, the best first. Families that could not be fitted are left out.
    converged_ : bool
    n_iter_ : int
        Iterations of EM; of "MclustDA" the most of any class.
    history_ : tuple of Trace
        What happened in them.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only where X has column names.

    See Also
    --------
    sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis : "VVV", without NaN or weights.

    References
    ----------
    Bensmail, H. and Celeux, G. (1996). Regularized Gaussian discriminant analysis through
    eigenvalue decomposition. Journal of the American Statistical Association 91, 1743-1748.

    Fraley, C. and Raftery, A. E. (2002). Model-based clustering, discriminant analysis, and density
    estimation. Journal of the American Statistical Association 97, 611-631.

    Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern neural
    networks. International Conference on Machine Learning.

    Examples
    --------
    >>> import mixtura as mx
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = mx.MixtureClassifier(random_state=0).fit(X, y)
    >>> classifier.covariance_types_
    ('VEV', 'VEV', 'VEV')
    >>> classifier.predict_proba(X[[0, 77]]).round(2)
    array([[1.  , 0.  , 0.  ],
           [0.  , 0.76, 0.24]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any] | str]] = {
        "model": [StrOptions({"EDDA", "MclustDA"})],
        "n_components": "no_validation",  # `numbers_in` does
        "covariance_types": [str, tuple, list],  # `families_named` checks names
        "criterion": [StrOptions({"bic", "cv"})],
        "priors": ["array-like", None],
        "unlabelled": "no_validation",  # any label
        "calibrate": ["boolean"],
        "cv": ["cv_object"],
        "effort": [StrOptions(set(EFFORTS))],
        "reg_covar": [Interval(Real, 0.0, None, closed="left"), StrOptions({"auto"})],
        "tol": [Interval(Real, 0.0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_factors": [Interval(Integral, 1, None, closed="left"), None],
        "factor_model": [StrOptions(set(MODELS))],
        "random_state": ["random_state"],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        model: str = "EDDA",
        *,
        n_components: int | Iterable[int] = (1, 2, 3, 4, 5),
        covariance_types: Any = "all",
        criterion: str = "bic",
        priors: ArrayLike | None = None,
        unlabelled: Any = None,
        calibrate: bool = True,
        cv: Any = 5,
        effort: str = "fast",
        reg_covar: float | str = "auto",
        tol: float = 1e-7,
        max_iter: int = 1000,
        n_factors: int | None = None,
        factor_model: str = "UUU",
        random_state: Any = None,
        n_threads: int | None = None,
    ) -> None:
        self.model = model
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.priors = priors
        self.unlabelled = unlabelled
        self.calibrate = calibrate
        self.cv = cv
        self.effort = effort
        self.reg_covar = reg_covar
        self.tol = tol
        self.max_iter = max_iter
        self.n_factors = n_factors
        self.factor_model = factor_model
        self.random_state = random_state
        self.n_threads = n_threads

    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    _found: Found

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: AnyArray, y: AnyArray, sample_weight: AnyArray = None) -> Self:
        """Fit a mixture a class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As for `GaussianMixture`; NaN entries are missing at random, and integrated out.
        y : array-like of shape (n_samples,)
            Labels of any one kind; `unlabelled` where there is none.
        sample_weight : array-like of shape (n_samples,), optional
            How many times each row counts; not negative, and not all zero.

        Returns
        -------
        self : MixtureClassifier

        Raises
        ------
        ValueError
            For infinity, fewer than two classes, a feature that is constant or of which a class has
            no entry, or where classes have too few rows for every family.

        Warns
        -----
        DegenerateComponentWarning
            Where the covariances of every family are as good as singular.
        ConvergenceWarning
            Where EM was stopped at `max_iter`.
        """
        rows = self._rows(X, reset=True)
        told = Told.of(rows, sample_weight)
        counts = np.zeros(told.n_given, dtype=np.bool_)
        counts[told.which] = True if told.weights is None else told.weights > 0
        self.classes_, classes = classes_of(y, self.unlabelled, told.n_given, counts)
        labelled = Labelled.of(told.rows, classes[told.which], told.weights, len(self.classes_))
        names = getattr(self, "feature_names_in_", None)
        check_classes(labelled, self.classes_, names)
        rng = check_random_state(self.random_state)
        with _machine.threads(self.n_threads):
            fit = fit_edda if self.model == "EDDA" else fit_mclustda
            self._found = fit(self, labelled, rng)
        if not self._found.is_admissible:
            warn_of_inadmissible("covariances are as good as singular along some axis")
        for trace in self._found.traces:
            warn_of_outcome(trace)
        return self

    def predict(self, X: AnyArray) -> NDArray[Any]:
        """The most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        posterior = self.predict_log_proba(X)
        return np.asarray(self.classes_[posterior.argmax(axis=1)])

    def predict_proba(self, X: AnyArray) -> HostND:
        """The probability of each class, p(c | x).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return np.asarray(np.exp(self.predict_log_proba(X)))

    def predict_log_proba(self, X: AnyArray) -> HostND:
        """The logarithms of `predict_proba`, which do not underflow.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self._answered(X, self._found.model.log_posterior)

    def decision_function(self, X: AnyArray) -> HostND:
        """Log-probabilities of classes; of two, the log-odds of the second.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        decision : ndarray of shape (n_samples, n_classes), or (n_samples,)
        """
        posterior = self.predict_log_proba(X)
        return posterior[:, 1] - posterior[:, 0] if posterior.shape[1] == 2 else posterior

    def score_samples(self, X: AnyArray) -> HostND:
        """The log-density log p(x) of each row, low where a row resembles no class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_density : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self._answered(X, self._found.model.mixture.log_prob)

    @property
    def mixture_(self) -> Mixture:
        """The distribution of all rows, with the components of all classes."""
        return self._found.model.mixture.named(self._names())

    @property
    def class_mixtures_(self) -> dict[Any, Mixture]:
        """The distribution of the rows of each class, by its label."""
        names = self._names()
        return {
            label: self._found.model.of_class(c).named(names)
            for c, label in enumerate(self.classes_.tolist())
        }

    @property
    def component_classes_(self) -> NDArray[Any]:
        """The label of each component."""
        return np.asarray(self.classes_[self._found.model.class_of])

    @property
    def priors_(self) -> Float:
        """The prior probability of each class."""
        return self._found.model.priors

    @property
    def temperature_(self) -> float:
        """T, by which probabilities were calibrated."""
        return self._found.model.temperature

    @property
    def covariance_types_(self) -> tuple[str, ...]:
        """The family of each class."""
        return self._found.covariance_types

    @property
    def criteria_(self) -> dict[str, float]:
        """What was chosen by, by family."""
        return dict(self._found.criteria)

    @property
    def history_(self) -> tuple[Trace, ...]:
        """What happened in each run of EM."""
        return self._found.traces

    @property
    def converged_(self) -> bool:
        """Whether EM gained less than `tol` at last, in every class."""
        return all(trace.outcome is Outcome.CONVERGED for trace in self.history_)

    @property
    def n_iter_(self) -> int:
        """The most iterations of EM."""
        return max(trace.n_iter for trace in self.history_)

    def _names(self) -> tuple[str, ...] | None:
        names = getattr(self, "feature_names_in_", None)
        return None if names is None else tuple(names)

    def _rows(self, X: AnyArray, *, reset: bool) -> HostND:
        """Checked rows in NumPy, with NaN for missing entries."""
        rows: HostND = validate_data(
            self,
            with_nan(on_host(X) if is_array(X) else X),
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
        )
        check_no_infinity(rows)
        return rows

    def _answered(self, X: AnyArray, formula: Callable[[HostND], Float]) -> HostND:
        """What a formula says, in float32 where rows and those that were fitted are float32."""

        def answer(rows: HostND) -> HostND:
            single = rows.dtype == np.float32 and self._found.precision == "float32"
            return formula(rows).astype(np.float32 if single else np.float64, copy=False)

        with _machine.threads(self.n_threads):
            answers: HostND = answered(self, X, partial(self._rows, reset=False), answer)
        return answers

    def fit_record(self) -> Record:
        """What a model file keeps beside the mixture."""
        return class_record(self._found, self.get_params(deep=False), self.classes_)

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The fitted classifier that a model file keeps."""
        found, settings, labels = restored_class_fit(mixture, record)
        classifier = cls(**settings)
        classifier._validate_params()
        classifier._found, classifier.classes_ = found, labels
        classifier.n_features_in_ = mixture.n_features
        if mixture.feature_names is not None:
            classifier.feature_names_in_ = np.array(mixture.feature_names, dtype=object)
        return classifier

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_found")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
