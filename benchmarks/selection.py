"""Which family and how many components are selected, and how long the sweep takes.

    python benchmarks/selection.py                   all three tables
    python benchmarks/selection.py --tables drawn --sets 5

1. published: what mclust's documentation tells of faithful, iris and diabetes, K = 1 to 9, all 14
   families; its BIC is 2 log L - p log n, so that more is better. No regularization.
2. drawn: 30 data sets of known family and K (`family_sets.py` says how they are drawn), and how
   often the sweep of all families and K = 1 to 8 finds both.
3. sweep: CPU seconds of 14 families times K = 1 to 5 on breast cancer's 30 standardized features,
   by `AutoGaussianMixture`; by a search for each cell on its own; and by R's mclust, where it is
   at hand. Everything takes one thread.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.preprocessing import scale
from threadpoolctl import threadpool_limits

import mixtura as mx
from cases import Floats
from family_sets import LETTERS, FamilySet, drawn
from known import side_by_side
from measure import print_head, print_row
from mixtura import _machine
from mixtura.family import SAME
from optimum import fitted
from real import published

SETTINGS: dict[str, Any] = {"reg_covar": 1e-6, "tol": 1e-5, "max_iter": 1000}
"""Of the sweep that is timed, and of the searches beside it."""

MOST = 8
"""Components of drawn sets that are tried."""

PUBLISHED = {
    "faithful": ("EEE", 3, -2314.296),
    "iris": ("VEV", 2, -561.7285),
    "diabetes": ("VVV", 3, -4751.316),
}

MCLUST = """
suppressMessages(library(mclust))
arguments <- commandArgs(trailingOnly = TRUE)
X <- as.matrix(read.csv(arguments[1], header = FALSE))
G <- seq_len(as.integer(arguments[2]))
taken <- system.time(fit <- Mclust(X, G = G, verbose = FALSE))
cat(taken["user.self"] + taken["sys.self"], fit$modelName, fit$G, fit$bic)
"""


def selected(model: Any) -> tuple[str, int, float]:
    """The family's letters, K, and mclust's BIC, of a fitted sweep."""
    best = model.table_.iloc[0]  # the best admissible one
    family = best["covariance_type"]
    letters = {name: other for other, name in SAME.items()}.get(family, family)
    return letters, int(best["n_components"]), -float(best["bic"])


def swept(X: Floats, most: int, effort: str, **settings: Any) -> Any:
    """All families by K = 1 to `most`."""
    model: Any = mx.AutoGaussianMixture(
        tuple(range(1, most + 1)),
        covariance_types="all",
        effort=effort,
        random_state=0,
        **settings,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X)


def of_set(task: FamilySet, effort: str) -> tuple[str, int, float]:
    """What is selected for a drawn set."""
    return selected(swept(task.X, MOST, effort, reg_covar="auto"))


def print_published(effort: str) -> None:
    """The first table."""
    rows = {name: published(name) for name in ("faithful", "diabetes")} | {"iris": load_iris().data}
    print_head("data", "mclust", "its BIC", "selected", "BIC", "as good")
    for name, (family, K, bic) in PUBLISHED.items():
        ours = selected(swept(rows[name], 9, effort, reg_covar=0.0))
        as_good = ours[:2] == (family, K) or ours[2] > bic
        print_row([name, f"{family},{K}", bic, f"{ours[0]},{ours[1]}", f"{ours[2]:.3f}", as_good])
    print()


def print_drawn(n_sets: int, effort: str, processes: int) -> None:
    """The second table."""
    sets = [drawn(seed) for seed in range(n_sets)]
    found = []
    print_head("n", "d", "true", "selected", "BIC")
    for each, (family, K, bic) in side_by_side(of_set, sets, processes, effort):
        found.append((family, K) == (each.family, each.K))
        n, d = each.X.shape
        print_row([n, d, f"{each.family},{each.K}", f"{family},{K}", f"{bic:.2f}"])
    print(f"\nfound {np.mean(found):.0%}\n")


def print_sweep(effort: str, most: int) -> None:
    """The third table."""
    X = np.asarray(scale(load_breast_cancer().data))
    ways: dict[str, Callable[[], tuple[str, int, float]]] = {
        "AutoGaussianMixture": lambda: selected(swept(X, most, effort, **SETTINGS)),
        "a search for each cell": lambda: one_by_one(X, most, effort),
    }
    print_head("way", "CPU seconds", "ratio", "selected", "BIC")
    first = 0.0
    for name, way in ways.items():
        began = time.process_time()
        family, K, bic = way()
        taken = time.process_time() - began
        first = first or taken
        print_row([name, f"{taken:.1f}", f"{taken / first:.1f}", f"{family},{K}", f"{bic:.2f}"])
    theirs = of_mclust(X, most)
    if theirs is None:
        print_row(["mclust", "not measured: R and mclust are not at hand", "", "", ""])
    else:
        taken, chosen = float(theirs[0]), ",".join(theirs[1:3])
        print_row(["mclust", f"{taken:.1f}", f"{taken / first:.1f}", chosen, theirs[3]])


def one_by_one(X: Floats, most: int, effort: str) -> tuple[str, int, float]:
    """The best BIC of searches that share nothing."""
    cells = [(family, K) for family in LETTERS for K in range(1, most + 1)]
    bics = []
    for family, K in cells:
        model = mx.GaussianMixture(
            K,
            covariance_type=family,
            init_params="search",
            effort=effort,
            random_state=0,
            **SETTINGS,
        )
        bics.append(np.inf if fitted(model, X) is None else model.bic(X))
    best = int(np.argmin(bics))
    return *cells[best], -float(bics[best])


def of_mclust(X: Floats, most: int) -> list[str] | None:
    """CPU seconds, family, K and BIC of R's `Mclust`; None where it is not at hand."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        rows, script = Path(folder, "rows.csv"), Path(folder, "mclust.R")
        np.savetxt(rows, X, delimiter=",", fmt="%.17g")
        script.write_text(MCLUST)
        command = ["Rscript", str(script), str(rows), str(most)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.split() or None


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    tables = "published", "drawn", "sweep"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=tables, choices=tables)
    parser.add_argument("--effort", default="normal", choices=["fast", "normal", "best"])
    parser.add_argument("--sets", type=int, default=30, help="how many are drawn")
    parser.add_argument("--most", type=int, default=5, help="components of the sweep")
    parser.add_argument("--processes", type=int, default=2, help="for drawn sets")
    options = parser.parse_args(arguments)
    with _machine.threads(1), threadpool_limits(1):
        if "published" in options.tables:
            print_published(options.effort)
        if "drawn" in options.tables:
            print_drawn(options.sets, options.effort, options.processes)
        if "sweep" in options.tables:
            print_sweep(options.effort, options.most)


if __name__ == "__main__":
    main()
