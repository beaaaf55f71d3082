"""Time and memory of a fit with more features than rows: d = 2000, n = 500, K = 3, 5 factors.

    python benchmarks/factors.py

Each fit runs in a process of its own, whose peak memory is that of Python, its libraries and the
fit.
"""

import argparse
import json
import resource
import subprocess
import sys
from time import perf_counter

import numpy as np


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


def fit(n: int, d: int, n_components: int, n_factors: int) -> None:
    """One fit, and what it took, as JSON."""
    import mixtura as mx

    X = rows(n, d, n_components, n_factors)
    began = perf_counter()
    model = mx.GaussianMixture(
        n_components, covariance_type="factor", n_factors=n_factors, random_state=0
    ).fit(X)
    seconds = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    found = {"seconds": seconds, "peak_GB": peak, "iterations": model.n_iter_}
    print(json.dumps(found | {"converged": model.converged_, "score": model.lower_bound_}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, help="n d K q of one fit")
    given = parser.parse_args().sizes
    if given:
        fit(*given)
    else:
        for sizes in [(500, 2000, 3, 5), (5000, 2000, 3, 5), (100_000, 100, 5, 5)]:
            command = [sys.executable, __file__, *map(str, sizes)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            print("n={} d={} K={} q={}".format(*sizes), done.stdout, end="", flush=True)
