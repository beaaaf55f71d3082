"""Settings for all tests."""

import os
import sys

import hypothesis
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # whose workers need Mixtura too

# The default profile draws the same examples every time, so that a change is judged by what it
# changes; the thorough one draws new ones.
hypothesis.settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def _close_figures():
    """No test finds the pictures of another."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def using(monkeypatch):
    """Chooses the kernel's instruction set ("none" for the formulas) and number of threads."""

    def choose(isa, n_threads=1):
        monkeypatch.setenv("MIXTURA_ISA", isa)
        monkeypatch.setenv("MIXTURA_NUM_THREADS", str(n_threads))

    return choose
