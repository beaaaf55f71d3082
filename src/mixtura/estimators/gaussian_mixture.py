"""`GaussianMixture`: scikit-learn's estimator of that name, and what it lacks."""

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, StrOptions

from mixtura import _machine
from mixtura.distribution import Mixture, savable
from mixtura.em import (
    EFFORTS,
    STARTS,
    Solution,
    Steps,
    accelerate,
    iterate,
    solve_from,
    watching,
)
from mixtura.em.scale import column_variances, thinnest_variances
from mixtura.em.search import Candidate
from mixtura.estimators.batches import begun_with, taken_in
from mixtura.estimators.beginning import SEARCH, beginning_of
from mixtura.estimators.checks import check_n_factors
from mixtura.estimators.constant import naming_constant_columns
from mixtura.estimators.ending import stopping_of
from mixtura.estimators.fitted import FittedMixture
from mixtura.estimators.keeping import keeper_of, random_state_of
from mixtura.estimators.restrictions import family_of, m_step_of, reg_covar_of
from mixtura.estimators.rows import batch_to_learn, check_enough, check_in_memory, rows_to_fit
from mixtura.estimators.verbose import VerboseWatcher
from mixtura.estimators.warn import warn_of_maximum, warn_of_outcome, warn_of_scale
from mixtura.family import FAMILY_NAMES, MODELS, Prior
from mixtura.typing import AnyArray, AnyN


