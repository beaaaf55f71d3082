"""Seconds of a whole fit with default settings, its start included.

    python benchmarks/fits.py                 all cases
    python benchmarks/fits.py A F --scale 0.1 some, on a tenth of the rows

Mixtura and scikit-learn begin with the same k-means and stop by the same rule, and so end with the
same log-likelihood. oneDAL has a start of its own, the best of several short runs of EM, is given
the same rule (it sums its gain over the rows) and the same most iterations, and may end elsewhere.
The last column is the log-likelihood per row less Mixtura's. Of several seeds, the median is
printed.
"""

import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from statistics import median
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture
from threadpoolctl import threadpool_limits

import mixtura as mx
from cases import CASES, Problem, problem
from measure import options, print_head, print_machine, print_row
from peers import (
    Fitted,
    attempt,
    fitted,
    log_likelihood,
    onedal_fit,
    onedal_settings,
    onedal_threads,
    peers,
)

WholeFit = Callable[[Problem, int, int], Fitted]
"""From the rows of a problem, a seed and a number of threads to parameters."""

TOL, MAX_ITER = 1e-3, 100
"""Scikit-learn's defaults, and Mixtura's."""


def mixtura(made: Problem, seed: int, n_threads: int) -> Fitted:
    """Mixtura's estimator."""
    case = made.case
    model = mx.GaussianMixture(
        case.K, covariance_type=case.covariance_type, random_state=seed, n_threads=n_threads
    )
    return fitted(model.fit(made.X))


def scikit_learn(made: Problem, seed: int, n_threads: int) -> Fitted:
    """Scikit-learn's estimator."""
    case = made.case
    model = ScikitLearnGaussianMixture(
        case.K, covariance_type=case.covariance_type, random_state=seed
    )
    with threadpool_limits(n_threads):
        return fitted(model.fit(made.X))


def onedal(made: Problem, seed: int, n_threads: int) -> Fitted:
    """OneDAL's start and fit."""
    import daal4py

    onedal_threads(n_threads)
    engine = daal4py.engines_mt19937(seed=seed)
    start: Any = daal4py.em_gmm_init(**onedal_settings(made.X, made.case), engine=engine)
    start = start.compute(made.X)
    covariances = [np.asarray(c) for c in start.covariances]
    parameters = start.weights, start.means, covariances
    return onedal_fit(made.X, made.case, parameters, MAX_ITER, TOL * len(made.X), n_threads)


FITS: dict[str, WholeFit] = {"mixtura": mixtura, "scikit-learn": scikit_learn, "oneDAL": onedal}


def measure(key: str, chosen: Namespace) -> None:
    """Print the rows of one case: every peer with every seed, by turns."""
    case = CASES[key]
    made = problem(case, chosen.scale, overlap=chosen.overlap, dtype=chosen.dtype)
    names = peers(case)
    times: dict[str, list[float]] = {name: [] for name in names}
    ends: dict[str, list[Fitted]] = {name: [] for name in names}
    for seed, name in product(range(chosen.turns), names):
        began = time.perf_counter()
        end = attempt(name, partial(FITS[name], made, seed, chosen.threads))
        if end is not None:
            times[name].append(time.perf_counter() - began)
            ends[name].append(end)
    names = [name for name in names if ends[name]]
    heights = {n: median(log_likelihood(end, made) for end in ends[n]) for n in names}
    for name in names:
        print_row(
            [
                *(key, len(made.X), case.d, case.K, case.covariance_type, name),
                f"{median(times[name]):.3g}",
                f"{median(times[name]) / median(times['mixtura']):.2f}",
                median(end.n_iter for end in ends[name]),
                f"{heights[name] - heights['mixtura']:+.0e}",
            ]
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    chosen = options(__doc__).parse_args(arguments)
    warnings.simplefilter("ignore")
    print_machine(chosen.threads)
    names = "case", "n", "d", "K", "type", "peer", "s", "ratio", "iterations", "log-likelihood"
    print_head(*names)
    for key in chosen.cases or CASES:
        measure(key, chosen)


if __name__ == "__main__":
    main()
