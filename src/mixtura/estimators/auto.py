"""`AutoGaussianMixture`: the family and the number of components are chosen too."""

from collections.abc import Iterable
from importlib import import_module
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from mixtura import _machine
from mixtura.data import Resident, Source
from mixtura.distribution import Mixture, Record, savable
from mixtura.em import (
    CYCLE,
    EFFORTS,
    Beginning,
    Outcome,
    Search,
    Solution,
    Steps,
    Stopping,
    Trace,
)
from mixtura.em.scale import column_variances
from mixtura.engine import Engine
from mixtura.errors import DegenerateFitError
from mixtura.estimators.checks import check_n_factors
from mixtura.estimators.choices import families_named, folds_in, numbers_in
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.queries import MixtureQueries
from mixtura.estimators.record import (
    records_of,
    restored_selection,
    selection_settings,
    table_record,
)
from mixtura.estimators.restrictions import family_of, m_step_of, reg_covar_of
from mixtura.estimators.rows import Rows, check_enough, rows_to_fit
from mixtura.estimators.verbose import VerboseSweep
from mixtura.estimators.warn import warn_of_inadmissible, warn_of_outcome, warn_of_scale
from mixtura.family import MODELS, Prior
from mixtura.selection.cells import Cell
from mixtura.selection.criteria import CRITERIA
from mixtura.selection.grid import Grid
from mixtura.selection.in_passes import Passes, select_in_passes
from mixtura.selection.problem import Problem
from mixtura.selection.record import CellRecord
from mixtura.selection.select import Plan, Selection, select
from mixtura.selection.sweep_watcher import all_sweep_watchers
from mixtura.typing import AnyArray, AnyN, Indices