@savable
class GaussianMixture(FittedMixture):
    """Gaussian mixture fitted by expectation-maximization.

    Takes every parameter of scikit-learn's `GaussianMixture`, with its defaults and meaning, and
    gives its numbers: a program changes only its import. Beyond it: sample weights, labels,
    responsibilities or a mixture to begin from, the ICL criterion, and components that are repaired
    where scikit-learn stops with an error.

    Parameters
    ----------
    n_components : int, default=1
        K.
    covariance_type : str, default="full"
        "full", a covariance matrix for each component; "tied", one that all share; "diag", a
        variance for each feature; "spherical", one variance for all features; "factor", few factors
        and noise (`n_factors`), for many features. Or one of the families of Celeux and Govaert
        (1995), whose letters say whether volume, shape and axes of the ellipsoids are Equal or
        Variable, or the Identity: "EII", "VII" (which is "spherical"), "EEI", "VEI", "EVI", "VVI"
        ("diag"), "EEE" ("tied"), "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV" ("full"); of one
        feature, "E" and "V".
    tol : float, default=1e-3
        EM stops when an iteration gains less log-likelihood per row.
    reg_covar : float or "auto", default=1e-6
        Added to every variance, in squared units of the data. With 0, EM never lowers the
        likelihood; more maximizes nothing exactly, but keeps covariances invertible. "auto" adds to
        each feature a millionth of its variance, which does the same in any units; to a constant
        one it adds 1e-6.
    max_iter : int, default=100
        EM stops after so many iterations; with 0, the start itself is kept.
    n_init : int, default=1
        How many starts; the best run is kept.
    init_params : str or callable, default="kmeans"
        The start: "kmeans", "k-means++", "random" or "random_from_data"; "hierarchical", the
        clusters of model-based hierarchical clustering (Fraley 1998), which know no units and, of
        up to 2000 rows, no chance; or "search", which looks for the highest likelihood that there
        is, with as much `effort` as said. A callable gets (X, rng) and gives labels (n,),
        responsibilities (n, K) or a Mixture.
    weights_init, means_init, precisions_init : array-like, optional
        Parameters to begin from, in place of those of the start. With "search" give all three,
        or `fixed` ones.
    random_state : int, RandomState or None, default=None
        Of the starts, and of `sample`; an int gives the same result each time.
    warm_start : bool, default=False
        Whether `fit` continues from the last fit.
    verbose : int, default=0
        1 prints each run, 2 also its times and log-likelihoods.
    verbose_interval : int, default=10
        How many iterations are between two lines.
    responsibilities_init : array-like of shape (n,) or (n, K), optional
        Labels 0 to K - 1 or responsibilities to begin from, in place of `init_params`.
    mixture_init : Mixture, optional
        A mixture to begin from.
    effort : {"fast", "normal", "best"}, default="normal"
        How much work "search" is: short runs from many starts; also splits, merges, swaps and
        crossovers of what was found; or these until many in a row lead no higher.
    n_threads : int, optional
        For passes over the rows; by default all cores, or as MIXTURA_NUM_THREADS or OMP_NUM_THREADS
        say. Any number gives the same bits.
    accelerate : bool, default=False
        Whether EM takes longer steps (SQUAREM), which pays off where clusters overlap. It ends at
        the same maxima, and never lowers the likelihood; `tol` is held against three iterations.
        With "factor", EM takes its own steps all the same.
    stopping : {"gain", "aitken"}, default="gain"
        Whether `tol` is held against what an iteration gained, or against what Aitken's estimate
        says is left to gain.
    n_factors : int, optional
        For "factor": how many factors the features of a component share, fewer than there are
        features; by default 1, and none where there is one feature.
    factor_model : str, default="UUU"
        For "factor": three letters, C for constrained and U for not (McNicholas and Murphy 2008).
        Whether all components share their loadings; their noise; and whether all features have the
        same noise, as in probabilistic principal components.
    prior : "default", Prior or None, default=None
        A conjugate prior on means and covariances: EM then finds a mode of the posterior, and no
        component collapses. "default" is `Prior()`. Not for "factor".
    max_eigenvalue_ratio : float, optional
        At least 1: no variance of a component along any axis is larger than so many times that of
        any other along any other. For full, diag and spherical covariances.
    equal_weights : bool, default=False
        Whether all components have the weight 1 / K.
    fixed : str or tuple of str, default=()
        Of "weights", "means", "covariances": what stays as `weights_init`, `means_init`,
        `precisions_init` or `mixture_init` gives it.
    checkpoint : path-like, optional
        A folder in which `fit` keeps how far it is. However it ends, the same fit goes on from
        there, to the same bits; one that has ended gives its result again. `max_iter` and `n_init`
        may be larger then, and `tol` smaller. Not with `warm_start`.
    step_exponent : float, default=0.6
        For `partial_fit`, above 0.5 and at most 1: the t-th batch counts t^-step_exponent beside
        all before it. Near 0.5 first, poor mixtures are forgotten soon; with 1 all rows count
        alike, and the first ones were labelled by mixtures that knew little.
    half_life : float, optional
        For `partial_fit`: rows count half when rows of this weight have come after them, so that
        a drift is followed. By default a stream is taken to be the same from its first row on.

    Attributes
    ----------
    weights_ : array of shape (K,)
        pi_k, the share of each component.
    means_ : array of shape (K, d)
        mu_k, in the units of the data.
    covariances_, precisions_, precisions_cholesky_ : array
        (K, d, d) full, (d, d) tied, (K, d) diag, (K,) spherical. With "factor", (K, d, d), made
        when asked for; (1, d, d) where all components share loadings and noise. Of the other
        families, balls are (1,), boxes (1, d) where all are equal and else (K, d), and all others
        (K, d, d).
    loadings_, noise_variances_ : array of shape (K, d, q) and (K, d)
        Only with "factor": covariances are loadings loadings^T + diag(noise variances).
    converged_ : bool
        Whether the last iteration gained less than `tol`.
    n_iter_ : int
        Iterations of the best run: passes over the rows, those of steps not taken included.
    lower_bound_ : float
        Log-likelihood per row of the mixture that the last iteration began from.
    lower_bounds_ : list of float
        The same for every iteration.
    log_posterior_ : float
        With a prior: its log-density added, per row and up to a constant. Else `lower_bound_`.
    mixture_ : Mixture
        The fitted distribution.
    outcome_ : Outcome
        How the fit ended, with its sentence.
    history_ : tuple of Trace
        What happened in each of the `n_init` runs.
    n_samples_fit_ : int
        How many rows were fitted; those without any entry are not.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only where X has column names.

    References
    ----------
    Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition
    28, 781-793.

    Fraley, C. (1998). Algorithms for model-based Gaussian hierarchical clustering. SIAM Journal on
    Scientific Computing 20, 270-281.

    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data
    via the EM algorithm. Journal of the Royal Statistical Society B 39, 1-38.

    Varadhan, R. and Roland, C. (2008). Simple and globally convergent methods for accelerating the
    convergence of any EM algorithm. Scandinavian Journal of Statistics 35, 335-353.

    Fritz, H., Garcia-Escudero, L. A. and Mayo-Iscar, A. (2013). A fast algorithm for robust
    constrained clustering. Computational Statistics and Data Analysis 61, 124-136.

    Examples
    --------
    >>> import mixtura as mx
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> gm = mx.GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> gm.means_
    array([[10.,  2.],
           [ 1.,  2.]])
    >>> gm.predict([[0, 0], [12, 3]])
    array([1, 0])
    >>> gm.outcome_.sentence
    'The log-likelihood per row gained less than tol.'
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "covariance_type": [StrOptions(set(FAMILY_NAMES))],
        "tol": [Interval(Real, 0.0, None, closed="left")],
        "reg_covar": [Interval(Real, 0.0, None, closed="left"), StrOptions({"auto"})],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "init_params": [StrOptions({*STARTS, SEARCH}), callable],
        "weights_init": ["array-like", None],
        "means_init": ["array-like", None],
        "precisions_init": ["array-like", None],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "verbose_interval": [Interval(Integral, 1, None, closed="left")],
        "responsibilities_init": ["array-like", None],
        "mixture_init": [Mixture, None],
        "effort": [StrOptions(set(EFFORTS))],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "accelerate": ["boolean"],
        "stopping": [StrOptions({"gain", "aitken"})],
        "n_factors": [Interval(Integral, 1, None, closed="left"), None],
        "factor_model": [StrOptions(set(MODELS))],
        "prior": [StrOptions({"default"}), Prior, None],
        "max_eigenvalue_ratio": [Interval(Real, 1.0, None, closed="left"), None],
        "equal_weights": ["boolean"],
        "fixed": [str, tuple, list],
        "checkpoint": [str, PathLike, None],
        "step_exponent": [Interval(Real, 0.5, 1.0, closed="right")],
        "half_life": [Interval(Real, 0.0, None, closed="neither"), None],
    }

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float | str = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        responsibilities_init: Any = None,
        mixture_init: Mixture | None = None,
        effort: str = "normal",
        n_threads: int | None = None,
        accelerate: bool = False,
        stopping: str = "gain",
        n_factors: int | None = None,
        factor_model: str = "UUU",
        prior: Prior | str | None = None,
        max_eigenvalue_ratio: float | None = None,
        equal_weights: bool = False,
        fixed: str | Sequence[str] = (),
        checkpoint: str | PathLike[str] | None = None,
        step_exponent: float = 0.6,
        half_life: float | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.responsibilities_init = responsibilities_init
        self.mixture_init = mixture_init
        self.effort = effort
        self.n_threads = n_threads
        self.accelerate = accelerate
        self.stopping = stopping
        self.n_factors = n_factors
        self.factor_model = factor_model
        self.prior = prior
        self.max_eigenvalue_ratio = max_eigenvalue_ratio
        self.equal_weights = equal_weights
        self.fixed = fixed
        self.checkpoint = checkpoint
        self.step_exponent = step_exponent
        self.half_life = half_life

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> Self:
        """Fit the mixture to rows by EM.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            NumPy or Array API array, memory map, pandas or polars frame (whose names are kept), or
            lists; or `mx.scan(...)`, rows that are read in each pass and never held, a Dask array
            or data frame, or a Spark data frame: EM then begins from what it has found on a sample
            of them. NaN, None, NA, null and masked entries are missing, at random: they are
            integrated out.
        y : ignored
        sample_weight : array-like of shape (n_samples,) or str, optional
            How many times each row counts; not negative, and not all zero. Of a scan or a data
            frame of Dask or Spark, also the name of the column that says so, which is then no
            feature; of what Dask holds, also a Dask array or series that is cut alike.

        Returns
        -------
        self : GaussianMixture

        Raises
        ------
        ValueError
            For infinity, a column without any entry, fewer rows than components, or covariances
            beyond repair.
        CheckpointError
            Where `checkpoint` cannot be written or read, or keeps the fit of other rows.

        Warns
        -----
        ConvergenceWarning
            Where EM was stopped at `max_iter`.
        DegenerateComponentWarning
            Where a component collapsed and was repaired.
        RegularizationWarning
            Where `reg_covar` is large beside the variance of a column.
        """
        rows = rows_to_fit(self, X, sample_weight)
        names = getattr(self, "feature_names_in_", None)
        check_n_factors(self, rows.n_features)
        check_enough(rows, self.n_components, names)
        continued = self.warm_start and hasattr(self, "mixture_")
        family = family_of(self, rows.n_features)
        beginning = beginning_of(self, family, rows, continued=continued)
        rng = random_state_of(self)
        previous_bound = self.log_posterior_ if continued else -np.inf
        with _machine.threads(self.n_threads):
            width = self.n_components * rows.n_features
            engine, source = rows.opened(width, (family.need.name,))
            reg_covar = reg_covar_of(self, engine, source)
            if isinstance(reg_covar, float):
                warn_of_scale(reg_covar, column_variances(engine, source), names)
            m_step = m_step_of(self, family, beginning, engine, source)
            steps = Steps(engine, source, m_step, reg_covar)
            with (
                naming_constant_columns(engine, source, reg_covar, names),
                watching(*self._watchers()),
                keeper_of(self, source, rng) as keeper,
            ):
                solution = solve_from(
                    beginning,
                    steps,
                    stopping_of(self, previous_bound),
                    rng,
                    n_init=self.n_init,
                    turns=accelerate if self.accelerate else iterate,
                    keeper=keeper,
                )
            if self.init_params == SEARCH and not beginning.is_given:
                steps = replace(steps, thinnest=thinnest_variances(engine, source))
                warn_of_maximum(Candidate.of(solution.mixture, steps), reg_covar)
        self._keep(solution, family, rows.kind, rows.n_rows, rows.total_weight)
        warn_of_outcome(solution.best)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> Self:
        """Take in one batch of a stream, by stepwise EM (Cappe and Moulines 2009).

        The first batch is fitted as `fit` does. Each one after it is looked at once and moves the
        mixture by a step; see `step_exponent` and `half_life`. After `fit`, it goes on from there,
        as if the rows were spread just as the mixture says.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As for `fit`, in memory. A batch without any row that has weight and an entry changes
            nothing; the first one must have at least K, and better many more.
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional
            How many times each row counts.

        Returns
        -------
        self : GaussianMixture
            `lower_bound_` is then the log-likelihood per row of the batches, each under the mixture
            before it, and averaged as rows are remembered; `n_iter_` counts batches, and
            `n_samples_fit_` their rows.

        Raises
        ------
        ValueError
            As `fit` does; and where the features, `n_components` or the family have changed.

        Warns
        -----
        DegenerateComponentWarning
            Where a component collapsed and was repaired.

        References
        ----------
        Cappe, O. and Moulines, E. (2009). On-line expectation-maximization algorithm for latent
        data models. Journal of the Royal Statistical Society B 71, 593-613.

        Examples
        --------
        >>> import numpy as np
        >>> import mixtura as mx
        >>> rng = np.random.default_rng(0)
        >>> gm = mx.GaussianMixture(2, random_state=0)
        >>> for _ in range(100):
        ...     batch = rng.standard_normal((50, 1)) + 8 * rng.integers(2, size=(50, 1))
        ...     gm = gm.partial_fit(batch)
        >>> gm.n_iter_, gm.n_samples_fit_, np.sort(gm.means_[:, 0]).round()
        (100, 5000, array([0., 8.]))
        """
        begins = not hasattr(self, "mixture_")
        if begins:
            check_in_memory(X)
            self.fit(X, sample_weight=sample_weight)
        elif self._of_family() != self._fit_settings:
            raise ValueError(
                "partial_fit goes on from a fit whose number of components, family or fixed "
                "parameters were others; call fit to begin anew."
            )
        batch = batch_to_learn(self, X, sample_weight)
        if batch is None:
            return self
        with _machine.threads(self.n_threads):
            if begins:
                self._running = begun_with(self, self._family, batch)
                return self
            taken = taken_in(self, self._family, self._running, self._weight, batch)
        solution = Solution(taken.mixture, taken.trace, (taken.trace,))
        n_rows = self.n_samples_fit_ + batch.n_rows
        self._keep(solution, self._family, self._kind, n_rows, self._weight, taken.running)
        warn_of_outcome(taken.trace)
        return self

    def _watchers(self) -> list[VerboseWatcher]:
        return [VerboseWatcher(self.verbose, self.verbose_interval)] if self.verbose else []

    def fit_predict(self, X: AnyArray, y: object = None, sample_weight: AnyArray = None) -> AnyN:
        """Fit the mixture and label the rows: `fit(X).predict(X)`."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        tags.input_tags.allow_nan = True
        return tags
