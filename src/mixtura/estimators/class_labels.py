"""Class labels of rows, some of which may have none."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from mixtura.distribution.entries import is_missing
from mixtura.estimators.checks import on_host_or_same
from mixtura.typing import Indices
from mixtura.uses.labelled import NO_CLASS


def classes_of(
    y: Any, unlabelled: Any, n_rows: int, counts: NDArray[np.bool_]
) -> tuple[NDArray[Any], Indices]:
    """The distinct labels, sorted, and the class of each row.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels of any kind.
    unlabelled : object
        What stands for no label; None where all rows have one. NaN stands for whatever is missing.
    n_rows : int
        Of X.
    counts : ndarray of shape (n,)
        Which rows are fitted.

    Returns
    -------
    labels : ndarray of shape (C,)
    classes : ndarray of shape (n,)
        Indices into the labels; `NO_CLASS` for rows without a label, or that do not count.
    """
    given = np.asarray(column_or_1d(on_host_or_same(_plain(y)), warn=True))
    if len(given) != n_rows:
        check_consistent_length(np.empty(n_rows), given)
    has_label = _has_label(given, unlabelled)
    if not has_label.any():
        raise ValueError(f"No row of y has a label: all are unlabelled={unlabelled!r}.")
    named = has_label & counts
    if given.dtype.kind == "f":
        assert_all_finite(given[has_label], input_name="y")
    labels, own = _distinct(given[named])
    check_classification_targets(given[has_label])
    if len(labels) < 2:
        which = f", {labels.tolist()[0]!r}," if len(labels) else " of rows that count"
        raise ValueError(
            f"A classifier needs rows of two classes at least, but y has {len(labels)} class"
            f"{which}{' only' if len(labels) else ''}."
        )
    classes = np.full(n_rows, NO_CLASS, dtype=np.int64)
    classes[named] = own
    return labels, classes


def _has_label(given: NDArray[Any], unlabelled: Any) -> NDArray[np.bool_]:
    missing = _missing(given)
    if unlabelled is not None and lacks(unlabelled):
        return ~missing
    if missing.any() and given.dtype == object:
        raise ValueError(
            f"y lacks {missing.sum()} labels; unlabelled=np.nan says that these rows have none."
        )
    if unlabelled is None:
        return np.ones(len(given), dtype=np.bool_)
    if given.dtype.kind in "US" and not isinstance(unlabelled, str):
        if (given == str(unlabelled)).any():
            raise ValueError(
                f"y holds the word {str(unlabelled)!r}, which is not unlabelled={unlabelled!r}: "
                "mark rows without a label by a word, or give y as an array of objects."
            )
        return np.ones(len(given), dtype=np.bool_)
    has_label = [bool(entry != unlabelled) for entry in given.tolist()]
    return np.array(has_label, dtype=np.bool_)


def _plain(y: Any) -> Any:
    """Labels of a pandas column that holds NA as objects."""
    kind = getattr(y, "dtype", None)
    if y is None:
        raise ValueError(
            "This MixtureClassifier estimator requires y to be passed, but the target y is None."
        )
    return y.to_numpy(dtype=object) if hasattr(kind, "na_value") and hasattr(y, "isna") else y


def _missing(given: NDArray[Any]) -> NDArray[np.bool_]:
    if given.dtype.kind == "f":
        return np.asarray(np.isnan(given), dtype=np.bool_)
    if given.dtype != object:
        return np.zeros(len(given), dtype=np.bool_)
    return np.array([lacks(entry) for entry in given], dtype=np.bool_)


def lacks(entry: object) -> bool:
    """Whether an entry of y is missing: NaN, None, or pandas' NA or NaT."""
    return is_missing(entry) or (isinstance(entry, float) and math.isnan(entry))


def _distinct(labels: NDArray[Any]) -> tuple[NDArray[Any], Indices]:
    """The labels, sorted, and the place of each row's among them."""
    try:
        distinct, places = np.unique(labels, return_inverse=True)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels.tolist()})
        raise ValueError(f"Labels must be of one kind, but y has {' and '.join(kinds)}.") from None
    return distinct, places
