"""On a terminal: progress shows, ends, and leaves the tables clean."""

import os
import sys

import pytest

from support.paths import FAITHFUL

pty = pytest.importorskip("pty", reason="terminals are POSIX's")

CODE = "import sys; from mixtura.cli import main; sys.exit(main())"


def on_a_terminal(*arguments):
    """What a command writes to a terminal."""
    written = []

    def read(descriptor):
        data = os.read(descriptor, 1024)
        written.append(data)
        return data

    status = pty.spawn([sys.executable, "-c", CODE, *map(str, arguments)], read)
    text = b"".join(written).decode()
    assert os.waitstatus_to_exitcode(status) == 0, text
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("start", ["kmeans", "search"])
def test_a_fit_on_a_terminal(start):
    more = ("--n-init", 3) if start == "kmeans" else ("--effort", "fast")
    text = on_a_terminal("fit", FAITHFUL, "-k", 2, "--tol", "1e-9", "--start", start, *more)
    assert "4.290 ± 0.412" in text
    assert "nan" not in text


def test_a_selection_on_a_terminal():
    text = on_a_terminal("select", FAITHFUL, "-k", "1:3", "--families", "EEE", "--effort", "fast")
    assert "3 of 3 cells; best so far: EEE with 3 components, BIC 2314.3" in text
    assert text.rstrip().endswith("(Kass and Raftery 1995).")
    assert "nan" not in text
