"""Peak memory of a fit beyond its data, for many rows, in memory and in a mapped file.

    python benchmarks/memory.py             n = 1e6 and 1e7, d = 8, K = 16
    python benchmarks/memory.py --rows 1e8  640 MB for each 1e7 rows, on disk and in memory

Each fit runs in a process of its own, from a given start, and its pages of mapped files do not
count, since the system takes them back when it needs them.
"""

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

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


def peak(path: Path, mapped: bool, n_threads: int) -> float | None:
    """MiB beyond the rows of that file."""
    warnings.simplefilter("ignore")
    rows = np.load(path, mmap_mode="r" if mapped else None)
    mixtura(problem_of(np.array(rows[:1000])), 2, n_threads)  # loads what is loaded once
    made = problem_of(rows)
    return peak_beyond(lambda: mixtura(made, 3, n_threads))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=float, nargs="*", default=[1e6, 1e7])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", help="for the files, where the usual one is small")
    chosen = parser.parse_args(arguments)
    print_head("n", "d", "K", "MiB of data", "rows", "MiB beyond")
    for n in map(int, chosen.rows):
        with TemporaryDirectory(dir=chosen.folder) as folder:
            path = Path(folder) / "rows.npy"
            write_rows(path, n)
            for where, mapped in (("in memory", False), ("mapped", True)):
                beyond = in_child(peak, path, mapped, chosen.threads)
                told = "not told here" if beyond is None else f"{beyond:.1f}"
                size = path.stat().st_size >> 20
                print_row([n, SHAPE.d, SHAPE.K, size, where, told])


if __name__ == "__main__":
    main()
