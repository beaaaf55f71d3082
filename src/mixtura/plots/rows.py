"""The rows in a picture: few are drawn as points, many as sums in the cells of a grid.

A row that lacks a feature that is shown is not drawn; its label is still that of the features that
it has. Whatever the number of rows, memory holds a small number per row at most beside the rows
themselves: labels and sums are computed block by block.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixtura._array import namespace, on_host, row_ranges, to_numpy
from mixtura.distribution import Mixture, posterior
from mixtura.distribution.checks import check_rows
from mixtura.engine import open_rows
from mixtura.typing import AnyND, Float

MANY_ROWS = 20_000
"""Beyond so many rows points would be a blot, and slow: cells of a grid are shaded instead."""

BLOCK_ROWS = 2**18

Labels = NDArray[np.integer[Any]]
Box = tuple[float, float, float, float]
"""Left, right, bottom, top."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Checked rows, in whatever array library they came.

    Attributes
    ----------
    values : array of shape (n, d)
    """

    values: AnyND

    @classmethod
    def of(cls, X: AnyND, n_features: int) -> "Rows":
        """Rows of the right width.

        Raises
        ------
        ValueError
            Where the width is another, there is no row, or a value is infinite.
        """
        values = check_rows(X, n_features)
        if values.shape[0] == 0:
            raise ValueError("X has no rows; leave it out to draw the mixture alone.")
        return cls(values)

    def __len__(self) -> int:
        return int(self.values.shape[0])

    @property
    def many(self) -> bool:
        """Whether they are too many to be drawn one by one."""
        return len(self) > MANY_ROWS

    def columns(self, features: list[int], rows: slice = slice(None)) -> Float:
        """Some features of some rows, shape (n, len(features))."""
        values = self.values[rows, :]
        return np.stack([to_numpy(values[:, feature]) for feature in features], axis=1)

    def span(self, feature: int) -> tuple[float, float]:
        """The smallest and the largest entry of a feature."""
        column = self.values[:, feature]
        xp = namespace(column)
        missing = xp.isnan(column)
        if bool(xp.all(missing)):
            raise ValueError(f"Column {feature} of X has no entry at all; leave X out.")
        low, high = (xp.where(missing, end, column) for end in (xp.inf, -xp.inf))
        return float(xp.min(low)), float(xp.max(high))

    def labels(self, mixture: Mixture) -> Labels:
        """The most probable component of each row, shape (n,)."""
        kind = np.min_scalar_type(mixture.n_components)
        return self.map(mixture, lambda rows: on_host(posterior.labels(mixture, rows)).astype(kind))

    def uncertainties(self, mixture: Mixture) -> Float:
        """1 - max_k r_k of each row, shape (n,)."""
        certainties = self.map(
            mixture, lambda rows: to_numpy(posterior.log_certainty(mixture, rows))
        )
        return np.asarray(np.maximum(-np.expm1(certainties), 0))

    def map(self, mixture: Mixture, formula: Callable[[AnyND], NDArray[Any]]) -> NDArray[Any]:
        """What a formula of the mixture makes of the rows, block by block."""
        engine, source = open_rows(
            self.values, floats_per_row=mixture.means.size, kinds=(mixture.storage.kind,)
        )
        result: NDArray[Any] = engine.map(formula, source)
        return result

    def box(self, features: list[int]) -> Box:
        """The smallest box around the rows in a plane."""
        return (*self.span(features[0]), *self.span(features[1]))

    def sums(
        self,
        features: list[int],
        box: Box,
        shape: tuple[int, int],
        *,
        groups: Labels | None = None,
        n_groups: int = 1,
        of: Float | None = None,
    ) -> Float:
        """How many rows lie in each cell of a grid, or the sum of a value over them.

        Parameters
        ----------
        features : two indices
        box : Box
            What the grid covers.
        shape : (int, int)
            Numbers of columns and rows of cells.
        groups : ndarray of shape (n,), optional
            Rows are summed for each group apart.
        n_groups : int
        of : ndarray of shape (n,), optional

        Returns
        -------
        sums : ndarray of shape (n_groups, rows, columns)
        """
        n_x, n_y = shape
        sums = np.zeros(n_groups * n_y * n_x)
        for rows in row_ranges(len(self), BLOCK_ROWS):
            shown = self.columns(features, rows)
            there = ~np.isnan(shown).any(axis=1)
            shown = shown[there]
            cells = _cells(shown[:, 0], box[0], box[1], n_x)
            cells += n_x * _cells(shown[:, 1], box[2], box[3], n_y)
            if groups is not None:
                cells += n_x * n_y * groups[rows][there].astype(np.intp)
            sums += np.bincount(cells, None if of is None else of[rows][there], len(sums))
        return sums.reshape(n_groups, n_y, n_x)

    def histogram(self, feature: int, edges: Float) -> Float:
        """How many rows lie in each of the equal bins between the first and the last edge."""
        counts = np.zeros(len(edges) - 1)
        for rows in row_ranges(len(self), BLOCK_ROWS):
            column = to_numpy(self.values[rows, feature])
            column = column[~np.isnan(column)]
            bins = _cells(column, float(edges[0]), float(edges[-1]), len(counts))
            counts += np.bincount(bins, minlength=len(counts))
        return counts


def needed(rows: Rows | None) -> Rows:
    """The rows that a kernel estimate is made of.

    Raises
    ------
    ValueError
        Where none were given.
    """
    if rows is None:
        raise ValueError("A kernel estimate is made of rows: give X, or leave kde=True out.")
    return rows


def _cells(values: Float, low: float, high: float, n: int) -> NDArray[np.intp]:
    """Which of n equal cells between low and high each value lies in; the last one is closed."""
    scale = n / (high - low) if high > low else 0.0
    return np.clip((values - low) * scale, 0, n - 1).astype(np.intp)
