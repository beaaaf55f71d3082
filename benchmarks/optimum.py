"""Where EM ends, and whether that counts: what the results of all searches are judged by."""

import warnings
from typing import Any

import numpy as np

import mixtura as mx
from cases import Floats
from mixtura.errors import DegenerateFitError

TIGHT: dict[str, Any] = {"tol": 1e-9, "max_iter": 20_000}
"""So little is left to gain that fits compare to 1e-4 per row, even where EM is slow."""


def fixed_point(
    X: Floats, responsibilities: Floats, K: int, covariance_type: str, reg_covar: float | str
) -> mx.Mixture | None:
    """Where EM ends from labels or responsibilities; None where components collapse.

    With `reg_covar` more than 0 that is not exactly a maximum of the likelihood, so fits of other
    programs are compared at EM's own fixed points: their last responsibilities come here.
    """
    model = mx.GaussianMixture(
        K,
        covariance_type=covariance_type,
        reg_covar=reg_covar,
        responsibilities_init=responsibilities,
        **TIGHT,
    )
    return fitted(model, X)


def fitted(model: Any, X: Floats) -> mx.Mixture | None:
    """The mixture that an estimator of ours finds, without a word; None where it finds none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            mixture: mx.Mixture = model.fit(X).mixture_
        except DegenerateFitError:
            return None
    return mixture


def is_admissible(mixture: mx.Mixture, X: Floats, reg_covar: float) -> bool:
    """Whether no component is spurious.

    Each has N_k = sum_i r_ik >= 2 (d + 1) effective rows, and no variance along any axis below
    10 reg_covar. Without this, a component on three rows of wine wins.
    """
    N = mixture.responsibilities(X).sum(axis=0)
    each = [mixture.component(k).covariance() for k in range(mixture.n_components)]
    least = np.linalg.eigvalsh(each)[:, 0]
    return bool(N.min() >= 2 * (X.shape[1] + 1) and least.min() >= 10 * reg_covar)


def reached(mixture: mx.Mixture | None, X: Floats, reg_covar: float) -> float:
    """The log-likelihood per row; -inf where there is no mixture, or it is not admissible."""
    if mixture is None or not is_admissible(mixture, X, reg_covar):
        return -np.inf
    return float(mixture.log_prob(X).mean())


def searched(
    X: Floats, K: int, covariance_type: str, effort: str, seed: int, reg_covar: float | str
) -> mx.Mixture | None:
    """What our search finds, at EM's fixed point, on one thread."""
    model = mx.GaussianMixture(
        K,
        covariance_type=covariance_type,
        reg_covar=reg_covar,
        init_params="search",
        effort=effort,
        random_state=seed,
        n_threads=1,
        **TIGHT,
    )
    return fitted(model, X)
