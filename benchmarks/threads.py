"""How much faster two threads are than one: the same iterations, in turns.

python benchmarks/threads.py                cases B to E
python benchmarks/threads.py C --scale 0.5  one, on half of the rows
"""

import warnings
from collections.abc import Sequence
from functools import partial

from cases import CASES, problem
from measure import options, per_iteration, print_head, print_machine, print_row
from peers import mixtura


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.set_defaults(threads=2)
    chosen = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    print_machine(chosen.threads)
    print_head("case", "n", "d", "K", "s, 1 thread", f"s, {chosen.threads} threads", "ratio")
    for key in chosen.cases or "BCDE":
        case = CASES[key]
        made = problem(case, chosen.scale, overlap=chosen.overlap, dtype=chosen.dtype)
        runs = {
            "one": partial(mixtura, made, n_threads=1),
            "more": partial(mixtura, made, n_threads=chosen.threads),
        }
        times = per_iteration(runs, 4, chosen.turns)
        cells = [key, len(made.X), case.d, case.K, f"{times['one']:.3g}", f"{times['more']:.3g}"]
        print_row([*cells, f"{times['one'] / times['more']:.2f}"])


if __name__ == "__main__":
    main()
