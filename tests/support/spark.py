"""Tests that need Spark are left out where it, or the Java that it runs on, is not installed."""

import shutil

import pytest

WARNING = "ignore:PySpark does not yet fully support pandas"
"""It warns so of pandas 3, of which it is asked nothing."""


def skip_without_spark():
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
