"""The real data sets of the search, standardized: each feature with mean 0 and variance 1."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import scale

from cases import Floats

TESTS = Path(__file__).parents[1] / "tests"


def published(name: str) -> Floats:
    """The rows of faithful or diabetes, as in R, where mclust's published values come from."""
    tables = json.loads((TESTS / "oracles" / "mclust.json").read_text())["data"]
    return np.array(tables[name], dtype=np.float64)


def components(X: Floats, n: int) -> Floats:
    """The first principal components of standardized features, which are not scaled again."""
    reduced: Floats = PCA(n, svd_solver="full").fit_transform(scale(X))
    return reduced


LOADERS: dict[str, Callable[[], Floats]] = {
    "faithful": lambda: scale(published("faithful")),
    "iris": lambda: scale(load_iris().data),
    "diabetes": lambda: scale(published("diabetes")),
    "wine": lambda: components(load_wine().data, 5),
    "cancer": lambda: components(load_breast_cancer().data, 5),
    "digits": lambda: components(load_digits().data, 10),
}


@cache
def rows(name: str) -> Floats:
    """The rows of a data set."""
    return np.ascontiguousarray(LOADERS[name]())
