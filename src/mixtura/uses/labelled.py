"""Rows with the classes that all or some of them belong to.

Rows of a class come from its components, rows without a label from any. EM with both is EM with
some responsibilities held (O'Neill 1978): it maximizes

    sum_i log p(x_i, c_i) over labelled rows  +  sum_i log p(x_i) over the others

O'Neill, T. J. (1978). Normal discrimination with unclassified observations. Journal of the American
Statistical Association 73, 821-826.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from mixtura._array import patterns_of
from mixtura.data import ArraySource, Grouped
from mixtura.engine import Engine, open_rows
from mixtura.typing import ArrayK, Float, HostND, Indices

NO_CLASS = -1
"""The class of rows without a label."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Rows that lie class by class, those without a label last.

    Attributes
    ----------
    rows : ndarray of shape (n, d)
        NaN where entries are missing; no row lacks all.
    classes : ndarray of shape (n,)
        From 0 to C - 1, or `NO_CLASS`.
    weights : ndarray of shape (n,), optional
    n_classes : int
        C.
    """

    rows: HostND
    classes: Indices
    weights: Float | None
    n_classes: int

    @classmethod
    def of(cls, rows: HostND, classes: Indices, weights: Float | None, n_classes: int) -> Self:
        """From rows in any order, of which those without weight are left out."""
        order = np.argsort(np.where(classes == NO_CLASS, n_classes, classes), kind="stable")
        if weights is not None:
            order = order[weights[order] > 0]
            weights = weights[order]
        return cls(rows[order], classes[order], weights, n_classes)

    def some(self, chosen: Indices) -> Self:
        """The rows at these ascending indices."""
        weights = None if self.weights is None else self.weights[chosen]
        return type(self)(self.rows[chosen], self.classes[chosen], weights, self.n_classes)

    @property
    def with_label(self) -> Self:
        """The rows that have one."""
        return self.some(np.flatnonzero(self.classes != NO_CLASS))

    @property
    def without_label(self) -> Indices:
        """The indices of the rows that have none."""
        return np.flatnonzero(self.classes == NO_CLASS)

    def of_class(self, c: int) -> Self:
        """The rows of a class."""
        return self.some(np.flatnonzero(self.classes == c))

    @property
    def counted(self) -> Float:
        """w_i, shape (n,); ones where rows have no weights."""
        return np.ones(len(self.rows)) if self.weights is None else self.weights

    @cached_property
    def class_counts(self) -> ArrayK:
        """The sum of the weights in each class, shape (C,)."""
        labelled = self.classes != NO_CLASS
        counts = np.bincount(self.classes[labelled], self.counted[labelled], self.n_classes)
        return np.asarray(counts, dtype=np.float64)

    @cached_property
    def class_sizes(self) -> Indices:
        """How many rows there are of each class, shape (C,)."""
        return np.bincount(self.classes[self.classes != NO_CLASS], minlength=self.n_classes)

    def source(
        self, components: Sequence[Indices | None], floats_per_row: int, kinds: tuple[str, ...]
    ) -> tuple[Engine, Grouped]:
        """The engine, and the rows with the components that each class has."""
        engine, source = open_rows(
            self.rows,
            self.weights,
            patterns_of(self.rows),
            floats_per_row=floats_per_row,
            kinds=kinds,
        )
        assert isinstance(source, ArraySource)
        sizes = self.class_sizes.tolist()
        groups = [(size, own) for size, own in zip(sizes, components, strict=True) if size]
        without = len(self.rows) - sum(sizes)
        free = [(without, None)] if without else []
        both = (*groups, *free)
        return engine, Grouped(
            source, tuple(size for size, _ in both), tuple(own for _, own in both)
        )
