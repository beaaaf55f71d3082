"""Seek better log-likelihoods for the table of best known ones, by every method at hand.

    python benchmarks/raise_known.py                         all methods, all cells
    python benchmarks/raise_known.py mclust --data iris      one method, some cells

Whatever a method finds, EM goes on from its responsibilities to its own fixed point, and only what
is admissible there counts. Values in best_known.csv are only ever raised, as soon as a cell is
done, so that nothing is lost where the command is stopped. Methods:

scikit-learn   200 starts (as by n_init=200), each of which is followed to its end; scikit-learn
               itself would choose among them by the likelihood, admissible or not. EEV, which it
               lacks, begins from its fits of "full" and "tied".
mclust         the partition of mclust's own hierarchy, from which its EM would begin, by R.
hierarchical   the same by our hierarchy.
restarts       200 of our own plain starts, of every kind.
search         our search, `effort="best"`, with 20 seeds beyond those that are measured.

`--seeds 5` takes 5 seeds for the search, and 50 starts where it says 200.
"""

import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture

import mixtura as mx
from cases import Floats
from known import REG_COVAR, ROUNDING, Cell, Known, cell_options, cells, known, side_by_side, write
from measure import print_head, print_row
from optimum import TIGHT, fitted, fixed_point, reached

SCIKIT_LEARN = {"VVV": ("full",), "EEE": ("tied",), "VVI": ("diag",), "EEV": ("full", "tied")}

PARTITIONS = """
suppressMessages(library(mclust))
arguments <- commandArgs(trailingOnly = TRUE)
d <- as.integer(arguments[2])
X <- matrix(readBin(file.path(arguments[1], "rows"), "double", 1e9), ncol = d, byrow = TRUE)
write.table(hclass(hc(X), 2:8), sep = ",", row.names = FALSE, col.names = FALSE)
"""


def scikit_learn(cell: Cell, n_seeds: int) -> Iterator[Floats]:
    """The responsibilities of many fits."""
    for covariance_type in SCIKIT_LEARN[cell.family]:
        rng = np.random.RandomState(0)
        for _ in range(10 * n_seeds):
            model = ScikitLearnGaussianMixture(
                cell.K, covariance_type=covariance_type, reg_covar=REG_COVAR, random_state=rng
            )
            yield model.fit(cell.X).predict_proba(cell.X)


def mclust(cell: Cell, _: int) -> Iterator[Floats]:
    """The labels of mclust's hierarchy."""
    if shutil.which("Rscript") is not None:
        yield partitions(cell.data)[:, cell.K - 2].astype(int) - 1


@cache
def partitions(data: str) -> Floats:
    """Of a data set into 2 to 8 clusters, a column each."""
    X = Cell(data, "VVV", 2).X
    with tempfile.TemporaryDirectory() as folder:
        X.tofile(Path(folder, "rows"))
        script = Path(folder, "hc.R")
        script.write_text(PARTITIONS)
        command = ["Rscript", str(script), folder, str(X.shape[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return np.loadtxt(done.stdout.splitlines(), delimiter=",")


def of_ours(cell: Cell, seed: int, **settings: Any) -> Iterator[Floats]:
    """The responsibilities of one of our fits."""
    model = mx.GaussianMixture(
        cell.K, covariance_type=cell.family, reg_covar=REG_COVAR, random_state=seed, **settings
    )
    mixture = fitted(model, cell.X)
    if mixture is not None:
        yield mixture.responsibilities(cell.X)


def hierarchical(cell: Cell, _: int) -> Iterator[Floats]:
    """From our hierarchy, which knows no chance."""
    yield from of_ours(cell, 0, init_params="hierarchical")


def restarts(cell: Cell, n_seeds: int) -> Iterator[Floats]:
    """From plain starts of each kind by turns."""
    kinds = "kmeans", "k-means++", "random_from_data", "random"
    for seed in range(10 * n_seeds):
        yield from of_ours(cell, seed, init_params=kinds[seed % len(kinds)])


def search(cell: Cell, n_seeds: int) -> Iterator[Floats]:
    """From our own search, of seeds that are not measured."""
    for seed in range(1000, 1000 + n_seeds):
        yield from of_ours(cell, seed, init_params="search", effort="best", **TIGHT)


METHODS: dict[str, Callable[[Cell, int], Iterator[Floats]]] = {
    "scikit-learn": scikit_learn,
    "mclust": mclust,
    "hierarchical": hierarchical,
    "restarts": restarts,
    "search": search,
}


def best_of(cell: Cell, method: str, n_seeds: int) -> tuple[float, float]:
    """The best admissible log-likelihood per row that a method finds, and CPU seconds."""
    warnings.simplefilter("ignore")
    began = time.process_time()
    best = -np.inf
    for responsibilities in METHODS[method](cell, n_seeds):
        mixture = fixed_point(cell.X, responsibilities, cell.K, cell.family, REG_COVAR)
        best = max(best, reached(mixture, cell.X, REG_COVAR))
    return best, time.process_time() - began


def main(arguments: Sequence[str] | None = None) -> None:
    """Raise what can be raised, and print it."""
    parser = cell_options(__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="of the search")
    parser.add_argument("methods", nargs="*", default=list(METHODS), metavar="METHOD")
    options = parser.parse_args(arguments)
    chosen = cells(options.data, options.families, options.components)
    print_head("method", "data", "family", "K", "found", "known", "raised by", "CPU seconds")
    for method in options.methods:
        work = side_by_side(best_of, chosen, options.processes, method, options.seeds)
        for cell, (found, taken) in work:
            best = known(options.table)
            before = best[cell].log_likelihood if cell in best else -np.inf
            if found > before + ROUNDING:
                write(best | {cell: Known(found, method)}, options.table)
            gain = found - before if found > before > -np.inf else 0.0
            values = f"{found:.6f}", f"{before:.6f}", f"{gain:.1e}", f"{taken:.1f}"
            print_row([method, cell.data, cell.family, cell.K, *values])


if __name__ == "__main__":
    main()
