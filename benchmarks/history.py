"""A few numbers to follow over time, by pytest-benchmark.

    python -m pytest benchmarks/history.py --benchmark-autosave
    python -m pytest benchmarks/history.py --benchmark-compare --benchmark-compare-fail=median:20%

The first keeps the numbers in .benchmarks/, the second compares with the last ones kept.
"""

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from sklearn.exceptions import ConvergenceWarning

sys.path.insert(0, str(Path(__file__).parent))

from cases import CASES, problem
from peers import mixtura

SCALES = {"A": 0.1, "B": 0.05, "C": 0.05, "E": 0.05, "G": 0.02, "T": 0.05, "F": 1.0}


@pytest.mark.parametrize("key", SCALES)
def test_five_iterations(benchmark: Any, key: str) -> None:
    """Five iterations on one thread, set-up included."""
    made = problem(CASES[key], SCALES[key], overlap=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        benchmark(mixtura, made, 5, 1)
