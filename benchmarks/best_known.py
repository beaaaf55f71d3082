"""How often the search finds the best log-likelihood that any method is known to find.

    python benchmarks/best_known.py                           normal effort, 168 cells, 20 seeds
    python benchmarks/best_known.py --effort best --seeds 5   more effort, fewer seeds
    python benchmarks/best_known.py --data wine --keep FOLDER

A cell is a data set, a family and K = 2 to 8, with reg_covar = 1e-3. All data are standardized
first; wine, breast cancer and digits are then reduced to 5, 5 and 10 principal components. The best
known values are in best_known.csv, and those that the searches themselves find, if they are better;
`--raise` writes them to the table (`raise_known.py` seeks more, by other methods). A search has
found the best if it ends within 1e-4 per row of it, and only admissible results count for any
method: each component has at least 2 (d + 1) effective rows, and no variance along any axis below
10 reg_covar. Cells where nothing admissible was ever found are left out.

`--keep FOLDER` keeps each result in a file there as soon as it is known, and a command that was
stopped goes on where it was. All of it takes one or two CPU hours with normal effort, and thirteen
with the best.
"""

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from known import REG_COVAR, ROUNDING, Cell, Known, cell_options, cells, known, side_by_side, write
from measure import print_head, print_row
from optimum import reached, searched

NEAR = 1e-4
"""So close per row counts as found."""


Task = tuple[Cell, int]


@dataclass(frozen=True)
class Found:
    """The admissible log-likelihood per row that a search reached, and its CPU seconds."""

    log_likelihood: float
    seconds: float


def find(task: Task, effort: str) -> Found:
    """Search a cell with a seed."""
    cell, seed = task
    began = time.process_time()
    mixture = searched(cell.X, cell.K, cell.family, effort, seed, REG_COVAR)
    return Found(reached(mixture, cell.X, REG_COVAR), time.process_time() - began)


def kept(file: Path | None) -> dict[Task, Found]:
    """What an earlier command has found."""
    if file is None or not file.exists():
        return {}
    with file.open(newline="") as opened:
        return {
            (Cell(data, family, int(K)), int(seed)): Found(float(value), float(seconds))
            for data, family, K, seed, value, seconds in csv.reader(opened)
        }


def keep(file: Path, task: Task, found: Found) -> None:
    """Add a result to those kept."""
    cell, seed = task
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", newline="") as opened:
        values = cell.data, cell.family, cell.K, seed, found.log_likelihood, found.seconds
        csv.writer(opened, lineterminator="\n").writerow(values)


def raised(best: Mapping[Cell, Known], found: Mapping[Task, Found]) -> dict[Cell, Known]:
    """The best known values with those that are found now, told where they are better."""
    better = dict(best)
    for (cell, _), each in found.items():
        before = better[cell].log_likelihood if cell in better else -np.inf
        if each.log_likelihood > before + ROUNDING:
            better[cell] = Known(each.log_likelihood, "search")
    return better


def print_shares(best: Mapping[Cell, Known], found: Mapping[Task, Found]) -> None:
    """A line per data set and family, and one for all."""
    groups: dict[tuple[str, str], list[Task]] = {}
    for task in found:
        groups.setdefault((task[0].data, task[0].family), []).append(task)
    print_head("data", "family", "cells", "found", "median gap", "worst gap", "CPU s a search")
    for (data, family), tasks in [*groups.items(), (("all", ""), list(found))]:
        gaps = np.array(
            [best[task[0]].log_likelihood - found[task].log_likelihood for task in tasks]
        )
        n_cells = len({cell for cell, _ in tasks})
        share = f"{np.mean(gaps < NEAR):.1%}"
        taken = np.mean([found[task].seconds for task in tasks])
        ends = f"{np.median(gaps):.1e}", f"{gaps.max():.1e}"
        print_row([data, family, n_cells, share, *ends, f"{taken:.3f}"])
    print(f"\nCPU seconds of all searches: {sum(each.seconds for each in found.values()):.0f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = cell_options(__doc__)
    parser.add_argument("--effort", default="normal", choices=["fast", "normal", "best"])
    parser.add_argument("--seeds", type=int, default=20, help="how many for each cell")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where results are kept")
    parser.add_argument("--raise", action="store_true", dest="raises", help="the table's values")
    options = parser.parse_args(arguments)
    chosen = cells(options.data, options.families, options.components)
    tasks = [(cell, seed) for cell in chosen for seed in range(options.seeds)]
    file = options.keep and options.keep / f"{options.effort}.csv"
    earlier = kept(file)
    left = [task for task in tasks if task not in earlier]
    found = {task: earlier[task] for task in tasks if task in earlier}
    for task, each in side_by_side(find, left, options.processes, options.effort):
        found[task] = each
        if file is not None:
            keep(file, task, each)
    before = known(options.table)
    best = raised(before, found)
    print_shares(best, {task: found[task] for task in tasks if task[0] in best})
    for cell in best:
        if cell not in before or best[cell].log_likelihood > before[cell].log_likelihood + NEAR:
            print(f"better than known: {cell}: {best[cell].log_likelihood:.9f}")
    if options.raises:
        write(best, options.table)


if __name__ == "__main__":
    main()
