"""`mx.scan`: rows that are read block by block, in each pass anew, and never held whole."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import numpy as np

from mixtura.data.arrays import ArrayReader
from mixtura.data.paths import paths_of
from mixtura.data.reader import Reader
from mixtura.typing import HostND

ARRAY_FILES = ".npy"


@dataclass(frozen=True, eq=False, repr=False)
class Scan:
    """Rows to be read, made by `mx.scan`.

    Attributes
    ----------
    reader : Reader
    chosen : tuple of str or None
        The columns that were asked for.
    """

    reader: Reader
    chosen: tuple[str, ...] | None = None

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of the features; None where they have none."""
        return self.reader.columns if self.chosen is None else self.chosen

    @property
    def n_features(self) -> int:
        """d."""
        return self.reader.n_columns if self.columns is None else len(self.columns)

    @property
    def is_single(self) -> bool:
        """Whether the rows are float32."""
        return self.reader.is_single

    def without(self, column: str | None) -> tuple[str, ...] | None:
        """The features, without a column that holds weights or labels, unless it was asked for."""
        if self.chosen is not None or self.columns is None:
            return self.columns
        return tuple(name for name in self.columns if name != column)

    def fingerprint(self) -> str:
        """What tells these rows from others, as far as can be told without reading files."""
        return f"{self.columns} {self.reader.fingerprint()}"

    def __iter__(self) -> Iterator[HostND]:
        """The rows, in arrays of shape (m, d): copies, as readers write over what they give."""
        return (rows.copy() for rows in self.reader.batches(self.chosen))

    def write(self, path: str | os.PathLike[str], **answers: Callable[[Any], Any]) -> None:
        """Write all columns, and what models say of each row, block by block.

        Parameters
        ----------
        path : path-like
            A CSV, TSV, Parquet, Feather or Arrow file, written whole or not at all.
        **answers : callable
            By the name of the new column: a method of a fitted estimator or of a mixture, or a
            function. It is given some of the rows at a time: an Arrow table of the features that
            the estimator was fitted to, or of those of the scan; an array where there are no names.
            It gives an array of shape (n,), or (n, k) for columns called name_0, name_1 and so on.

        Raises
        ------
        DataFileError
            Where a column of that name is there already, the file is one that is read, or its name
            says no format.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> import mixtura as mx
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> gm = mx.GaussianMixture(2, random_state=0).fit(X)
        >>> path = Path(tempfile.mkdtemp()) / "labelled.csv"
        >>> mx.scan(X).write(path, label=gm.predict, density=gm.score_samples)
        >>> mx.scan(path)
        <rows to be read: x0, x1, label, density>
        """
        arrow = import_module("mixtura.data.arrow.answers")
        arrow.write_answers(self.reader, self.chosen, path, answers)

    def __repr__(self) -> str:
        names = f"{self.n_features} columns" if self.columns is None else ", ".join(self.columns)
        return f"<rows to be read: {names}>"

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "These rows are read block by block and never held whole, and this needs them in "
            "memory: read them with NumPy, pandas or pyarrow."
        )


def scan(source: Any, columns: str | Sequence[str] | None = None) -> Scan:
    """Rows that are read block by block, in each pass anew, and never held whole.

    Parameters
    ----------
    source : path-like, or rows
        A CSV, TSV, Parquet, Feather, Arrow or `.npy` file, a folder of them, or a pattern such as
        `"data/*.parquet"`; an Arrow table, a polars or pandas frame, or anything else that gives
        Arrow data; a NumPy array or memory map; or a list, or any object that can be iterated again
        and again, of arrays of shape (m, d).
    columns : str or sequence of str, optional
        The features, in this order; by default all columns. They must be numeric.

    Returns
    -------
    Scan
        What `fit`, `predict`, `score` and the other methods of `GaussianMixture` take as X.

    Raises
    ------
    DataFileError
        Where there is no such file, or no such column of numbers.
    TypeError
        Where rows cannot be read from the source, or only once.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> rng = np.random.default_rng(0)
    >>> parts = [rng.normal(centre, size=(500, 2)) for centre in (0, 0, 8)]
    >>> gm = mx.GaussianMixture(2, random_state=0).fit(mx.scan(parts))
    >>> gm.weights_.round(2)
    array([0.67, 0.33])
    """
    reader = _reader(source)
    chosen = (columns,) if isinstance(columns, str) else columns
    if chosen is not None:
        reader.check(chosen)
    return Scan(reader, None if chosen is None else tuple(chosen))


def _reader(source: Any) -> Reader:
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        if name.endswith(ARRAY_FILES):
            return ArrayReader.of([np.load(path, mmap_mode="r") for path in paths_of(name, ())])
        arrow = import_module("mixtura.data.arrow.files")
        files: Reader = arrow.FileReader.of(name)
        return files
    if hasattr(source, "__arrow_c_stream__"):
        arrow = import_module("mixtura.data.arrow.memory")
        table: Reader = arrow.TableReader.of(source)
        return table
    if isinstance(source, np.ndarray):
        return ArrayReader.of([source])
    if not hasattr(source, "__iter__"):
        raise TypeError(f"Rows cannot be read from {type(source).__name__!r}.")
    return ArrayReader.of(source)
