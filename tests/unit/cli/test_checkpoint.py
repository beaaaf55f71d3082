"""`mixtura fit --checkpoint`: the same command goes on, and says so."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em.checkpoint import keeper
from mixtura.em.checkpoint.folder import Folder
from support.paths import FAITHFUL

COMMAND = ("fit", FAITHFUL, "-k", 3, "--tol", 0, "--max-iter", 30, "--checkpoint", "kept")


@pytest.fixture
def killed_after(monkeypatch):
    """Every state is written, and after so many of them the program ends."""
    monkeypatch.setattr(keeper, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(keeper, "SHARE", np.inf)

    def killed_after(n_left):
        write = Folder.write

        def write_and_die(folder, record):
            nonlocal n_left
            write(folder, record)
            n_left -= 1
            if not n_left:
                raise KeyboardInterrupt

        monkeypatch.setattr(Folder, "write", write_and_die)

    return killed_after


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "goes on from iteration 10"),
        (("--n-init", 2), "goes on from iteration 10 of run 1 of 2"),
    ],
)
def test_the_same_command_goes_on(mixtura, killed_after, options, sentence):
    whole = mixtura(*COMMAND[:-2], *options, "-o", "whole.json")
    killed_after(12)
    assert mixtura(*COMMAND, *options).code == 130
    result = mixtura(*COMMAND, *options, "-o", "killed.json")
    assert result.code == 0
    assert result.err.splitlines()[0] == sentence
    assert result.out == whole.out
    again = mixtura(*COMMAND, *options)
    assert again.err.splitlines()[0] == "the checkpoint is of a fit that had ended"
    assert again.out == whole.out
    one, other = mx.load("whole.json"), mx.load("killed.json")
    np.testing.assert_array_equal(one.means_, other.means_)
    assert one.lower_bounds_ == other.lower_bounds_


def test_quiet_says_nothing(mixtura):
    for _ in range(2):
        result = mixtura("fit", FAITHFUL, "-k", 2, "--checkpoint", "kept", "--quiet")
        assert (result.code, result.out, result.err) == (0, "", "")


def test_another_fit_ends_in_a_line(mixtura, tmp_path):
    mixtura(*COMMAND, "--quiet")
    result = mixtura(*COMMAND, "--family", "diag")
    assert result.code == 2
    assert "covariance_type was 'full' and is 'diag' now" in result.err
    assert result.err.count("\n") == 1
    (tmp_path / "file").write_bytes(b"")
    result = mixtura("fit", FAITHFUL, "-k", 3, "--checkpoint", "file")
    assert result.code == 2
    assert "is a file" in result.err
