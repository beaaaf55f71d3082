"""Infinity is an error in every method that takes X, whatever X is and whatever is missing in it.

scikit-learn's own check passes it over where it is told to assume finite numbers; ours does not.
"""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context

from support.array_api import IS_ON, assert_passes_there, unless_on
from support.methods import METHODS, answer, subject

ROWS = np.random.default_rng(0).normal(size=(30, 3))
NAMES = ["a", "b", "c"]


def nullable(rows):
    return pd.DataFrame(rows, columns=NAMES).astype("Float64")


def strided(rows):
    return np.repeat(np.repeat(rows, 2, axis=0), 3, axis=1)[::2, ::3]


def in_library(library):
    def convert(rows):
        pytest.importorskip(library)
        return import_module(library).asarray(rows)

    return convert


HOLDERS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "strided": strided,
    "float32": np.float32,
    "lists": np.ndarray.tolist,
    "objects": lambda rows: rows.astype(object),
    "masked": lambda rows: np.ma.masked_array(rows, np.isnan(rows)),
    "pandas": lambda rows: pd.DataFrame(rows, columns=NAMES),
    "pandas Float64": nullable,
    "polars": lambda rows: import_module("polars").DataFrame(rows, schema=NAMES),
    "array_api_strict": in_library("array_api_strict"),
    "torch": in_library("torch"),
}


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize(("name", "method"), METHODS)
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("assumed", [False, True])
def test_infinity_is_refused(name, method, holder, infinity, missing, assumed):
    rows = ROWS.copy()
    rows[17, 2] = infinity
    if missing:
        rows[3, 1] = rows[17, 0] = rows[20] = np.nan
    kept = subject(name, ROWS)
    with (
        config_context(array_api_dispatch=IS_ON, assume_finite=assumed),
        pytest.raises(ValueError, match="infinity"),
    ):
        answer(kept, method, HOLDERS[holder](rows))


@unless_on
def test_infinity_is_refused_in_other_libraries():
    assert_passes_there(__file__, "test_infinity_is_refused and (array_api_strict or torch)")
