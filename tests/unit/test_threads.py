"""How many threads the kernel takes, and that it leaves none behind."""

import os
import subprocess
import sys
from pathlib import Path

import joblib
import pytest

from mixtura import _machine

if not _machine.instruction_sets():
    pytest.skip("Mixtura was installed without a compiler.", allow_module_level=True)


BEGINNING = """
import os
import numpy as np
from mixtura import GaussianMixture

X = np.random.default_rng(0).normal(size=(50_000, 4))

def fit(n_threads):
    model = GaussianMixture(3, init_params="random_from_data", random_state=0, n_threads=n_threads)
    return model.set_params(tol=1).fit(X).means_
"""


def run(code):
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", BEGINNING + code]
    subprocess.run(command, check=True, timeout=60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forking is POSIX's")
def test_a_forked_child_fits_as_its_parent_did():
    run("""
means = fit(4)
child = os.fork()
if not child:
    os._exit(0 if np.array_equal(fit(4), means) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert np.array_equal(fit(4), means)
""")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Linux tells threads")
def test_no_thread_outlives_a_pass():
    run("""
fit(1)
before = os.listdir("/proc/self/task")
fit(4)
assert os.listdir("/proc/self/task") == before
""")


def test_workers_of_joblib_share_the_processors(monkeypatch):
    for name in ("MIXTURA_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    with joblib.parallel_config("loky", n_jobs=2):
        told = joblib.Parallel()(joblib.delayed(_machine._n_threads)() for _ in range(2))
    assert told == [max(1, joblib.cpu_count() // 2)] * 2


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"OMP_NUM_THREADS": "3,2"}, 3),
        ({"OMP_NUM_THREADS": "3", "MIXTURA_NUM_THREADS": "5"}, 5),
        ({"OMP_NUM_THREADS": "many"}, joblib.cpu_count()),
        ({}, joblib.cpu_count()),
    ],
)
def test_the_environment_is_heard(monkeypatch, environment, expected):
    for name in ("MIXTURA_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _machine.machine().n_threads == expected
    with _machine.threads(7):
        assert _machine.machine().n_threads == 7
