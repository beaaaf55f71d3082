"""The problems that are measured: rows, and the parameters that every peer begins from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
"""float64, or float32 where that is asked for."""


@dataclass(frozen=True)
class Case:
    """n rows of d features, K components, one covariance type.

    Attributes
    ----------
    n, d, K : int
    covariance_type : str
        As scikit-learn names it.
    whole : bool
        Whether a fit is timed with its set-up, as for problems so small that it counts.
    """

    n: int
    d: int
    K: int
    covariance_type: str = "full"
    whole: bool = False


CASES = {
    "A": Case(1_000_000, 2, 3),
    "B": Case(1_000_000, 10, 10),
    "C": Case(200_000, 50, 20),
    "D": Case(50_000, 128, 32),
    "E": Case(100_000, 16, 256),
    "G": Case(1_000_000, 32, 64, "diag"),
    "T": Case(200_000, 50, 20, "tied"),
    "W": Case(20_000, 512, 8),
    "F": Case(500, 2, 3, whole=True),
}


@dataclass(frozen=True)
class Problem:
    """Rows and a start.

    Attributes
    ----------
    case : Case
    X : ndarray of shape (n, d)
    weights : ndarray of shape (K,)
    means : ndarray of shape (K, d)
    units : ndarray
        Unit covariances, their own inverses, in the shape of the covariance type.
    """

    case: Case
    X: Floats
    weights: Floats
    means: Floats
    units: Floats

    @property
    def start(self) -> dict[str, Any]:
        """The start as scikit-learn's parameters."""
        return {
            "weights_init": self.weights,
            "means_init": self.means,
            "precisions_init": self.units,
        }


def problem(
    case: Case, scale: float = 1.0, *, overlap: bool = False, dtype: str = "float64"
) -> Problem:
    """Rows of unit covariance about K means, always the same.

    Parameters
    ----------
    case : Case
    scale : float
        The share of the case's rows, but of small ones all.
    overlap : bool
        False draws means from N(0, 2^2) in each feature, so that in many dimensions clusters lie
        far apart and a row has one component; EM begins at random rows. True draws them from
        N(0, 1.5^2 / d), about two standard deviations apart in any dimension, so that a row has
        several; EM begins close to them, since from random rows it would take long to get there.
    dtype : str
        Of rows and start.
    """
    rng = np.random.default_rng(0)
    n = case.n if case.whole else max(case.K * 10, int(case.n * scale))
    spread = 1.5 / np.sqrt(case.d) if overlap else 2.0
    means = rng.normal(0, spread, (case.K, case.d))
    X = means[rng.integers(case.K, size=n)]
    X += rng.normal(size=X.shape)
    if overlap:
        start = means + rng.normal(0, spread / 5, means.shape)
    else:
        start = X[rng.choice(n, case.K, replace=False)]
    units = {
        "full": np.tile(np.eye(case.d), (case.K, 1, 1)),
        "tied": np.eye(case.d),
        "diag": np.ones((case.K, case.d)),
    }[case.covariance_type]
    weights = np.full(case.K, 1 / case.K)
    return Problem(case, *(a.astype(dtype, copy=False) for a in (X, weights, start, units)))
