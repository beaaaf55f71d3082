"""Interrupted, out of space, cut off: one line, an exit code, and no half-written file."""

import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import mixtura as mx
from mixtura.cli.progress import iterations_left
from support.paths import FAITHFUL

PROGRAM = [sys.executable, "-c", "import sys; from mixtura.cli import main; sys.exit(main())"]


@pytest.fixture
def full_disk(monkeypatch):
    """Every file can be opened, and none takes a byte."""

    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.write_text", refuse)
    monkeypatch.setitem(
        sys.modules["mixtura.data.arrow.writing"].WRITERS, ".csv", lambda path, schema: refuse()
    )


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("output", ["new.json", "old.json"])
def test_a_full_disk(mixtura, tmp_path, output):
    (tmp_path / "old.json").write_bytes(b"precious")
    result = mixtura("fit", FAITHFUL, "-k", 1, "-o", output, "--quiet")
    assert result.code == 2
    assert "No space left on device" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert (tmp_path / "old.json").read_bytes() == b"precious"


def test_a_full_disk_for_labels(mixtura, tmp_path, request):
    mixtura("fit", FAITHFUL, "-k", 1, "-o", "m.json", "--quiet")
    request.getfixturevalue("full_disk")
    result = mixtura("predict", "m.json", FAITHFUL, "-o", "labels.csv")
    assert result.code == 2
    assert "No space left on device" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_interrupted_midway(tmp_path):
    rng = np.random.default_rng(0)
    table = pa.table({name: rng.normal(size=200_000) for name in "abcdef"})
    parquet.write_table(table, tmp_path / "big.parquet")
    command = [*PROGRAM, "fit", "big.parquet", "-k", "20", "--tol", "0", "--max-iter", "100000"]
    process = subprocess.Popen(
        [*command, "-o", "model.json"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    time.sleep(6)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "error: interrupted."
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["big.parquet"]


@pytest.mark.skipif(sys.platform == "win32", reason="head is POSIX's")
def test_a_reader_that_has_seen_enough(tmp_path):
    mixture = mx.Mixture([1], [[0]], [1], covariance_type="spherical")
    mx.save(mixture, tmp_path / "m.json")
    process = subprocess.Popen(
        [*PROGRAM, "sample", "m.json", "-n", "1000000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,b\n1,2\n3,4", None),
        (b"\xef\xbb\xbfa,b\n1,2\n3,4\n", None),
        (b"a;b\n1;2\n3;4\n", "separated by semicolons"),
        (b"a,b\n1,2\n3,4,5\n", "cannot be read"),
        (b'a,b\n1,2\n3,"4\n', "text"),
        (b"a,b\n1,2\n3,x\n", "Column 'b' holds text"),
        (b"a,b\n1,2\n3,?\n", "text such as '?'"),
        (b"a,b\n1,2\n3,inf\n", "Column 'b' holds infinity"),
        (b"a,b\n1,2\nNA,-inf\n", "Column 'b' holds infinity"),
        (b"a,b\n1,2\n3,nan\n", None),
        (b"a,b\n,2\n3,NA\n5,\n", None),
        (b"a,b\n1,2\n3,<NA>\n5, \n", None),
        (b"a,b\n1,2\n,\n3,4\n", None),
        (b"a,b\n1,\n3,\n", "Column 'b' of X has no entry at all"),
        (b"a,b\n1,NA\n3,nan\n", "Column 'b' of X has no entry at all"),
        (b"a,b\n,\n,\n", "no rows to read that have an entry"),
        (b"\x00\x01\x02", None),
        (b"a,b\n1," + b"9" * 3_000_000 + b"\n3,4\n", None),
        (b"a,b\n1,1e999\n3,4\n", "infinity"),
        ("a,b\n1,ü\n2,ö\n".encode("utf-16"), None),
        ("prix,é\n1,2\n2,3\n".encode("latin-1"), None),
    ],
)
def test_odd_csv_files(mixtura, tmp_path, content, sentence):
    (tmp_path / "odd.csv").write_bytes(content)
    result = mixtura("fit", "odd.csv", "-k", 1, "-o", "m.json", "--quiet")
    if result.code == 0:
        assert sentence is None
        assert mx.load(tmp_path / "m.json").n_features_in_ == 2
        return
    assert result.code == 2
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert len(result.err) < 500
    assert (sentence or "") in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["odd.csv"]


def test_time_left_follows_the_geometric_series():
    gains = 3.0 * 0.5 ** np.arange(20)
    tol = 1e-3
    n_needed = int(np.argmax(gains < tol))
    assert iterations_left(gains[5], gains[4], tol) == n_needed - 5
    assert iterations_left(gains[15], gains[14], tol) == 0
    assert iterations_left(2.0, 1.0, tol) == np.inf
    assert iterations_left(1.0, np.inf, tol) == np.inf
