"""On a terminal: the progress bar shows, ends, and leaves the table clean."""

import os
import sys

import pytest

from support.paths import FAITHFUL

pty = pytest.importorskip("pty", reason="terminals are POSIX's")

CODE = "import sys; from mixtura.cli import main; sys.exit(main())"


def test_a_fit_on_a_terminal(tmp_path):
    written = []

    def read(descriptor):
        data = os.read(descriptor, 1024)
        written.append(data)
        return data

    arguments = ["fit", str(FAITHFUL), "-k", "2", "--n-init", "3", "--tol", "1e-9"]
    status = pty.spawn([sys.executable, "-c", CODE, *arguments], read)
    text = b"".join(written).decode()
    assert os.waitstatus_to_exitcode(status) == 0, text
    assert "Traceback" not in text
    assert "4.290 ± 0.412" in text
    assert "nan" not in text
