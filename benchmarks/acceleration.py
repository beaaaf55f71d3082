"""Passes over the rows that plain and accelerated EM take on strongly overlapping clusters.

    python benchmarks/acceleration.py               20 seeds, four families

Rows are drawn from K = 3 round clusters in the plane whose centres are as far apart as rows of one
cluster are (standard normal both). For each seed plain and accelerated EM begin at the same start,
with reg_covar=0. Two things are told, each as a median over the seeds:

- passes until the log-likelihood per row is within 1e-7 of the limit that the run itself comes to;
- where a fit with tol=1e-7 ends, beside plain EM with the same tol.
"""

import argparse
import warnings
from typing import Any

import numpy as np

import mixtura as mx

N_COMPONENTS = 3
PLAIN, ACCELERATED = {"max_iter": 60_000}, {"max_iter": 20_000, "accelerate": True}


def overlapping(seed: int, n: int = 2000) -> np.ndarray:
    """Rows of three clusters, whose centres and rows are both standard normal."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((N_COMPONENTS, 2))
    return centres[rng.integers(N_COMPONENTS, size=n)] + rng.standard_normal((n, 2))


def fitted(X: np.ndarray, family: str, tol: float, settings: dict[str, Any]) -> mx.GaussianMixture:
    """A fit from the k-means start."""
    model = mx.GaussianMixture(
        N_COMPONENTS, covariance_type=family, tol=tol, reg_covar=0, random_state=0, **settings
    )
    model.fit(X)
    return model


def passes_to_limit(X: np.ndarray, family: str, settings: dict[str, Any]) -> int:
    """Passes until the log-likelihood per row is within 1e-7 of its limit."""
    bounds = np.array(fitted(X, family, 1e-13, settings).lower_bounds_)
    return int(np.argmax(bounds >= bounds[-1] - 1e-7)) + 1


def report(family: str, seeds: range) -> None:
    """One line of the table."""
    passes, ends = [], []
    for seed in seeds:
        X = overlapping(seed)
        passes.append([passes_to_limit(X, family, each) for each in (PLAIN, ACCELERATED)])
        plain, fast = (fitted(X, family, 1e-7, each) for each in (PLAIN, ACCELERATED))
        ends.append((plain.n_iter_, fast.n_iter_, fast.lower_bound_ - plain.lower_bound_))
    counts, at_tol = np.array(passes), np.array(ends)
    plain, fast = np.median(counts, axis=0)
    ratio = np.median(counts[:, 0] / counts[:, 1])
    not_lower = (at_tol[:, 2] >= -1e-6).mean()
    print(
        f"| {family} | {plain:.0f} | {fast:.0f} | {ratio:.1f} "
        f"| {np.median(at_tol[:, 0]):.0f} | {np.median(at_tol[:, 1]):.0f} "
        f"| {np.median(at_tol[:, 2]):+.1e} | {not_lower:.0%} |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", default=["full", "tied", "diag", "spherical"])
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| covariances | plain | fast | ratio | plain, tol | fast, tol | end | not lower |")
    print("|---|---|---|---|---|---|---|---|")
    for family in options.families:
        report(family, range(options.seeds))


if __name__ == "__main__":
    main()
