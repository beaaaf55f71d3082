"""Seconds per EM iteration, beside other libraries, from the same start on the same rows.

    python benchmarks/iterations.py                 all cases, as large as the table says
    python benchmarks/iterations.py A F --scale 0.1 some, on a tenth of the rows

Each peer's iteration is the difference of a long and a short fit, so that set-up does not count;
peers take turns, and the median of their turns is printed, since machines are shared and noisy. The
share of DGEMM is 2 n K d^2 flops per iteration (the least that dense covariances need) over the
rate of a large matrix product with the same threads.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture

import mixtura as mx


@dataclass(frozen=True)
class Case:
    """n rows of d features, K components, one covariance type."""

    n: int
    d: int
    K: int
    covariance_type: str = "full"


CASES = {
    "A": Case(1_000_000, 2, 3),
    "B": Case(1_000_000, 10, 10),
    "C": Case(200_000, 50, 20),
    "D": Case(50_000, 128, 32),
    "E": Case(100_000, 16, 256),
    "G": Case(1_000_000, 32, 64, "diag"),
    "T": Case(200_000, 50, 20, "tied"),
    "W": Case(20_000, 512, 8),
    "F": Case(500, 2, 3),
}

Fit = Callable[[int], float]
"""Runs that many iterations, and returns the log-likelihood per row before the last."""


def problem(case: Case, scale: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Overlapping clusters, and a start: random rows as means, unit covariances."""
    rng = np.random.default_rng(0)
    n = max(case.K * 10, int(case.n * scale))
    means = rng.normal(0, 2, (case.K, case.d))
    X = means[rng.integers(case.K, size=n)] + rng.normal(size=(n, case.d))
    shape = {
        "full": np.broadcast_to(np.eye(case.d), (case.K, case.d, case.d)),
        "tied": np.eye(case.d),
        "diag": np.ones((case.K, case.d)),
    }[case.covariance_type]
    start = {
        "weights_init": np.full(case.K, 1 / case.K),
        "means_init": X[rng.choice(n, case.K, replace=False)],
        "precisions_init": np.array(shape),
    }
    return X, start


def sklearn_like(cls: type, case: Case, X: np.ndarray, start: dict[str, np.ndarray]) -> Fit:
    """The fit of an estimator with scikit-learn's parameters."""

    def fit(n_iter: int) -> float:
        model = cls(case.K, covariance_type=case.covariance_type, max_iter=n_iter, tol=0, **start)
        return model.fit(X).lower_bound_

    return fit


def peers(case: Case, X: np.ndarray, start: dict[str, np.ndarray]) -> dict[str, Fit]:
    """The fits to compare, by name."""
    return {
        "mixtura": sklearn_like(mx.GaussianMixture, case, X, start),
        "scikit-learn": sklearn_like(ScikitLearnGaussianMixture, case, X, start),
    }


def seconds(fit: Fit, n_iter: int) -> float:
    """How long so many iterations take."""
    began = time.perf_counter()
    fit(n_iter)
    return time.perf_counter() - began


def per_iteration(fits: dict[str, Fit], turns: int) -> dict[str, float]:
    """The median over turns of (long fit - short fit) / (difference of their iterations)."""
    lengths = {}
    for name, fit in fits.items():
        once = seconds(fit, 2) / 2
        lengths[name] = int(np.clip(0.5 / max(once, 1e-9), 2, 200))
    times: dict[str, list[float]] = {name: [] for name in fits}
    for _ in range(turns):
        for name, fit in fits.items():
            gain = seconds(fit, 1 + lengths[name]) - seconds(fit, 1)
            times[name].append(gain / lengths[name])
    return {name: median(values) for name, values in times.items()}


def dgemm_rate(size: int = 1500) -> float:
    """Flops per second of a large matrix product."""
    A = np.random.default_rng(0).normal(size=(size, size))
    times = []
    for _ in range(4):
        began = time.perf_counter()
        A @ A
        times.append(time.perf_counter() - began)
    return 2 * size**3 / median(times[1:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    print("| case | n | d | K | type | peer | s / iteration | ratio | share of DGEMM |")
    print("|---|---|---|---|---|---|---|---|---|")
    for key in options.cases or CASES:
        case = CASES[key]
        X, start = problem(case, options.scale)
        times = per_iteration(peers(case, X, start), options.turns)
        share = 2 * len(X) * case.K * case.d**2 / dgemm_rate()
        for name, time_taken in times.items():
            print(
                f"| {key} | {len(X)} | {case.d} | {case.K} | {case.covariance_type} | {name} "
                f"| {time_taken:.3g} | {time_taken / times['mixtura']:.1f} "
                f"| {share / time_taken:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
