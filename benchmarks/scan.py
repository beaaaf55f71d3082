"""Seconds per pass over rows in memory, mapped, and in files; and the memory that a fit takes.

    python benchmarks/scan.py              n = 1e7, d = 20, K = 10: it writes 9 GB
    python benchmarks/scan.py --rows 1e6   a tenth of that
    python benchmarks/scan.py --overlap    a pass in memory takes longer, and reading does not

Each source is fitted in processes of its own, by turns; a pass is the difference of a fit of
1 + 2 iterations from a given start and one of 1. Seconds of processors are those of all threads
together, which neighbours disturb less. Memory is the most that is not of files (RssAnon), the
program and its libraries included; rows in memory count.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

import mixtura as mx
from cases import Case
from measure import in_child, print_head, print_row

SHAPE = Case(0, 20, 10)
CHUNK = 500_000
"""Rows that are made at a time, and of a row group."""

N_PASSES = 2

SOURCES: dict[str, Callable[[Path], Any]] = {
    "in memory": lambda folder: np.load(folder / "rows.npy"),
    "mapped": lambda folder: mx.scan(folder / "rows.npy"),
    "Parquet": lambda folder: mx.scan(folder / "rows.parquet"),
    "Feather": lambda folder: mx.scan(folder / "rows.feather"),
    "CSV": lambda folder: mx.scan(folder / "rows.csv"),
}


def write_files(folder: Path, n: int, *, overlap: bool = False) -> None:
    """The same rows about K means in every format, written by chunks."""
    rng = np.random.default_rng(0)
    spread = np.sqrt(2 / SHAPE.d) if overlap else 3  # two standard deviations apart, or many
    means = rng.normal(0, spread, (SHAPE.K, SHAPE.d))
    names = [f"x{j}" for j in range(SHAPE.d)]
    schema = pa.schema([(name, pa.float64()) for name in names])
    array = np.lib.format.open_memmap(folder / "rows.npy", mode="w+", shape=(n, SHAPE.d))
    with (
        parquet.ParquetWriter(folder / "rows.parquet", schema) as columns,
        pa.ipc.new_file(folder / "rows.feather", schema) as batches,
        csv.CSVWriter(folder / "rows.csv", schema) as lines,
    ):
        for first in range(0, n, CHUNK):
            rows = array[first : first + CHUNK]
            rows[:] = means[rng.integers(SHAPE.K, size=len(rows))] + rng.normal(size=rows.shape)
            table = pa.table(list(rows.T), names=names)
            columns.write_table(table)
            batches.write_table(table, max_chunksize=2**16)
            lines.write_table(table)
    array.flush()


def measured(source: str, folder: Path, start: mx.Mixture) -> tuple[float, float, float]:
    """Seconds per pass of EM, those of all processors together, and MB of memory at the peak."""
    warnings.simplefilter("ignore")
    memory = Memory()
    X = SOURCES[source](folder)
    clocks = []
    for n_iter in (1, 1 + N_PASSES):
        model = mx.GaussianMixture(SHAPE.K, mixture_init=start, tol=0, max_iter=n_iter)
        began = np.array([time.perf_counter(), time.process_time()])
        model.fit(X)
        clocks.append(np.array([time.perf_counter(), time.process_time()]) - began)
    seconds, of_processors = (clocks[1] - clocks[0]) / N_PASSES
    return seconds, of_processors, memory.peak()


class Memory:
    """The most memory that this process has of its own, looked at every few milliseconds."""

    def __init__(self) -> None:
        self._most, self._ended = 0, Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(0.005):
            status = Path("/proc/self/status").read_text()
            self._most = max(self._most, int(status.split("RssAnon:")[1].split()[0]))

    def peak(self) -> float:
        """In MB."""
        self._ended.set()
        self._thread.join()
        return self._most * 1024 / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", default=list(SOURCES), metavar="SOURCE")
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--turns", type=int, default=3, help="their median is printed")
    parser.add_argument("--overlap", action="store_true", help="clusters that overlap")
    parser.add_argument("--folder", help="for the files, where the usual one is small")
    chosen = parser.parse_args(arguments)
    if not Path("/proc/self/status").exists():
        parser.error("memory is told by Linux only")
    with TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        write_files(folder, int(chosen.rows), overlap=chosen.overlap)
        start = mx.GaussianMixture(SHAPE.K, init_params="k-means++", random_state=0).fit(
            np.load(folder / "rows.npy", mmap_mode="r")[:20_000]
        )
        told: dict[str, list[Any]] = {source: [] for source in chosen.sources}
        for _ in range(chosen.turns):
            for source, turns in told.items():
                turns.append(in_child(measured, source, folder, start.mixture_))
    print_head("rows", "seconds per pass", "of processors", "speed", "MB of memory")
    reference = told[chosen.sources[0]]
    for source, turns in told.items():
        seconds, of_processors = (median(turn[i] for turn in turns) for i in (0, 1))
        speed = median(own[0] / each[0] for own, each in zip(reference, turns, strict=True))
        peak = max(peak for *_, peak in turns)
        print_row([source, f"{seconds:.2f}", f"{of_processors:.2f}", f"{speed:.0%}", f"{peak:.0f}"])


if __name__ == "__main__":
    main()
