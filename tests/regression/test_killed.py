"""A fit that is killed ten times ends with the same bits as one that never was."""

import subprocess
import sys

import pytest

from support import killed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")


@pytest.mark.parametrize("case", killed.CASES)
def test_a_fit_that_is_killed(case, tmp_path):
    command = [sys.executable, killed.__file__, case, "0", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
    assert (tmp_path / "killed.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
