"""The libraries that are compared: each runs EM from a problem's start with so many threads.

oneDAL is measured where `pip install scikit-learn-intelex` brought its `daal4py` along.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky
from threadpoolctl import threadpool_limits

import mixtura as mx
from cases import Case, Floats, Problem

REFEREE_ROWS = 50_000


@dataclass(frozen=True)
class Fitted:
    """Where a fit ended, in scikit-learn's shapes."""

    weights: Floats
    means: Floats
    covariances: Floats
    n_iter: int


class Fit(Protocol):
    """Runs so many iterations from the problem's start with so many threads."""

    def __call__(self, problem: Problem, n_iter: int, n_threads: int) -> Fitted:
        """The parameters after the last M-step."""


def fitted(model: Any) -> Fitted:
    """The parameters of an estimator like scikit-learn's."""
    return Fitted(model.weights_, model.means_, model.covariances_, model.n_iter_)


def mixtura(problem: Problem, n_iter: int, n_threads: int) -> Fitted:
    """Mixtura's estimator."""
    case = problem.case
    model = mx.GaussianMixture(
        case.K,
        covariance_type=case.covariance_type,
        max_iter=n_iter,
        tol=0,
        n_threads=n_threads,
        **problem.start,
    )
    return fitted(model.fit(problem.X))


def scikit_learn(problem: Problem, n_iter: int, n_threads: int) -> Fitted:
    """Scikit-learn's estimator."""
    case = problem.case
    model = ScikitLearnGaussianMixture(
        case.K, covariance_type=case.covariance_type, max_iter=n_iter, tol=0, **problem.start
    )
    with threadpool_limits(n_threads):
        return fitted(model.fit(problem.X))


def onedal(problem: Problem, n_iter: int, n_threads: int) -> Fitted:
    """OneDAL's algorithm, through daal4py."""
    means, units = problem.means, problem.units
    covariances = list(units) if problem.case.covariance_type == "full" else list(units[:, None])
    start = problem.weights[None], means, covariances
    return onedal_fit(problem.X, problem.case, start, n_iter, 0.0, n_threads)


def onedal_fit(
    X: Floats, case: Case, start: tuple[Any, ...], n_iter: int, gain: float, n_threads: int
) -> Fitted:
    """EM until the log-likelihood, summed over the rows, gains less than so much."""
    import daal4py

    onedal_threads(n_threads)
    algorithm = daal4py.em_gmm(
        **onedal_settings(X, case), maxIterations=n_iter, accuracyThreshold=gain
    )
    result = algorithm.compute(X, *start)
    covariances = np.stack([np.asarray(c) for c in result.covariances])
    covariances = covariances.reshape(-1, *[case.d] * (2 if case.covariance_type == "full" else 1))
    return Fitted(result.weights[0], result.means, covariances, int(result.nIterations[0, 0]))


def onedal_settings(X: Floats, case: Case) -> dict[str, Any]:
    """What its start and its fit have in common."""
    storage = {"full": "full", "diag": "diagonal"}[case.covariance_type]
    fptype = "float" if X.dtype == np.float32 else "double"
    return {"fptype": fptype, "nComponents": case.K, "covarianceStorage": storage}


@cache
def onedal_threads(n_threads: int) -> None:
    """Tell it once: it does not change its mind in a running process."""
    import daal4py

    daal4py.daalinit(n_threads)


PEERS: dict[str, Fit] = {"mixtura": mixtura, "scikit-learn": scikit_learn, "oneDAL": onedal}


@cache
def has_onedal() -> bool:
    """Whether it is installed; says once where it is not."""
    if find_spec("daal4py") is not None:
        return True
    print("oneDAL is not installed: pip install scikit-learn-intelex", file=sys.stderr)
    return False


def peers(case: Case) -> list[str]:
    """The names of those that can fit the case here; oneDAL has no shared covariance."""
    takes_part = case.covariance_type != "tied" and has_onedal()
    return [name for name in PEERS if name != "oneDAL" or takes_part]


def attempt(name: str, fit: Callable[[], Fitted]) -> Fitted | None:
    """A fit; None, and a line that says so, where the peer gives up, as oneDAL does on few rows."""
    try:
        return fit()
    except RuntimeError as error:
        print(f"{name} failed: {str(error).splitlines()[0]}", file=sys.stderr)
        return None


def log_likelihood(result: Fitted, problem: Problem) -> float:
    """Per row, of at most 50 000 rows, by scikit-learn in float64 whoever made the fit.

    NaN where a covariance is not positive definite.
    """
    judge = _judge(result, problem.case)
    return np.nan if judge is None else float(judge.score(_some(problem, REFEREE_ROWS)))


def components_per_row(result: Fitted, problem: Problem) -> float:
    """exp of the mean entropy of responsibilities: 1 where every row has one component."""
    judge = _judge(result, problem.case)
    if judge is None:
        return np.nan
    r = judge.predict_proba(_some(problem, 2000))
    return float(np.exp(-(r * np.log(np.maximum(r, 1e-300))).sum(axis=1).mean()))


def _judge(result: Fitted, case: Case) -> Any:
    model = ScikitLearnGaussianMixture(case.K, covariance_type=case.covariance_type)
    model.weights_, model.means_, model.covariances_ = (
        np.asarray(a, dtype=np.float64) for a in (result.weights, result.means, result.covariances)
    )
    try:
        model.precisions_cholesky_ = _compute_precision_cholesky(
            model.covariances_, case.covariance_type
        )
    except ValueError:
        return None
    return model


def _some(problem: Problem, n: int) -> Floats:
    return problem.X[:n].astype(np.float64)
