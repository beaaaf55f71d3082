"""Instructions of the kernel per row and component: what no noisy neighbour can disturb.

    python benchmarks/instructions.py            takes some minutes
    python benchmarks/instructions.py --isa avx2

Counted by Valgrind's callgrind, which knows no AVX-512. One process imports Mixtura under it and
forks a child for every number: it does one pass over n rows, E and M together on one thread, and
the difference of two sizes leaves the rows' own work. Clusters overlap, so that every component
counts in many rows.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cases import Case, problem
from measure import print_head, print_row

SHAPES = [Case(0, 2, 3), Case(0, 10, 10), Case(0, 50, 20), Case(0, 32, 64, "diag")]
SIZES = 2048, 6144
NEEDS = {"full": "full", "diag": "diagonal"}
UNKNOWN_TO_VALGRIND = {"avx512", "avx512f"}


def work(isas: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Every number's instruction set, place in SHAPES and number of rows."""
    for isa in isas:
        for place in range(len(SHAPES)):
            for n in SIZES:
                yield isa, place, n


def one_pass(isa: str, place: int, n: int) -> None:
    """E and M over n rows."""
    from mixtura import Mixture, _machine
    from mixtura.moments import NEEDS as MOMENTS
    from mixtura.moments import expect
    from mixtura.typing import Block

    shape = SHAPES[place]
    made = problem(Case(n, shape.d, shape.K, shape.covariance_type), overlap=True)
    kind = shape.covariance_type
    mixture = Mixture(made.weights, made.means, made.units, covariance_type=kind)
    os.environ["MIXTURA_ISA"] = isa
    with _machine.threads(1):
        expect(mixture, MOMENTS[NEEDS[kind]], Block(made.X))


def inside(isas: Sequence[str]) -> None:
    """Do the work, each in a forked child, and tell whose number is whose."""
    one_pass(isas[0], 0, SIZES[0])  # what happens once
    for isa, place, n in work(isas):
        pid = os.fork()
        if pid == 0:
            one_pass(isa, place, n)
            os._exit(0)
        os.waitpid(pid, 0)
        print(pid, isa, place, n, flush=True)


def counts(isas: Sequence[str], folder: Path) -> dict[tuple[str, int, int], int]:
    """Instructions since the process began, of every child."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/%p"]
    command += [sys.executable, __file__, "--inside", "--isa", *isas]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=True
    )
    told = [line.split() for line in done.stdout.splitlines()]
    return {
        (isa, int(place), int(n)): _total((folder / pid).read_text()) for pid, isa, place, n in told
    }


def _total(profile: str) -> int:
    """The last sum of a callgrind file."""
    return int(re.findall(r"^(?:summary|totals): (\d+)", profile, re.MULTILINE)[-1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    from mixtura import _machine

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [name for name in _machine.instruction_sets() if name not in UNKNOWN_TO_VALGRIND]
    parser.add_argument("--isa", nargs="+", choices=known, default=known)
    parser.add_argument("--inside", action="store_true", help="what runs under Valgrind")
    chosen = parser.parse_args(arguments)
    if chosen.inside:
        inside(chosen.isa)
        return
    if shutil.which("valgrind") is None:
        print("Valgrind is not installed: no instructions are counted.")
        return
    with TemporaryDirectory() as folder:
        counted = counts(chosen.isa, Path(folder))
    print_head(
        "instruction set", "d", "K", "type", "instructions per row and component", "per 2d^2"
    )
    few, many = SIZES
    for isa in chosen.isa:
        for place, shape in enumerate(SHAPES):
            more = counted[isa, place, many] - counted[isa, place, few]
            each = more / (many - few) / shape.K
            least = f"{each / (2 * shape.d**2):.2f}" if shape.covariance_type == "full" else ""
            print_row([isa, shape.d, shape.K, shape.covariance_type, f"{each:.1f}", least])


if __name__ == "__main__":
    main()
