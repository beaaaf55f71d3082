"""Rows of features and targets side by side, and where EM begins with them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeAlias

import numpy as np

from mixtura.em.start.hierarchy import Hierarchy
from mixtura.typing import Float, HostND, Indices


@dataclass(frozen=True, eq=False)
class Joint:
    """Rows of features and, last, targets.

    Attributes
    ----------
    values : ndarray of shape (n, d + m)
        NaN where a feature is missing.
    n_features : int
        d.
    weights : ndarray of shape (n,) or None
        Positive sample weights; None stands for ones.
    """

    values: HostND
    n_features: int
    weights: Float | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def counts(self) -> Float:
        """How many times each row counts."""
        return np.ones(len(self)) if self.weights is None else self.weights

    @property
    def features(self) -> HostND:
        """x, shape (n, d)."""
        return self.values[:, : self.n_features]

    @property
    def targets(self) -> HostND:
        """y, shape (n, m)."""
        return self.values[:, self.n_features :]

    def take(self, rows: Indices) -> Self:
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return type(self)(self.values[rows], self.n_features, weights)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """One tree begins fits of any family and number of components."""
        return Hierarchy.of(self.values, self.weights, np.random.RandomState(0))


Fold: TypeAlias = tuple[Joint, Joint]
"""Rows to fit, and those to test with."""
