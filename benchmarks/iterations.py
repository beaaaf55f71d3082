"""Seconds per EM iteration, beside other libraries, from the same start on the same rows.

    python benchmarks/iterations.py                 all cases, as large as the table says
    python benchmarks/iterations.py A F --scale 0.1 some, on a tenth of the rows
    python benchmarks/iterations.py --overlap       where every row has several components
    python benchmarks/iterations.py --dtype float32

Peers take turns, and the median of their turns is printed, since machines are shared and noisy. The
share of GEMM is 2 n K d^2 flops per iteration (the least that dense covariances need, all of them
counted) over the rate of a large matrix product with the same threads and type. Memory is what two
iterations take at their peak beyond the data. The last column is the log-likelihood per row where
the peer's iterations end, less Mixtura's.
"""

import warnings
from argparse import Namespace
from collections.abc import Sequence
from functools import partial

from cases import CASES, problem
from measure import (
    gemm_rate,
    options,
    peak_of_fit,
    per_iteration,
    print_head,
    print_machine,
    print_row,
)
from peers import PEERS, attempt, components_per_row, log_likelihood, peers


def measure(key: str, chosen: Namespace) -> None:
    """Print the rows of one case."""
    case = CASES[key]
    made = problem(case, chosen.scale, overlap=chosen.overlap, dtype=chosen.dtype)
    n_iter = 20 if case.whole else chosen.iterations
    ends, runs = {}, {}
    for name in peers(case):
        run = partial(PEERS[name], made, n_threads=chosen.threads)
        end = attempt(name, partial(run, 1 + n_iter))
        if end is not None:
            ends[name], runs[name] = end, run
    times = per_iteration(runs, n_iter, chosen.turns, whole=case.whole)
    ours = log_likelihood(ends["mixtura"], made)
    flops = 2 * len(made.X) * case.K * case.d**2
    least = flops / gemm_rate(chosen.dtype, chosen.threads)  # seconds
    for name, taken in times.items():
        peak = peak_of_fit(key, chosen.scale, chosen.overlap, chosen.dtype, name, chosen.threads)
        print_row(
            [
                *(key, len(made.X), case.d, case.K, case.covariance_type),
                f"{components_per_row(ends[name], made):.2f}",
                name,
                f"{taken:.3g}",
                f"{taken / times['mixtura']:.2f}",
                f"{least / taken:.2f}" if case.covariance_type == "full" and case.d > 2 else "",
                "" if peak is None else f"{peak:.0f}",
                f"{log_likelihood(ends[name], made) - ours:+.0e}",
            ]
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--iterations", type=int, default=5, help="after the first")
    chosen = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # no fit here runs until it converges
    print_machine(chosen.threads)
    print_head(
        "case", "n", "d", "K", "type", "components per row", "peer", "s / iteration", "ratio",
        "share of GEMM", "MiB beyond the data", "log-likelihood",
    )  # fmt: skip
    for key in chosen.cases or CASES:
        measure(key, chosen)


if __name__ == "__main__":
    main()
