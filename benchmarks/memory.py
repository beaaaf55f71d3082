"""Peak memory of a fit beyond its data, for many rows, in memory and in a mapped file.

    python benchmarks/memory.py             n = 1e6 and 1e7, d = 8, K = 16
    python benchmarks/memory.py --rows 1e8  640 MB for each 1e7 rows, on disk and in memory

Each fit runs in a process of its own, from a given start or from the default one; pages of mapped
files do not count, since the system takes them back when it needs them.
"""

import argparse
import warnings
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import mixtura as mx
from cases import Case, Problem
from measure import in_child, peak_beyond, print_head, print_row
from peers import mixtura

SHAPE = Case(0, 8, 16)


def write_rows(path: Path, n: int) -> None:
    """Rows about K means in a .npy file, written by chunks."""
    rng = np.random.default_rng(0)
    means = rng.normal(0, 2, (SHAPE.K, SHAPE.d))
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(n, SHAPE.d))
    for first in range(0, n, 100_000):
        chunk = rows[first : first + 100_000]
        chunk[:] = means[rng.integers(SHAPE.K, size=len(chunk))] + rng.normal(size=chunk.shape)
    rows.flush()


def problem_of(X: np.ndarray) -> Problem:
    """A start at the first rows."""
    K, d = SHAPE.K, SHAPE.d
    units = np.tile(np.eye(d), (K, 1, 1))
    return Problem(SHAPE, X, np.full(K, 1 / K), np.array(X[:K]), units)


def fit_by_default(X: np.ndarray, n_threads: int) -> None:
    """Three iterations from the default start."""
    mx.GaussianMixture(SHAPE.K, max_iter=3, random_state=0, n_threads=n_threads).fit(X)


def peak(path: Path, mapped: bool, start: str, n_threads: int) -> float | None:
    """MiB beyond the rows of that file."""
    warnings.simplefilter("ignore")
    rows = np.load(path, mmap_mode="r" if mapped else None)
    fit_by_default(np.array(rows[:1000]), n_threads)  # loads what is loaded once
    if start == "default":
        return peak_beyond(lambda: fit_by_default(rows, n_threads))
    made = problem_of(rows)
    return peak_beyond(lambda: mixtura(made, 3, n_threads))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=float, nargs="*", default=[1e6, 1e7])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", help="for the files, where the usual one is small")
    chosen = parser.parse_args(arguments)
    print_head("n", "d", "K", "MiB of data", "rows", "start", "MiB beyond")
    for n in map(int, chosen.rows):
        with TemporaryDirectory(dir=chosen.folder) as folder:
            path = Path(folder) / "rows.npy"
            write_rows(path, n)
            size = path.stat().st_size >> 20
            for (where, mapped), start in product(
                (("in memory", False), ("mapped", True)), ("given", "default")
            ):
                beyond = in_child(peak, path, mapped, start, chosen.threads)
                told = "not told here" if beyond is None else f"{beyond:.1f}"
                print_row([n, SHAPE.d, SHAPE.K, size, where, start, told])


if __name__ == "__main__":
    main()
