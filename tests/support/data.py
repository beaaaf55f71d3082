"""The data sets that Mixtura and other programs are compared on: small, real, and loaded once."""

from functools import cache
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import scale

ROOT = Path(__file__).parents[2]
FAITHFUL = ROOT / "examples" / "faithful.csv"

LOADERS = {
    "iris": lambda: load_iris().data,
    "wine": lambda: load_wine().data,
    "wine scaled": lambda: scale(load_wine().data),
    "cancer scaled": lambda: scale(load_breast_cancer().data),
    "faithful": lambda: np.loadtxt(FAITHFUL, delimiter=",", skiprows=1),
    "digits": lambda: PCA(20, svd_solver="full").fit_transform(load_digits().data),
}


@cache
def data(name):
    """The rows of a data set, shape (n, d); they cannot be written to."""
    rows = np.ascontiguousarray(LOADERS[name](), dtype=np.float64)
    rows.flags.writeable = False
    return rows
