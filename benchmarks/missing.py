"""What missing entries cost: an iteration of EM with them beside one of the complete rows.

    python benchmarks/missing.py               all cases
    python benchmarks/missing.py --scale 0.1   on a tenth of the rows

20 000 rows of 5 clusters; a share of their entries is removed at random, in many features so that
every row has a pattern of its own. tgmm, whose EM for missing entries is exact too, is timed on the
first case where it is installed (`pip install tgmm`), as the difference of fits of 1 and of 3
iterations from the same start; it takes as many threads.
"""

import argparse
import time
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from statistics import median

import numpy as np

from measure import print_head, print_row, seconds
from mixtura import _machine
from mixtura._array import patterns_of
from mixtura.distribution import Mixture
from mixtura.em import Steps
from mixtura.em.start.assignment import mixture_of
from mixtura.engine import open_rows
from mixtura.family import FAMILIES, Factor

N, K = 20_000, 5
CASES = [
    (10, 0.2, "full"),
    (10, 0.4, "full"),
    (50, 0.1, "full"),
    (50, 0.4, "full"),
    (50, 0.8, "full"),
    (10, 0.2, "tied"),
    (10, 0.2, "diag"),
    (50, 0.1, "diag"),
    (50, 0.1, "factor"),
]


def problem(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, and the clusters that they come from, each with a covariance of its own."""
    rng = np.random.default_rng(0)
    means, labels = rng.normal(0, 2, (K, d)), rng.permutation(np.arange(n) % K)
    turns = np.sqrt(0.3) * np.eye(d) + rng.normal(size=(K, d, d)) / np.sqrt(d)
    return means[labels] + np.einsum("nij,nj->ni", turns[labels], rng.normal(size=(n, d))), labels


def on_its_way(name: str, X: np.ndarray, labels: np.ndarray) -> tuple[Steps, Mixture]:
    """The steps of EM for a family, and the mixture after a few of them."""
    family = FAMILIES[name]
    if isinstance(family, Factor):
        family = family.with_factors(5, "UUU")
    rows = open_rows(X, None, patterns_of(X), floats_per_row=X.size, kinds=(family.need.name,))
    steps = Steps(*rows, family, 0.0)
    mixture, _ = mixture_of(labels, K, steps.resident, steps)
    for _ in range(3):
        mixture, _ = steps.maximize(steps.expect(mixture), mixture)
    return steps, mixture


def of_tgmm(X: np.ndarray, n_threads: int | None) -> float | None:
    """Seconds per iteration of full covariances; None where it is not installed."""
    if find_spec("tgmm") is None:
        return None
    torch, tgmm = import_module("torch"), import_module("tgmm")
    if n_threads is not None:
        torch.set_num_threads(n_threads)
    rows = torch.asarray(X)
    start = torch.asarray(np.nan_to_num(X[:K]))

    def fit(n_iter: int) -> float:
        warnings.simplefilter("ignore")  # that so few iterations do not converge
        model = tgmm.GaussianMixture(
            n_components=K,
            n_features=X.shape[1],
            init_means=start,
            max_iter=n_iter,
            tol=1e-300,
            missing="em",
            device="cpu",
        )
        began = time.perf_counter()
        model.fit(rows)
        return time.perf_counter() - began

    return (fit(3) - fit(1)) / 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--turns", type=int, default=15, help="their median is printed")
    options = parser.parse_args(arguments)
    n = int(N * options.scale)
    head = ["d", "missing", "family", "patterns", "complete, ms", "with holes, ms", "ratio"]
    print_head(*head, "tgmm, ms", "ratio")
    for d, share, name in CASES:
        complete, labels = problem(n, d)
        holes = np.random.default_rng(1).random(complete.shape) < share
        X = np.where(holes, np.nan, complete)
        theirs = of_tgmm(X, options.threads) if (d, share, name) == CASES[0] else None
        with _machine.threads(options.threads):
            fits = [on_its_way(name, rows, labels) for rows in (complete, X)]
            times = [
                [seconds(steps.expect, mixture) for steps, mixture in fits]
                for _ in range(options.turns)
            ]
        alone, ours = (1e3 * median(each) for each in zip(*times, strict=True))
        cells = [str(d), f"{share:.0%}", name, str(len(np.unique(holes, axis=0)))]
        cells += [f"{alone:.2f}", f"{ours:.2f}", f"{ours / alone:.2f}"]
        cells += (
            ["", ""] if theirs is None else [f"{1e3 * theirs:.0f}", f"{1e3 * theirs / ours:.0f}"]
        )
        print_row(cells)


if __name__ == "__main__":
    main()
