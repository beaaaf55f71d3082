"""An estimate: where each engine stops scaling, for more rows than anyone has at hand.

    python benchmarks/scaling.py                    16 features, 16 components
    python benchmarks/scaling.py --features 64 --components 100

An iteration on w workers of one core each takes

    T(w) = n / (r w)  +  overhead  +  w tasks  +  log2(w) (m / bandwidth + latency)

with r the rows a second of the kernel, which is measured here, m = 8 K (1 + d + d (d + 1) / 2) the
bytes of the moments, which are added along a tree. What an engine costs by iteration is what
`places.py` has measured beyond the work itself; by task it is taken from what the engines say of
themselves, about 1 and 5 ms. An engine stops scaling where half of the time is no longer the
kernel's: more workers than that are not worth their cost.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from measure import print_head, print_row, seconds
from mixtura import Mixture, _machine
from mixtura.moments import FULL, expect
from mixtura.typing import Block

BANDWIDTH = 1.25e9
"""Bytes a second of a network of 10 Gbit."""

LATENCY = 2e-4
"""Seconds until a message arrives."""

MOST_WORKERS = 10**6


@dataclass(frozen=True)
class Engine:
    """What an engine costs.

    Attributes
    ----------
    name : str
    overhead : float
        Seconds of an iteration, whatever is in it.
    per_task : float
        Seconds of the scheduler for each task.
    """

    name: str
    overhead: float
    per_task: float

    def seconds(self, n_rows: float, n_workers: int, rate: float, moments: float) -> float:
        """T(w)."""
        levels = math.ceil(math.log2(n_workers)) if n_workers > 1 else 0
        tree = levels * (moments / BANDWIDTH + LATENCY)
        return n_rows / (rate * n_workers) + self.overhead + n_workers * self.per_task + tree

    def most_workers(self, n_rows: float, rate: float, moments: float) -> int:
        """With how many workers the kernel still takes half of the time."""

        def pays(w: int) -> bool:
            return n_rows / (rate * w) >= self.seconds(n_rows, w, rate, moments) / 2

        return _largest(pays)


def _largest(pays: Callable[[int], bool]) -> int:
    """The largest number that pays, of those up to which all do."""
    low, high = 0, MOST_WORKERS
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if pays(middle) else (low, middle - 1)
    return low


def rate_of_kernel(d: int, K: int) -> float:
    """Rows a second of one core."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200_000, d))
    mixture = Mixture(np.full(K, 1 / K), rng.normal(size=(K, d)), np.repeat(np.eye(d)[None], K, 0))
    with _machine.threads(1):
        taken = min(seconds(expect, mixture, FULL, Block(rows)) for _ in range(3))
    return len(rows) / taken


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--dask", type=float, nargs=2, default=(0.045, 0.001), metavar="SECONDS")
    parser.add_argument("--spark", type=float, nargs=2, default=(0.285, 0.005), metavar="SECONDS")
    options = parser.parse_args(arguments)
    d, K = options.features, options.components
    rate, moments = rate_of_kernel(d, K), 8 * K * (1 + d + d * (d + 1) / 2)
    print(f"{rate:.3g} rows a second and core, {moments / 1e3:.1f} kB of moments\n")
    engines = [Engine("Dask", *options.dask), Engine("Spark", *options.spark)]
    print_head("rows", "TB", "16 cores, s", "engine", "cores that pay", "s an iteration")
    for n_rows in (1e9, 1e10, 1e11):
        for engine in engines:
            w = engine.most_workers(n_rows, rate, moments)
            taken = engine.seconds(n_rows, w, rate, moments)
            facts = f"{8e-12 * n_rows * d:.3g}", f"{n_rows / rate / 16:.0f}"
            print_row([f"{n_rows:.0e}", *facts, engine.name, w, f"{taken:.2f}"])


if __name__ == "__main__":
    main()
