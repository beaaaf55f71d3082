"""Streams: what stepwise EM makes of rows that it sees once, beside passes over all of them.

    python benchmarks/stream.py                 2e5 rows in 100 batches
    python benchmarks/stream.py --passes        exact passes that a stepwise one saves, of 1e6 rows

Rows are drawn from ten components in ten dimensions. The first table tells how far below the truth
the log-likelihood of new rows ends: after `partial_fit` of every batch; after as many passes of EM
over all rows; and after scikit-learn's `fit` of every batch with `warm_start`, the nearest that it
has.

The second begins where the fit of a sample ends, as `fit` does with rows that are read in passes:
how many passes of exact EM there are to `tol`, and how many after one pass of steps (itself among
them), for rows in no order and sorted ones.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture

import mixtura as mx
from mixtura.data import ArraySource
from mixtura.em import Steps, iterate, stepwise_epoch
from mixtura.em.in_passes import sample_rows
from mixtura.engine import Local
from mixtura.family import FAMILIES

K, D, N_BATCHES = 10, 10, 100
SPREADS = {"overlapping": 0.45, "apart": 1.0}
TOLERANCES = (1e-3, 1e-4, 1e-5)
ORDERS = ("none", "by cluster", "by a feature")


def truth_of(spread: float, seed: int) -> mx.Mixture:
    """Ten components, with means so far apart."""
    rng = np.random.default_rng(seed)
    roots = 0.4 * rng.standard_normal((K, D, D))
    covariances = roots @ roots.swapaxes(1, 2) + 0.3 * np.eye(D)
    return mx.Mixture(rng.dirichlet(np.full(K, 5.0)), spread * rng.normal(size=(K, D)), covariances)


def rows_of(truth: mx.Mixture, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows in no order, and their components."""
    rng = np.random.default_rng(seed)
    rows, labels = truth.sample(n, rng)
    order = rng.permutation(n)
    return rows[order], labels[order]


def in_order(order: str, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The rows, sorted or as they are."""
    keys = {"none": np.arange(len(rows)), "by cluster": labels, "by a feature": rows[:, 0]}
    return rows[np.argsort(keys[order], kind="stable")]


def learners(batches: Sequence[np.ndarray]) -> dict[str, Callable[[], Any]]:
    """What each method does with the batches; it gives the fitted estimator."""
    everything = np.concatenate(batches)

    def streamed(step_exponent: float) -> mx.GaussianMixture:
        gm = mx.GaussianMixture(K, random_state=0, step_exponent=step_exponent)
        for batch in batches:
            gm.partial_fit(batch)
        return gm

    def in_passes(n_passes: int) -> mx.GaussianMixture:
        start = mx.GaussianMixture(K, random_state=0).fit(batches[0]).mixture_
        gm = mx.GaussianMixture(K, mixture_init=start, tol=0.0, max_iter=n_passes)
        gm.fit(everything)
        return gm

    def refitted() -> GaussianMixture:
        gm = GaussianMixture(K, random_state=0, warm_start=True)
        for batch in batches:
            gm.fit(batch)
        return gm

    return {
        "partial_fit": lambda: streamed(0.6),
        "partial_fit, step_exponent=0.8": lambda: streamed(0.8),
        "EM from the first batch, 1 pass": lambda: in_passes(1),
        "EM from the first batch, 10 passes": lambda: in_passes(10),
        "EM from the first batch, 100 passes": lambda: in_passes(100),
        "scikit-learn, warm_start": refitted,
    }


def report_streams(n: int, seeds: range) -> None:
    """The first table."""
    print("| clusters | method | below the truth, per row | seconds |")
    print("|---|---|---|---|")
    for name, spread in SPREADS.items():
        ends: dict[str, list[tuple[float, float]]] = {}
        for seed in seeds:
            truth = truth_of(spread, seed)
            batches = np.array_split(rows_of(truth, n, seed)[0], N_BATCHES)
            new = rows_of(truth, min(n, 100_000), seed + 1000)[0]
            best = truth.log_prob(new).mean()
            for method, learn in learners(batches).items():
                began = time.perf_counter()
                score = learn().score(new)
                seconds = time.perf_counter() - began
                ends.setdefault(method, []).append((best - score, seconds))
        for method, pairs in ends.items():
            below, seconds = np.median(pairs, axis=0)
            print(f"| {name} | {method} | {below:.4f} | {seconds:.2f} |")


def report_passes(n: int, seeds: range) -> None:
    """The second table."""
    print("| clusters | order | " + " | ".join(f"tol={tol:g}" for tol in TOLERANCES) + " |")
    print("|---" * (2 + len(TOLERANCES)) + "|")
    for name, spread in SPREADS.items():
        for order in ORDERS:
            counts = []
            for seed in seeds:
                rows, labels = rows_of(truth_of(spread, seed), n, seed)
                m = min(sample_rows(K, D), n // 4)
                fit = mx.GaussianMixture(K, tol=1e-6, max_iter=1000, random_state=0).fit(rows[:m])
                source = ArraySource(in_order(order, rows, labels), None, 2**17)
                steps = Steps(Local(), source, FAMILIES["full"], 1e-6)
                nearer = stepwise_epoch(fit.mixture_, steps, m)
                cost = 0 if nearer is fit.mixture_ else 1
                counts.append([passes_of(fit.mixture_, steps, 0), passes_of(nearer, steps, cost)])
            exact, stepwise = np.median(counts, axis=0)
            cells = [f"{a:.0f} or {b:.0f}" for a, b in zip(exact, stepwise, strict=True)]
            print(f"| {name} | {order} | " + " | ".join(cells) + " |")


def passes_of(mixture: mx.Mixture, steps: Steps, before: int, most: int = 100) -> list[int]:
    """Passes until one gains less than each tolerance, with those before."""
    bounds: list[float] = []
    for turn in iterate(mixture, steps):
        bounds.append(turn.moments.mean_log_likelihood)
        gain = abs(bounds[-1] - bounds[-2]) if len(bounds) > 1 else np.inf
        if gain < min(TOLERANCES) or len(bounds) == most:
            break
    gains = np.abs(np.diff(bounds))
    return [before + 2 + int(np.argmax(gains < tol)) for tol in TOLERANCES]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passes", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of rows")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    report = report_passes if given.passes else report_streams
    report(int((1_000_000 if given.passes else 200_000) * given.scale), range(given.seeds))


if __name__ == "__main__":
    main()
