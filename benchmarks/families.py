"""Seconds per iteration of EM for every family, beside `full` and R's mclust.

    python benchmarks/families.py                   all families
    python benchmarks/families.py VVE --scale 0.1   one of them, on a tenth of the rows

100 000 rows of 10 clusters in 10 features, each with a covariance of its own, and a fit on its way:
eight iterations from the true labels have been made. mclust's `me()` is timed where `Rscript` and
mclust are at hand, as the difference of runs of 1 and of more iterations from the same labels; it
takes one thread, as it always does.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np

from measure import print_head, print_row
from mixtura import _machine
from mixtura.distribution import Mixture
from mixtura.em import Steps
from mixtura.em.start.assignment import mixture_of
from mixtura.engine import open_rows
from mixtura.family import FAMILIES, SAME

N, D, K = 100_000, 10, 10
WARM = 8

MCLUST = """
suppressMessages(library(mclust))
arguments <- commandArgs(trailingOnly = TRUE)
d <- as.integer(arguments[2]); more <- as.integer(arguments[3])
read <- function(name) readBin(file.path(arguments[1], name), "double", 1e9)
X <- matrix(read("rows"), ncol = d, byrow = TRUE)
z <- unmap(read("labels"))
seconds <- function(model, iterations) {
  control <- emControl(tol = c(0, sqrt(.Machine$double.eps)), itmax = c(iterations, 1000))
  system.time(suppressWarnings(me(X, model, z, control = control)))["elapsed"]
}
for (model in arguments[-(1:3)]) {
  each <- replicate(3, (seconds(model, 1 + more) - seconds(model, 1)) / more)
  cat(model, median(each), "\\n")
}
"""


def problem(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, and the clusters that they come from."""
    rng = np.random.default_rng(0)
    means, labels = rng.normal(0, 2, (K, D)), rng.permutation(np.arange(n) % K)
    turns = np.eye(D) + rng.normal(size=(K, D, D)) / np.sqrt(D)
    noise = rng.normal(size=(n, D))
    return means[labels] + np.einsum("nij,nj->ni", turns[labels], noise), labels


def on_its_way(name: str, X: np.ndarray, labels: np.ndarray) -> tuple[Steps, Mixture]:
    """The steps of EM for a family, and the mixture after a few of them."""
    steps = Steps(*open_rows(X, floats_per_row=K * D), FAMILIES[name], 0.0)
    mixture, _ = mixture_of(labels, K, steps.resident, steps)
    for _ in range(WARM):
        mixture, _ = steps.maximize(steps.expect(mixture), mixture)
    return steps, mixture


def of_mclust(names: Sequence[str], X: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Seconds per iteration of `me()` by mclust's name; none where it is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        X.tofile(Path(folder, "rows"))
        labels.astype(float).tofile(Path(folder, "labels"))
        script = Path(folder, "me.R")
        script.write_text(MCLUST)
        command = ["Rscript", str(script), folder, str(D), "5", *names]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    known = [name for name in FAMILIES if name != "factor"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", default=known, help=f"of {' '.join(known)}")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--turns", type=int, default=15, help="their median is printed")
    options = parser.parse_args(arguments)
    chosen = [SAME.get(name, name) for name in options.families]
    X, labels = problem(int(N * options.scale))
    letters = {name: name for name in chosen} | {name: other for other, name in SAME.items()}
    theirs = of_mclust([letters[name] for name in chosen], X, labels)

    names = ["full", *(name for name in chosen if name != "full")]
    with _machine.threads(options.threads):
        fits = {name: on_its_way(name, X, labels) for name in names}
        whole: dict[str, list[float]] = {name: [] for name in names}
        m_steps: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(options.turns):
            for name, (steps, mixture) in fits.items():
                began = time.perf_counter()
                moments = steps.expect(mixture)
                between = time.perf_counter()
                steps.maximize(moments, mixture)
                ended = time.perf_counter()
                whole[name].append(ended - began)
                m_steps[name].append(ended - between)

    print_head("family", "ms per iteration", "of full", "M-step, ms", "mclust, ms", "ratio")
    for name in names:
        ours, mclust = median(whole[name]), theirs.get(letters[name])
        print_row(
            [
                name if name == letters[name] else f"{letters[name]} ({name})",
                f"{1e3 * ours:.2f}",
                f"{ours / median(whole['full']):.2f}",
                f"{1e3 * median(m_steps[name]):.2f}",
                "" if mclust is None else f"{1e3 * mclust:.0f}",
                "" if mclust is None else f"{mclust / ours:.0f}",
            ]
        )


if __name__ == "__main__":
    main()
