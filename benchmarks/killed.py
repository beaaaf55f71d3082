"""Fits that are killed at random moments and begun again, and what checkpoints cost.

    python benchmarks/killed.py               ten kills a fit; then costs
    python benchmarks/killed.py --costs       costs alone

The first table is of fits that are killed ten times, by SIGKILL, each in a process of its own, and
then left to end: whether their model file is that of a fit which never was killed, to the byte. The
second is of fits with a checkpoint beside the same fits without: the ratio of their least times,
one after the other in turns; what part of the time went into recognizing the rows and into writing,
which a busy machine blurs less; and the size of the file.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import mixtura as mx
from measure import print_head, print_row
from mixtura.em.checkpoint import rows_identity
from mixtura.em.checkpoint.folder import Folder

KILLED: dict[str, tuple[int, dict[str, Any]]] = {
    "three starts": (100_000, {"n_init": 3, "max_iter": 150}),
    "three starts, weights and NaN": (20_000, {"n_init": 3, "max_iter": 150}),
    "accelerated": (100_000, {"accelerate": True, "max_iter": 450}),
    "VVE": (100_000, {"covariance_type": "VVE", "max_iter": 300}),
}
"""Rows and settings by name; they are made anew in each life."""

COSTS = [
    (20_000, 4, 5, 1000),
    (200_000, 10, 10, 100),
    (200_000, 40, 20, 20),
    (2_000_000, 10, 10, 20),
]
"""Rows, features, components and iterations."""


def rows_of(n: int, d: int, n_components: int) -> np.ndarray:
    """Rows of clusters that overlap."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((n_components, d))
    return centres[rng.integers(n_components, size=n)] + rng.standard_normal((n, d))


def fit(name: str, n: int, model: str, checkpoint: str | None = None) -> None:
    """One life, from the rows to the model file."""
    warnings.simplefilter("ignore")
    rows, weights = rows_of(n, 5, 6), None
    if "NaN" in name:
        rng = np.random.default_rng(1)
        rows = np.where(rng.random(rows.shape) < 0.1, np.nan, rows)
        weights = rng.uniform(0, 2, n)
    print("begun", flush=True)
    gm = mx.GaussianMixture(6, tol=0, random_state=0, checkpoint=checkpoint, **KILLED[name][1])
    mx.save(gm.fit(rows, sample_weight=weights), model)


def life(name: str, n: int, *paths: Path) -> "subprocess.Popen[bytes]":
    """A process whose fit begins now."""
    arguments = [name, n, *map(str, paths)]
    code = f"import killed; killed.fit(*{arguments!r})"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code], cwd=Path(__file__).parent, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def is_killed(process: "subprocess.Popen[bytes]", after: float) -> bool:
    """Kill a process that has not ended by then."""
    with process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def report_kills(name: str, n: int, n_kills: int) -> None:
    """A line of the first table; the lives that end early last as long as a whole fit, together."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed, kept = (Path(folder) / each for each in ("a.json", "b.json", "kept"))
        with life(name, n, whole):
            began = time.perf_counter()
        length = time.perf_counter() - began
        lives = rng.uniform(0, 2 * length / n_kills, n_kills)
        kills = sum(is_killed(life(name, n, killed, kept), each) for each in lives)
        with life(name, n, killed, kept):
            pass
        same = killed.read_bytes() == whole.read_bytes()
    print_row([name, f"{length:.1f}", kills, "yes" if same else "NO"])


def timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """The function, which adds its seconds to a list."""

    def call(*arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            spent.append(time.perf_counter() - began)

    return call


def report_cost(n: int, d: int, n_components: int, n_iter: int, turns: int) -> None:
    """A line of the second table."""
    rows = rows_of(n, d, n_components)
    labels = np.random.default_rng(1).integers(n_components, size=n)
    settings: dict[str, Any] = {"tol": 0, "max_iter": n_iter, "responsibilities_init": labels}
    plain: list[float] = []
    kept: list[float] = []
    writes: list[float] = []
    digests: list[float] = []

    def fit(checkpoint: str | None = None) -> None:
        mx.GaussianMixture(n_components, checkpoint=checkpoint, **settings).fit(rows)

    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        mock.patch.object(Folder, "write", timed(Folder.write, writes)),
        mock.patch("mixtura.estimators.keeping.rows_identity", timed(rows_identity, digests)),
    ):
        warnings.simplefilter("ignore")
        for turn in range(turns):
            timed(fit, plain)()
            timed(fit, kept)(f"{folder}/{turn}")
        size = Path(folder, "0", "checkpoint.jsonl").stat().st_size
    shares = [f"{100 * sum(spent) / sum(kept):.1f} %" for spent in (digests, writes)]
    ratio = min(kept) / min(plain)
    print_row(
        [n, d, n_components, n_iter, f"{min(plain):.2f}", f"{ratio:.3f}", *shares, size // 1024]
    )


def main(arguments: list[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fits", nargs="*", metavar="FIT", help=f"of {', '.join(KILLED)}")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--costs", action="store_true", help="only what checkpoints cost")
    options = parser.parse_args(arguments)
    print_head("fit", "seconds of a whole one", "kills", "same bytes")
    for name in () if options.costs else options.fits or KILLED:
        report_kills(name, int(KILLED[name][0] * options.scale), options.kills)
    print()
    of_table = ("n", "d", "K", "iterations", "seconds", "with a checkpoint")
    print_head(*of_table, "digest of the rows", "writes", "KiB")
    for n, d, n_components, n_iter in COSTS:
        report_cost(int(n * options.scale), d, n_components, n_iter, options.turns)


if __name__ == "__main__":
    main()
