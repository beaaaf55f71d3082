"""What a whole fit of few rows costs, beside scikit-learn, and where the time goes.

    python benchmarks/small.py             500 rows, 2 features, 3 components, 20 iterations
    python benchmarks/small.py --turns 21  fewer turns than usual

Small fits are all overhead: checks of parameters and rows, the start, and the calls of each step.
The libraries take turns at the same fit, and the least and the median of each one's turns are
printed: the least is what the work takes, since a busy machine only ever adds to it.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture
from threadpoolctl import threadpool_limits

import mixtura as mx
from mixtura import _kernel, _machine
from mixtura.distribution.posterior import kernel_parameters
from mixtura.em import Steps, Stopping
from mixtura.em.loop import run
from mixtura.em.watch import all_watchers
from mixtura.engine import open_rows
from mixtura.family import FAMILIES

N, D, K, ITERATIONS = 500, 2, 3, 20

TYPES = "full", "tied", "diag", "spherical"
Task = Callable[[], object]


def rows() -> np.ndarray:
    """Overlapping clusters."""
    rng = np.random.default_rng(0)
    means = rng.normal(0, 2, (K, D))
    return means[rng.integers(K, size=N)] + rng.normal(size=(N, D))


def turns_of(tasks: dict[str, Task], turns: int) -> dict[str, list[float]]:
    """The microseconds of tasks that take turns."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(turns):
        for name, task in tasks.items():
            began = time.perf_counter()
            task()
            times[name].append(1e6 * (time.perf_counter() - began))
    return times


def starts(covariance_type: str, X: np.ndarray) -> dict[str, dict[str, Any]]:
    """Parameters of fits from several starts; the last costs next to nothing."""
    unit = {
        "full": np.broadcast_to(np.eye(D), (K, D, D)),
        "tied": np.eye(D),
        "diag": np.ones((K, D)),
        "spherical": np.ones(K),
    }[covariance_type]
    parameters = {
        "weights_init": np.full(K, 1 / K),
        "means_init": X[:K],
        "precisions_init": np.array(unit),
    }
    return {
        "kmeans": {"init_params": "kmeans"},
        "random rows": {"init_params": "random_from_data"},
        "10 times random rows": {"init_params": "random_from_data", "n_init": 10},
        "given": parameters,
    }


def whole_fits(covariance_type: str, parameters: dict[str, Any], X: np.ndarray) -> dict[str, Task]:
    """The same fit by both libraries."""
    options = {"covariance_type": covariance_type, "max_iter": ITERATIONS, "tol": 0, **parameters}
    return {
        "mixtura": lambda: mx.GaussianMixture(K, **options).fit(X),
        "scikit-learn": lambda: ScikitLearnGaussianMixture(K, **options).fit(X),
    }


def parts(covariance_type: str, X: np.ndarray) -> dict[str, Task]:
    """Runs of 1 and 101 iterations, and what is inside one: the compiled pass and the M-step."""
    family = FAMILIES[covariance_type]
    steps = Steps(*open_rows(X, floats_per_row=K * D), family, 1e-6)
    mixture = mx.GaussianMixture(K, covariance_type=covariance_type, max_iter=5).fit(X).mixture_
    moments = steps.expect(mixture)
    passed = kernel_parameters(mixture), family.need.name, mixture.means
    return {
        "1": lambda: run(mixture, steps, Stopping(0, 1), all_watchers()),
        "101": lambda: run(mixture, steps, Stopping(0, 101), all_watchers()),
        "pass": lambda: _kernel.expect(X, None, *passed),
        "M-step": lambda: steps.maximize(moments, mixture),
    }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=101)
    turns = parser.parse_args().turns
    warnings.simplefilter("ignore")
    X = rows()

    print("| type | start | mixtura, us (median) | scikit-learn, us (median) | ratio (median) |")
    print("|---|---|---|---|---|")
    for covariance_type in TYPES:
        for start, parameters in starts(covariance_type, X).items():
            # Threads of a busy machine wait for each other: on one, scikit-learn is at its best.
            with threadpool_limits(1):
                times = turns_of(whole_fits(covariance_type, parameters, X), turns)
            ours, theirs = times.values()
            print(
                f"| {covariance_type} | {start} | {min(ours):.0f} ({median(ours):.0f}) "
                f"| {min(theirs):.0f} ({median(theirs):.0f}) "
                f"| {min(theirs) / min(ours):.1f} ({median(theirs) / median(ours):.1f}) |",
                flush=True,
            )

    print("\n| type | an iteration, us | compiled pass | M-step | rest |")
    print("|---|---|---|---|---|")
    for covariance_type in TYPES:
        with _machine.threads(1):
            least = {name: min(t) for name, t in turns_of(parts(covariance_type, X), turns).items()}
        whole = (least["101"] - least["1"]) / 100
        rest = whole - least["pass"] - least["M-step"]
        print(
            f"| {covariance_type} | {whole:.1f} | {least['pass']:.1f} | {least['M-step']:.1f} "
            f"| {rest:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
