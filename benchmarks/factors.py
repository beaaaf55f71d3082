"""Time and memory of fits of factor analyzers, as with more features than rows.

    python benchmarks/factors.py             three sizes, the first with d = 2000 and n = 500
    python benchmarks/factors.py 500 2000 3 5

Each fit runs in a process of its own, whose peak memory is that of Python, its libraries, the rows
and the fit.
"""

import argparse
import resource
import time
from collections.abc import Sequence

import numpy as np

import mixtura as mx
from measure import in_child, print_head, print_row

SIZES = [(500, 2000, 3, 5), (5000, 2000, 3, 5), (100_000, 100, 5, 5)]


def rows(n: int, d: int, n_components: int, n_factors: int) -> np.ndarray:
    """Rows of a mixture of factor analyzers."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_components, n)
    loadings = rng.standard_normal((n_components, d, n_factors))
    means = 0.3 * rng.standard_normal((n_components, d))
    factors = rng.standard_normal((n, n_factors))
    noise = rng.standard_normal((n, d))
    common = np.einsum("nq,ndq->nd", factors, loadings[labels])
    return np.asarray(means[labels] + common + noise)


def fit(n: int, d: int, n_components: int, n_factors: int) -> tuple[float, float, int, bool]:
    """Seconds and peak memory in GB of one fit, its iterations, and whether it converged."""
    X = rows(n, d, n_components, n_factors)
    began = time.perf_counter()
    model = mx.GaussianMixture(
        n_components, covariance_type="factor", n_factors=n_factors, random_state=0
    ).fit(X)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return seconds, peak, model.n_iter_, model.converged_


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, help="n d K q of one fit in place of three")
    given = parser.parse_args(arguments).sizes
    print_head("n", "d", "K", "q", "seconds", "peak, GB", "iterations", "converged")
    for size in [tuple(given)] if given else SIZES:
        seconds, peak, iterations, converged = in_child(fit, *size)
        print_row([*size, f"{seconds:.2f}", f"{peak:.2f}", iterations, converged])


if __name__ == "__main__":
    main()
