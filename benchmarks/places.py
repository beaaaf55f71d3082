"""The same fit of the same rows, wherever they are: seconds per iteration, and where it ends.

    python benchmarks/places.py                 n = 1e6, d = 10, K = 10
    python benchmarks/places.py --scale 10      ten times as many rows

In memory, in a memory map, in a Parquet file, on two Dask workers that hold the rows, and on Spark
with two cores. Each uses both cores of a machine that has two: what is seen is what an engine
costs, not what a cluster gains. An iteration is the difference of a long and a short fit from the
same start, over the iterations between them, in the least of the turns.
"""

import argparse
import importlib.util
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import mixtura as mx
from cases import CASES, Problem, problem
from measure import print_head, print_machine, print_row

CORES = 2


def in_memory(made: Problem, _: Path, __: ExitStack) -> Any:
    """An array."""
    return made.X


def mapped(made: Problem, folder: Path, _: ExitStack) -> Any:
    """A memory map of a file."""
    np.save(folder / "rows.npy", made.X)
    return np.load(folder / "rows.npy", mmap_mode="r")


def in_parquet(made: Problem, folder: Path, _: ExitStack) -> Any:
    """A file that is read in each pass."""
    mx.scan(made.X).write(folder / "rows.parquet")
    return mx.scan(folder / "rows.parquet")


def on_dask(made: Problem, _: Path, stack: ExitStack) -> Any:
    """A Dask array, in the memory of two workers."""
    import dask.array as da
    from distributed import Client, LocalCluster, wait

    cluster = LocalCluster(n_workers=CORES, threads_per_worker=1, dashboard_address=None)
    stack.enter_context(Client(stack.enter_context(cluster)))
    rows = da.from_array(made.X, chunks=(-(-len(made.X) // 4), -1)).persist()
    wait(rows)
    return rows


def on_spark(made: Problem, folder: Path, stack: ExitStack) -> Any:
    """A Spark data frame of the Parquet file."""
    from cluster_spark import local_cluster

    in_parquet(made, folder, stack)
    spark = local_cluster(CORES)
    stack.callback(spark.stop)
    frame = spark.read.parquet(str(folder / "rows.parquet")).repartition(4).cache()
    frame.count()
    return frame


Place = Callable[[Problem, Path, ExitStack], Any]
PLACES: dict[str, Place] = {
    "in memory": in_memory,
    "memory map": mapped,
    "Parquet file": in_parquet,
    "Dask": on_dask,
    "Spark": on_spark,
}
NEEDS = {"Dask": "distributed", "Spark": "pyspark"}


@contextmanager
def rows_at(place: str, made: Problem) -> Iterator[Any]:
    """The rows of a problem at a place, while the `with` block lasts."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        yield PLACES[place](made, Path(folder), stack)


def fit(X: Any, made: Problem, n_iter: int) -> mx.GaussianMixture:
    """So many iterations from the problem's start."""
    start = mx.Mixture(made.weights, made.means, made.units)
    model = mx.GaussianMixture(made.case.K, mixture_init=start, tol=0, max_iter=n_iter)
    fitted: mx.GaussianMixture = model.fit(X)
    return fitted


def measured(X: Any, made: Problem, n_iter: int, turns: int) -> tuple[float, float, float]:
    """Seconds of a fit of one iteration and of each more, and where the longer one ends."""
    few, many = [], []
    fit(X, made, 1)
    for _ in range(turns):
        began = time.perf_counter()
        fit(X, made, 1)
        between = time.perf_counter()
        model = fit(X, made, 1 + n_iter)
        few.append(between - began)
        many.append(time.perf_counter() - between)
    return min(few), (min(many) - min(few)) / n_iter, model.lower_bound_


def is_here(place: str) -> bool:
    """Whether what the place needs is installed."""
    needed = NEEDS.get(place)
    return (needed is None or importlib.util.find_spec(needed) is not None) and (
        place != "Spark" or shutil.which("java") is not None
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", nargs="*", default=list(PLACES), choices=list(PLACES))
    parser.add_argument("--scale", type=float, default=1.0, help="share of a million rows")
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    made = problem(CASES["B"], chosen.scale)
    print_machine(CORES)
    print_head("n", "d", "K", "rows are", "s, one iteration", "s, each more", "log-likelihood")
    for place in filter(is_here, chosen.places):
        with rows_at(place, made) as X:
            once, each, end = measured(X, made, chosen.iterations, chosen.turns)
        cells = [len(made.X), made.case.d, made.case.K, place, f"{once:.2f}", f"{each:.3f}"]
        print_row([*cells, f"{end:.10f}"])


if __name__ == "__main__":
    main()
