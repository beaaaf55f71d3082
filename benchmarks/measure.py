"""Seconds, rates and memory, measured so that noisy neighbours and set-up count little."""

import argparse
import ctypes
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from cases import CASES, Case, problem
from mixtura import _machine
from peers import PEERS

Run = Callable[[int], object]
"""Runs so many iterations."""

SHORTEST = 0.1
"""Seconds: what takes less is repeated within a turn."""


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """How long an action takes, on average over as many as it needs to be measurable."""
    began, n = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - began) < SHORTEST or n == 0:
        action(*arguments)
        n += 1
    return elapsed / n


def per_iteration(
    runs: Mapping[str, Run], n_iter: int, turns: int, *, whole: bool = False
) -> dict[str, float]:
    """Seconds per iteration: the median over turns, which the runs take by rotation.

    An iteration is the difference of a run of 1 + `n_iter` iterations and one of 1, the same for
    everyone, over `n_iter`; where the `whole` fit is meant, one of `n_iter` over their number.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run(1)  # what is loaded and allocated once
    for _ in range(turns):
        for name, run in runs.items():
            taken = seconds(run, n_iter) if whole else seconds(run, 1 + n_iter) - seconds(run, 1)
            times[name].append(taken / n_iter)
    return {name: median(values) for name, values in times.items()}


def gemm_rate(dtype: str, n_threads: int, size: int = 1500) -> float:
    """Flops per second of a large matrix product."""
    A = np.random.default_rng(0).normal(size=(size, size)).astype(dtype)
    with threadpool_limits(n_threads):
        A @ A
        return 2 * size**3 / median(seconds(np.matmul, A, A) for _ in range(3))


def peak_of_fit(
    key: str, scale: float, overlap: bool, dtype: str, name: str, n_threads: int
) -> float | None:
    """MiB that a peer's fit of two iterations takes beyond the data, in a process of its own."""
    peak: float | None = in_child(_peak_of_fit, key, scale, overlap, dtype, name, n_threads)
    return peak


def _peak_of_fit(
    key: str, scale: float, overlap: bool, dtype: str, name: str, n_threads: int
) -> float | None:
    warnings.simplefilter("ignore")
    made = problem(CASES[key], scale, overlap=overlap, dtype=dtype)
    small = Case(1000, 2, 2, made.case.covariance_type)
    PEERS[name](problem(small, dtype=dtype), 2, n_threads)  # loads what libraries load once
    return peak_beyond(lambda: PEERS[name](made, 2, n_threads))


def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def peak_beyond(action: Callable[[], object]) -> float | None:
    """MiB that an action takes at its peak beyond what was there, without pages of files.

    None where the system does not tell (it is Linux's).
    """
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        return None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)  # freed memory that the process still holds would hide what is allocated in it
    before = _own("VmRSS")
    reset.write_text("5")  # begins the peak anew
    action()
    return (_own("VmHWM") - before) / 1024


def _own(name: str) -> int:
    """KiB of memory less that of mapped files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    status = {key: value for key, _, value in (line.partition(":") for line in lines)}
    return int(status[name].split()[0]) - int(status["RssFile"].split()[0])


def options(text: str, *, scale: float = 1.0) -> argparse.ArgumentParser:
    """The options that most scripts share."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {' '.join(CASES)}")
    parser.add_argument("--scale", type=float, default=scale, help="share of the rows")
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    parser.add_argument("--overlap", action="store_true", help="clusters that overlap")
    parser.add_argument("--threads", type=int, default=joblib.cpu_count())
    parser.add_argument("--turns", type=int, default=3, help="their median is printed")
    return parser


def print_machine(n_threads: int) -> None:
    """What the numbers depend on."""
    blas = ", ".join(
        f"{info['internal_api']} {info['version']} {info.get('architecture', '')}".strip()
        for info in threadpool_info()
        if info["user_api"] == "blas"
    )
    isa = next(iter(_machine.instruction_sets()), "none")
    print(f"{n_threads} threads; kernel: {isa}; BLAS: {blas}\n")


def print_row(cells: Iterable[object]) -> None:
    """A line of a Markdown table."""
    print("|", " | ".join(map(str, cells)), "|", flush=True)


def print_head(*names: str) -> None:
    """The two lines that a Markdown table begins with."""
    print_row(names)
    print("|" + "---|" * len(names))
