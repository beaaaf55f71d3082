"""The cells of the search's measurement, and the best log-likelihood known for each."""

import argparse
import csv
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from cases import Floats
from real import LOADERS, rows

FAMILIES = "VVV", "EEE", "VVI", "EEV"
COMPONENTS = range(2, 9)
REG_COVAR = 1e-3
TABLE = Path(__file__).parent / "best_known.csv"

ROUNDING = 1e-7
"""A value that is higher by less is the same."""

Task = TypeVar("Task")


@dataclass(frozen=True)
class Cell:
    """A data set, a family and a number of components."""

    data: str
    family: str
    K: int

    @property
    def X(self) -> Floats:  # noqa: N802
        """The rows."""
        return rows(self.data)


@dataclass(frozen=True)
class Known:
    """A log-likelihood per row, at an admissible fixed point of EM, and who found it."""

    log_likelihood: float
    method: str


def known(table: Path = TABLE) -> dict[Cell, Known]:
    """The best that was found so far; cells where nothing admissible was found are missing."""
    if not table.exists():
        return {}
    with table.open(newline="") as file:
        return {
            Cell(line["data"], line["family"], int(line["K"])): Known(
                float(line["log_likelihood"]), line["method"]
            )
            for line in csv.DictReader(file)
        }


def write(best: dict[Cell, Known], table: Path = TABLE) -> None:
    """Write the table, in the order of the cells."""
    with table.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["data", "family", "K", "log_likelihood", "method"])
        for cell in cells():
            if cell in best:
                value = f"{best[cell].log_likelihood:.9f}"
                writer.writerow([cell.data, cell.family, cell.K, value, best[cell].method])


def cells(
    data: Iterable[str] = LOADERS,
    families: Iterable[str] = FAMILIES,
    components: Iterable[int] = COMPONENTS,
) -> list[Cell]:
    """All cells, or those of some."""
    return [Cell(*each) for each in itertools.product(data, families, components)]


def cell_options(text: str) -> argparse.ArgumentParser:
    """The options that choose cells, and how they are worked at."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(LOADERS), choices=list(LOADERS))
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), metavar="FAMILY")
    parser.add_argument("--components", nargs="+", type=int, default=list(COMPONENTS), metavar="K")
    parser.add_argument("--table", type=Path, default=TABLE, help="of best known values")
    parser.add_argument("--processes", type=int, default=2, help="each on one thread")
    return parser


def side_by_side(
    work: Callable[..., Any], tasks: Sequence[Task], processes: int, *more: Any
) -> Iterator[tuple[Task, Any]]:
    """What `work` returns for each task, as they get done, in processes that give way to others."""
    if processes == 0:
        yield from ((task, work(task, *more)) for task in tasks)
        return
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_give_way
    ) as pool:
        submitted = {pool.submit(work, task, *more): task for task in tasks}
        for future in as_completed(submitted):
            yield submitted[future], future.result()


def _give_way() -> None:
    os.nice(15)
    os.environ["MIXTURA_NUM_THREADS"] = "1"
    threadpool_limits(1)
