"""A test module once more, in a process where scikit-learn passes arrays of any library through.

It does so only where SCIPY_ARRAY_API=1 was set before SciPy was imported.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

IS_ON = os.environ.get("SCIPY_ARRAY_API") == "1"
unless_on = pytest.mark.skipif(IS_ON, reason="this is the process with SCIPY_ARRAY_API=1")


def assert_passes_there(module, tests):
    """Run the tests of a file that match an expression, and show what failed."""
    pytest.importorskip("array_api_strict")
    options = ["-q", "-p", "no:cacheprovider", "--tb=line", "-k", tests]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, module],
        env=os.environ | {"SCIPY_ARRAY_API": "1", "OMP_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2000:]
