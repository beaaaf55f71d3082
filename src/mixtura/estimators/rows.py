"""Which rows count: those that have an entry. The others tell nothing, in fits and in scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from sklearn.utils._array_api import get_namespace
from sklearn.utils.validation import validate_data

from mixtura._array import bring, empty_like_kind, patterns_of, take_rows
from mixtura._patterns import Indices, Patterns
from mixtura.data import Resident, Source
from mixtura.data.inspection import Inspection
from mixtura.distribution.entries import with_nan
from mixtura.engine import Collection, Engine, collection_of, is_dask, open_rows
from mixtura.estimators.checks import (
    check_assignment,
    check_no_infinity,
    check_sample_weight,
    check_weights_of_read,
)
from mixtura.typing import AnyArray, AnyND, Assignment, Float, HostND

PROPOSER = "init_params"
"""The parameter that a start which the user wrote is given as."""


class Rows(Protocol):
    """What a fit asks of the rows that it is given."""

    @property
    def n_rows(self) -> int:
        """How many rows have an entry."""

    @property
    def n_counted(self) -> int:
        """How many of these have weight."""

    @property
    def n_given(self) -> int:
        """How many rows were given; of those that are read, how many have an entry."""

    @property
    def which(self) -> slice | Indices:
        """The place of each among those given."""

    @property
    def total_weight(self) -> float:
        """The sum of the weights."""

    @property
    def n_features(self) -> int:
        """d."""

    @property
    def unseen(self) -> Indices:
        """The features of which no row that has weight has an entry."""

    @property
    def kind(self) -> AnyArray:
        """An empty array of the library, device and precision in which the rows came."""

    def opened(self, floats_per_row: int, kinds: tuple[str, ...]) -> tuple[Engine, Source]:
        """Where they run, and in which blocks; see `engine.open_rows`."""

    def assigned(self, given: Any, n_components: int, name: str) -> Assignment:
        """Checked labels or responsibilities of all rows that were given, for those that count."""

    def lent(self, rows: HostND) -> HostND:
        """What a start that the user wrote is shown: all rows that were given, as it knows them."""

    def proposed(self, given: Any, n_components: int, lent: HostND) -> Assignment:
        """Checked labels or responsibilities of what it was shown, for the rows that count."""


@dataclass(frozen=True, eq=False)
class Told:
    """The rows that have an entry, of an array.

    Attributes
    ----------
    rows : array of shape (n, d)
    weights : ndarray of shape (n,) or None
        Sample weights.
    patterns : Patterns or None
        Which entries are missing.
    which : slice or ndarray of shape (n,)
        The place of each among those given.
    n_given : int
    unseen : ndarray
        The features of which no row that has weight has an entry.
    """

    rows: AnyND
    weights: Float | None
    patterns: Patterns | None
    which: slice | Indices
    n_given: int
    unseen: Indices

    @classmethod
    def of(cls, rows: AnyND, sample_weight: Any, *, some: bool = True) -> Self:
        """From checked rows, and weights as they were given, with `some` not all zero."""
        n_given = int(rows.shape[0])
        weights = check_sample_weight(sample_weight, rows, some=some)
        patterns = patterns_of(rows)
        if patterns is None:
            return cls(rows, weights, None, slice(None), n_given, np.zeros(0, dtype=np.int64))
        unseen = patterns.unseen(weights)
        if not patterns.empty_rows.any():
            return cls(rows, weights, patterns, slice(None), n_given, unseen)
        which = np.flatnonzero(~patterns.empty_rows)
        weights = None if weights is None else weights[which]
        return cls(take_rows(rows, which), weights, patterns[which], which, n_given, unseen)

    @property
    def n_rows(self) -> int:
        return int(self.rows.shape[0])

    @property
    def n_features(self) -> int:
        return int(self.rows.shape[1])

    @property
    def n_counted(self) -> int:
        return self.n_rows if self.weights is None else int((self.weights > 0).sum())

    @property
    def total_weight(self) -> float:
        return float(self.n_rows if self.weights is None else self.weights.sum())

    @property
    def kind(self) -> AnyArray:
        return empty_like_kind(self.rows)

    def opened(self, floats_per_row: int, kinds: tuple[str, ...]) -> tuple[Engine, Resident]:
        weights = None if self.weights is None else bring(self.weights, self.rows)
        return open_rows(
            self.rows, weights, self.patterns, floats_per_row=floats_per_row, kinds=kinds
        )

    def assigned(self, given: Any, n_components: int, name: str) -> Assignment:
        assignment: Assignment = check_assignment(given, self.n_given, n_components, name)
        return np.asarray(assignment[self.which])

    def lent(self, rows: HostND) -> HostND:
        if self.n_rows == self.n_given:
            return rows.view()
        given = np.full((self.n_given, rows.shape[1]), np.nan, rows.dtype)
        given[self.which] = rows
        return given

    def proposed(self, given: Any, n_components: int, lent: HostND) -> Assignment:
        return self.assigned(given, n_components, PROPOSER)


@dataclass(frozen=True, eq=False)
class Read:
    """The rows that have an entry, of a collection that is read in passes.

    Attributes
    ----------
    collection : Collection
    source : Source
    inspection : Inspection
    """

    collection: Collection
    source: Source
    inspection: Inspection

    @classmethod
    def of(cls, collection: Collection, sample_weight: Any) -> Self:
        """From a collection, and weights that are a column of it, or an array."""
        if isinstance(sample_weight, str):
            collection = collection.without(sample_weight)
        if not is_dask(sample_weight):
            sample_weight = check_weights_of_read(sample_weight)
        return cls(collection, *collection.counted(sample_weight))

    @property
    def n_rows(self) -> int:
        return self.inspection.n_rows

    @property
    def n_given(self) -> int:
        return self.n_rows

    @property
    def which(self) -> slice:
        return slice(None)

    @property
    def total_weight(self) -> float:
        return self.inspection.total_weight

    @property
    def n_features(self) -> int:
        return self.collection.n_features

    @property
    def n_counted(self) -> int:
        return self.inspection.n_counted

    @property
    def unseen(self) -> Indices:
        return np.flatnonzero(self.inspection.n_entries == 0)

    @property
    def kind(self) -> AnyArray:
        return self.collection.kind

    def opened(self, floats_per_row: int, kinds: tuple[str, ...]) -> tuple[Engine, Source]:
        return self.collection.engine, self.source

    def assigned(self, given: Any, n_components: int, name: str) -> Assignment:
        raise ValueError(
            f"{name} labels rows that are in memory, and these are read in passes; give a "
            "mixture_init, made of some of them."
        )

    def lent(self, rows: HostND) -> HostND:
        return rows.view()

    def proposed(self, given: Any, n_components: int, lent: HostND) -> Assignment:
        assignment: Assignment = check_assignment(given, len(lent), n_components, PROPOSER)
        return assignment


def answered(
    estimator: Any, X: Any, checked: Callable[[Any], HostND], answer: Callable[[HostND], AnyArray]
) -> AnyArray:
    """What a fitted estimator answers of rows: of an array, or of a collection block by block.

    Parameters
    ----------
    estimator : object
        That knows the features it was fitted to.
    X : array-like of shape (n, d), or what is read in passes
    checked : callable
        From an array-like to the rows of an array.
    answer : callable
        From rows (m, d) to an array of m answers.
    """
    collection = collection_of(X)
    if collection is None:
        return answer(checked(X))
    features = fitted_features(estimator, collection)
    return features.engine.map(answer, features.all_rows())


def fitted_features(estimator: Any, collection: Collection) -> Collection:
    """The columns that the estimator was fitted to, by name where both have names."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        collection = collection.only(tuple(names))
    if collection.n_features != estimator.n_features_in_:
        raise ValueError(
            f"X has {collection.n_features} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )
    return collection


def rows_to_fit(estimator: Any, X: Any, sample_weight: Any) -> Rows:
    """The rows of an array, frame or collection, with their features told to the estimator."""
    collection = collection_of(X)
    if collection is None:
        xp, _ = get_namespace(X)
        rows = validate_data(
            estimator,
            with_nan(X),
            dtype=[xp.float64, xp.float32],
            ensure_min_samples=2,
            ensure_all_finite="allow-nan",
        )
        check_no_infinity(rows)
        return Told.of(rows, sample_weight)
    read = Read.of(collection, sample_weight)
    if read.n_rows < 2:
        raise ValueError(
            f"Found {read.n_rows} sample(s) that have an entry, while a minimum of 2 is required "
            f"by {type(estimator).__name__}."
        )
    estimator.n_features_in_ = read.n_features
    if read.collection.columns is not None:
        estimator.feature_names_in_ = np.array(read.collection.columns, dtype=object)
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_
    return read


def batch_to_learn(estimator: Any, X: Any, sample_weight: Any) -> Told | None:
    """The rows of one batch of a stream, of the features that are known; None where none counts."""
    check_in_memory(X)
    xp, _ = get_namespace(X)
    rows = validate_data(
        estimator,
        with_nan(X),
        reset=False,
        dtype=[xp.float64, xp.float32],
        ensure_min_samples=0,
        ensure_all_finite="allow-nan",
    )
    check_no_infinity(rows)
    if rows.shape[0] == 0:
        return None
    told = Told.of(rows, sample_weight, some=False)
    return told if told.n_counted else None


def check_in_memory(X: Any) -> None:
    """A batch of a stream is an array or a frame."""
    if collection_of(X) is not None:
        raise TypeError(
            "partial_fit takes batches of rows that are in memory; fit reads all rows of a "
            f"{type(X).__name__}, in as many passes as it needs."
        )


def check_enough(rows: Rows, n_components: int, names: Sequence[str] | None) -> None:
    """Every feature has an entry that counts, and every component may have a row."""
    if rows.n_rows and not rows.n_counted:
        raise ValueError("All sample weights are zero, so that no row is left to fit.")
    if len(rows.unseen):
        column = rows.unseen[0] if names is None else repr(str(names[rows.unseen[0]]))
        raise ValueError(
            f"Column {column} of X has no entry at all, so that nothing can be learned of it; "
            "leave it out."
        )
    if rows.n_counted < n_components:
        raise ValueError(
            "Expected n_samples >= n_components but got "
            f"n_components = {n_components}, n_samples = {rows.n_counted}"
        )