@savable
class AutoGaussianMixture(MixtureQueries):
    """Gaussian mixture whose family and number of components are chosen.

    A table of families by numbers of components is filled by EM, and the best cell is kept. The
    cells help each other: labels of the same hierarchical clusterings begin all of them; a mixture
    found for a family is a start for every wider one, and a component of it split or merged with
    another for one component more or less. No cell ends below one that is nested in it.

    A fit is admissible where each component has at least 2 (d + 1) rows, and along any axis at
    least ten times `reg_covar` as its variance, and 1e-10 of that of all rows: one on fewer rows,
    or thinner, may have any likelihood. Others are shown, and chosen only where there is none.

    Parameters
    ----------
    n_components : int or iterable of int, default=(1, ..., 9)
        K, or those among which to choose.
    covariance_types : str or list of str, default="all"
        Families as in `GaussianMixture`: a name or several; "all", the fourteen of Celeux and
        Govaert (1995), which of one feature are "E" and "V"; or "sklearn", the four that
        scikit-learn has.
    criterion : {"bic", "icl", "aic", "cv"}, default="bic"
        What is best: the lowest BIC, ICL or AIC, or the highest log-likelihood of rows held out in
        cross-validation. BIC finds the mixture; ICL prefers clusters that are well apart.
    effort : {"fast", "normal", "best"}, default="normal"
        How much work is done: the starts that cells have in common; also a search for the few cells
        that lead; or a search for every cell.
    cv : int, cross-validation generator or iterable, default=5
        For "cv", how many folds of rows, drawn by chance; or scikit-learn's other ways to say them.
        Each is scored by fits to its training rows alone. The ten cells with the best BIC and the
        ten with the best AIC are.
    stop_early : bool, default=True
        Whether a family whose criterion has risen twice and is out of reach is left out for more
        components. With "cv" none is.
    reg_covar : float or "auto", default=0.0
        Added to every variance, as in `GaussianMixture`. With 0 nothing blurs the comparison of
        families, and units do not matter to those that have none.
    tol : float, default=1e-7
        A run of EM ends when three iterations gain less log-likelihood per row. Criteria compare
        small differences of large sums, so that it is small.
    max_iter : int, default=1000
        A run of EM stops after so many iterations.
    n_factors, factor_model : optional
        Of "factor", as in `GaussianMixture`.
    prior : "default", Prior or None, default=None
        A conjugate prior on means and covariances.
    random_state : int, RandomState or None, default=None
        Of searches, of folds, and of the 2000 rows that are clustered where there are more.
    n_threads : int, optional
        For passes over the rows; by default all cores.
    verbose : int, default=0
        1 prints a line for each cell.

    Attributes
    ----------
    table_ : pandas.DataFrame
        A row for each cell, the best first: n_components, covariance_type, log_likelihood (of all
        rows), n_parameters, bic, aic, icl, n_iter, converged, admissible, status ("fitted",
        "failed" or "stopped"), reason, and with criterion="cv" the cv.
    best_estimator_ : GaussianMixture
        The fitted mixture that was chosen.
    best_params_ : dict
        Its n_components and covariance_type.
    criterion_ : float
        Its criterion.
    mixture_ : Mixture
        Its distribution.
    weights_, means_, covariances_, converged_, n_iter_, ...
        As of `GaussianMixture`.

    See Also
    --------
    GaussianMixture : one family, one number of components.

    References
    ----------
    Fraley, C. and Raftery, A. E. (2002). Model-based clustering, discriminant analysis, and density
    estimation. Journal of the American Statistical Association 97, 611-631.

    Biernacki, C., Celeux, G. and Govaert, G. (2000). Assessing a mixture model for clustering with
    the integrated completed likelihood. IEEE Transactions on Pattern Analysis and Machine
    Intelligence 22, 719-725.

    Smyth, P. (2000). Model selection for probabilistic clustering using cross-validated likelihood.
    Statistics and Computing 10, 63-72.

    Examples
    --------
    >>> import mixtura as mx
    >>> from sklearn.datasets import load_iris
    >>> auto = mx.AutoGaussianMixture(range(1, 5), random_state=0).fit(load_iris().data)
    >>> auto.best_params_
    {'n_components': 2, 'covariance_type': 'VEV'}
    >>> auto.table_[["covariance_type", "n_components", "bic"]].head(3).round(1)
      covariance_type  n_components    bic
    0             VEV             2  561.7
    1             VEV             3  562.6
    2             VVV             2  574.0
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": "no_validation",  # `numbers_in` does
        "covariance_types": [str, tuple, list],  # `families_named` checks names
        "criterion": [StrOptions(set(CRITERIA))],
        "effort": [StrOptions(set(EFFORTS))],
        "cv": ["cv_object"],
        "stop_early": ["boolean"],
        "reg_covar": [Interval(Real, 0.0, None, closed="left"), StrOptions({"auto"})],
        "tol": [Interval(Real, 0.0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_factors": [Interval(Integral, 1, None, closed="left"), None],
        "factor_model": [StrOptions(set(MODELS))],
        "prior": [StrOptions({"default"}), Prior, None],
        "random_state": ["random_state"],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components: int | Iterable[int] = (1, 2, 3, 4, 5, 6, 7, 8, 9),
        *,
        covariance_types: Any = "all",
        criterion: str = "bic",
        effort: str = "normal",
        cv: Any = 5,
        stop_early: bool = True,
        reg_covar: float | str = 0.0,
        tol: float = 1e-7,
        max_iter: int = 1000,
        n_factors: int | None = None,
        factor_model: str = "UUU",
        prior: Prior | str | None = None,
        random_state: Any = None,
        n_threads: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.effort = effort
        self.cv = cv
        self.stop_early = stop_early
        self.reg_covar = reg_covar
        self.tol = tol
        self.max_iter = max_iter
        self.n_factors = n_factors
        self.factor_model = factor_model
        self.prior = prior
        self.random_state = random_state
        self.n_threads = n_threads
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> Self:
        """Fill the table, and keep the best cell.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As for `GaussianMixture`; NaN entries are missing at random, and integrated out. Of
            `mx.scan(...)`, rows that are read in passes, all cells are fitted to a sample, and
            those that may be the best to all rows; folds of "cv" are of the sample.
        y : ignored
        sample_weight : array-like of shape (n_samples,) or str, optional
            How many times each row counts; not negative, and not all zero. Of a scan, also the name
            of the column that says so.

        Returns
        -------
        self : AutoGaussianMixture

        Raises
        ------
        ValueError
            For infinity, a column without any entry, fewer rows than the least number of
            components, or where no cell could be fitted.

        Warns
        -----
        DegenerateComponentWarning
            Where no fit is admissible, and the best of the others is kept.
        ConvergenceWarning
            Where the best fit was stopped at `max_iter`.
        RegularizationWarning
            Where `reg_covar` is large beside the variance of a column.
        """
        rows = rows_to_fit(self, X, sample_weight)
        numbers = numbers_in(self.n_components)
        check_enough(rows, numbers[0], getattr(self, "feature_names_in_", None))
        families = families_named(self.covariance_types, rows.n_features)
        grid = Grid.of(numbers, families, self.factor_model)
        with _machine.threads(self.n_threads):
            selection = self._selected(rows, grid, check_random_state(self.random_state))
        if selection is None:
            raise DegenerateFitError
        fit = selection.fit
        self._keep(
            selection.records,
            self._estimator(selection.best).with_solution(
                Solution(fit.mixture, fit.trace, (fit.trace,)),
                rows.kind,
                rows.n_rows,
                getattr(self, "feature_names_in_", None),
            ),
        )
        warn_of_outcome(fit.trace)
        if not fit.is_admissible:
            warn_of_inadmissible(selection.records[0].reason)
        return self

    def _selected(self, rows: Rows, grid: Grid, rng: np.random.RandomState) -> Selection | None:
        """The sweep of all rows; of those that are read in passes, of a sample first."""
        estimators = {cell: self._estimator(cell) for cell in grid}
        for estimator in estimators.values():
            check_n_factors(estimator, rows.n_features)
        families = {cell: family_of(each, rows.n_features) for cell, each in estimators.items()}
        engine, source = rows.opened(
            max(grid.numbers) * rows.n_features,
            tuple({family.need.name for family in families.values()}),
        )
        reg_covar = reg_covar_of(self, engine, source)
        if isinstance(reg_covar, float):
            names = getattr(self, "feature_names_in_", None)
            warn_of_scale(reg_covar, column_variances(engine, source), names)

        def steps_of(cell: Cell, engine: Engine, source: Source) -> Steps:
            nothing_given = Beginning(cell.n_components, Search(EFFORTS["fast"]))
            m_step = m_step_of(estimators[cell], families[cell], nothing_given, engine, source)
            return Steps(engine, source, m_step, reg_covar)

        stopping = Stopping(self.tol, self.max_iter, span=CYCLE)
        watcher = all_sweep_watchers(*([VerboseSweep()] if self.verbose else []))
        if isinstance(source, Resident):
            plan = self._plan(rows.n_given, rows.which, rng)
            problem = Problem.of(engine, source, steps_of, stopping)
            return select(problem, grid, plan, rng, watcher)
        passes = Passes(engine, source, rows.total_weight, steps_of, stopping)
        few = passes.sample(grid, rng)
        plan = self._plan(few.source.n_rows, slice(None), rng)
        return select_in_passes(passes, few, grid, plan, rng, watcher)

    def _plan(self, n_given: int, which: slice | Indices, rng: np.random.RandomState) -> Plan:
        folds = folds_in(self.cv, n_given, which, rng) if self.criterion == "cv" else []
        return Plan(self.criterion, self.effort, self.stop_early, folds)

    def _estimator(self, cell: Cell) -> GaussianMixture:
        """That of a cell by itself, which would search for as good a fit."""
        return GaussianMixture(
            cell.n_components,
            covariance_type=cell.covariance_type,
            tol=self.tol,
            reg_covar=self.reg_covar,
            max_iter=self.max_iter,
            init_params="search",
            random_state=self.random_state,
            effort=self.effort,
            n_threads=self.n_threads,
            accelerate=True,
            n_factors=self.n_factors,
            factor_model=self.factor_model,
            prior=self.prior,
        )

    def fit_predict(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> AnyN:
        """Fit the table and label the rows: `fit(X).predict(X)`."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    best_estimator_: GaussianMixture
    best_params_: dict[str, Any]
    criterion_: float
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    _records: tuple[CellRecord, ...]
    _table: Any

    def _keep(self, records: tuple[CellRecord, ...], best: GaussianMixture) -> None:
        self._records, self._table = records, None
        self.best_estimator_ = best
        self.best_params_ = {
            "n_components": best.n_components,
            "covariance_type": best.covariance_type,
        }
        self.criterion_ = getattr(records[0], self.criterion)

    @property
    def table_(self) -> Any:
        """The cells, the best first, as a pandas frame; pandas is imported when it is asked for."""
        check_is_fitted(self)
        if self._table is None:
            frames = import_module("mixtura.selection.frame")
            self._table = frames.frame_of(self._records, with_cv=self.criterion == "cv")
        return self._table

    @property
    def mixture_(self) -> Mixture:  # type: ignore[override] # not kept twice
        """The distribution that was chosen."""
        return self.best_estimator_.mixture_

    @property
    def _kind(self) -> AnyArray:
        return self.best_estimator_.kind_of_rows

    @property
    def outcome_(self) -> Outcome:
        """How the last run of the best fit ended."""
        return self.best_estimator_.outcome_

    @property
    def history_(self) -> tuple[Trace, ...]:
        """What happened in it."""
        return self.best_estimator_.history_

    @property
    def converged_(self) -> bool:
        """Whether three iterations gained less than `tol`."""
        return self.best_estimator_.converged_

    @property
    def n_iter_(self) -> int:
        """Iterations of the last run of the best fit."""
        return self.best_estimator_.n_iter_

    @property
    def lower_bound_(self) -> float:
        """Log-likelihood per row of the mixture that the last iteration began from."""
        return self.best_estimator_.lower_bound_

    @property
    def n_samples_fit_(self) -> int:
        """How many rows were fitted; those without any entry are not."""
        return self.best_estimator_.n_samples_fit_

    def _n_parameters(self) -> int:
        return self._records[0].n_parameters

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "best_estimator_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        tags.input_tags.allow_nan = True
        return tags

    def fit_record(self) -> Record:
        """What a model file keeps beside the mixture: its estimator's record, and the table."""
        return {
            **self.best_estimator_.fit_record(),
            "selection": {
                "settings": selection_settings(self.get_params(deep=False)),
                "table": table_record(self._records),
            },
        }

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The fitted estimator that a model file keeps."""
        own = record["selection"]
        auto = cls(**restored_selection(own["settings"], mixture.n_features))
        auto._validate_params()
        best = GaussianMixture.from_fit_record(mixture, record)
        auto.n_features_in_ = best.n_features_in_
        if mixture.feature_names is not None:
            auto.feature_names_in_ = best.feature_names_in_
        records = records_of(own["table"])
        auto._keep(records, best)
        if auto.best_params_ != {
            "n_components": records[0].n_components,
            "covariance_type": records[0].covariance_type,
        }:
            raise ValueError("the first cell of its table is not that of its mixture.")
        return auto
