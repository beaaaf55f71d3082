"""Seconds per iteration on Spark, beside Spark MLlib's GaussianMixture on the same local cluster.

    python benchmarks/cluster_spark.py              n = 1e6, d = 10, K = 10
    python benchmarks/cluster_spark.py --scale 10   ten times as many rows

Both have their rows cached as they take them: MLlib vectors, and Mixtura columns, which its first
pass packs into blocks. An iteration is the difference of a long fit and one of a single iteration,
over the iterations between them, each the least of the turns that both take by rotation.
"""

import argparse
import os
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from pyarrow import parquet

import mixtura as mx
from cases import CASES, Problem, problem
from measure import print_head, print_row

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "4g",
}

Fit = Callable[[int], object]
"""Runs so many iterations."""


def local_cluster(cores: int) -> Any:
    """A session in a process of its own on this machine."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        sys.exit('Spark is not installed: pip install "mixtura[spark]"')
    if shutil.which("java") is None:
        sys.exit("Spark needs Java, 17 or later.")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(f"local[{cores}]")
    return builder.config(map=SETTINGS).getOrCreate()


def cached(spark: Any, made: Problem, folder: str, n_partitions: int) -> Any:
    """The rows as a frame of columns, in the memory of the cluster."""
    path = str(Path(folder) / "rows.parquet")
    columns = {f"x{j}": made.X[:, j] for j in range(made.case.d)}
    parquet.write_table(pa.table(columns), path, row_group_size=2**17)
    frame = spark.read.parquet(path).repartition(n_partitions).cache()
    frame.count()
    return frame


def mixtura_fit(made: Problem, frame: Any) -> Fit:
    """Fits of Mixtura from the problem's start."""

    def fit(n_iter: int) -> None:
        start = mx.Mixture(made.weights, made.means, made.units)
        mx.GaussianMixture(made.case.K, mixture_init=start, tol=0, max_iter=n_iter).fit(frame)

    return fit


def mllib_fit(made: Problem, frame: Any) -> Fit:
    """Fits of MLlib from a start of its own, which takes no other."""
    from pyspark.ml.clustering import GaussianMixture
    from pyspark.ml.feature import VectorAssembler

    vectors = VectorAssembler(inputCols=frame.columns, outputCol="features").transform(frame)
    vectors = vectors.select("features").cache()
    vectors.count()

    def fit(n_iter: int) -> None:
        GaussianMixture(k=made.case.K, maxIter=n_iter, tol=0.0, seed=0).fit(vectors)

    return fit


def least_times(fits: Mapping[str, Fit], lengths: Mapping[str, int], turns: int) -> dict[str, Any]:
    """Seconds of a fit of one iteration, and of each further one."""
    least: dict[tuple[str, int], float] = {}
    for _ in range(turns):
        for name, fit in fits.items():
            for n_iter in (1, 1 + lengths[name]):
                began = time.perf_counter()
                fit(n_iter)
                taken = time.perf_counter() - began
                least[name, n_iter] = min(taken, least.get((name, n_iter), taken))
    return {
        name: (least[name, 1], (least[name, 1 + n] - least[name, 1]) / n)
        for name, n in lengths.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of a million rows")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--iterations", type=int, nargs=2, default=[40, 4], help="ours, MLlib's")
    parser.add_argument("--turns", type=int, default=3, help="the least time of each is taken")
    chosen = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    made = problem(CASES["B"], chosen.scale)
    spark = local_cluster(chosen.cores)
    with TemporaryDirectory() as folder:
        frame = cached(spark, made, folder, chosen.partitions)
        fits = {"mixtura": mixtura_fit(made, frame), "Spark MLlib": mllib_fit(made, frame)}
        lengths = dict(zip(fits, chosen.iterations, strict=True))
        for fit in fits.values():
            fit(1)  # what is loaded and compiled once
        times = least_times(fits, lengths, chosen.turns)
    spark.stop()
    print_head("n", "d", "K", "partitions", "by", "s, one iteration", "s, each more", "ratio")
    n, (_, rival) = len(made.X), times["Spark MLlib"]
    for name, (whole, each) in times.items():
        cells = [n, made.case.d, made.case.K, chosen.partitions, name]
        print_row([*cells, f"{whole:.2f}", f"{each:.3f}", f"{rival / each:.1f}"])


if __name__ == "__main__":
    main()
