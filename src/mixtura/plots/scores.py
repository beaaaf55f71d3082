"""What a picture of a choice is of: the table of a search over families and K, as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mixtura.distribution import Mixture
from mixtura.plots.models import mixture_of

NAMES = {
    "bic": "BIC",
    "aic": "AIC",
    "icl": "ICL",
    "cv": "log-likelihood per row held out",
}
"""What the criteria are called."""

HIGHER_IS_BETTER = ("cv",)


@dataclass(frozen=True)
class Score:
    """One cell of the table.

    Attributes
    ----------
    n_components : int
    family : str
    value : float
        The criterion; NaN where nothing was fitted.
    admissible : bool
        Whether no component is spurious.
    status : str
        "fitted", "failed" or "stopped".
    """

    n_components: int
    family: str
    value: float
    admissible: bool
    status: str

    @property
    def is_fitted(self) -> bool:
        """Whether there is something to draw."""
        return bool(np.isfinite(self.value))

    def __str__(self) -> str:
        plural = "" if self.n_components == 1 else "s"
        return f"{self.family} with {self.n_components} component{plural}"


@dataclass(frozen=True)
class Scores:
    """All cells under one criterion.

    Attributes
    ----------
    criterion : str
    cells : tuple of Score
        In the order of the table.
    chosen_by : str
        The criterion that the table is sorted by.
    """

    criterion: str
    cells: tuple[Score, ...]
    chosen_by: str

    @classmethod
    def of(cls, model: Any, criterion: str | None) -> Self:
        """Those of a fitted `AutoGaussianMixture`.

        Raises
        ------
        NotFittedError
            Where the estimator has not been fitted.
        TypeError
            For what has no table.
        ValueError
            For a criterion that is not in the table.
        """
        table = _table_of(model)
        chosen_by = model.criterion
        criterion = chosen_by if criterion is None else criterion
        known = [name for name in NAMES if name in table]
        if criterion not in known:
            raise ValueError(
                f"criterion must be one of {', '.join(known)}, which are in the table, "
                f"not {criterion!r}."
            )
        columns = ("n_components", "covariance_type", criterion, "admissible", "status")
        rows = zip(*(np.asarray(table[name]).tolist() for name in columns), strict=True)
        return cls(criterion, tuple(Score(*row) for row in rows), chosen_by)

    @property
    def higher_is_better(self) -> bool:
        """Which way is better."""
        return self.criterion in HIGHER_IS_BETTER

    @property
    def chosen(self) -> Score:
        """The cell that the search chose: the first of the table."""
        return self.cells[0]

    def ranked(self) -> list[Score]:
        """The cells with a score: admissible ones first, and then the better before the worse."""
        sign = -1 if self.higher_is_better else 1
        fitted = (cell for cell in self.cells if cell.is_fitted)
        return sorted(fitted, key=lambda cell: (not cell.admissible, sign * cell.value))

    def families(self) -> list[str]:
        """The families with a score, the one with the best cell first."""
        return list(dict.fromkeys(cell.family for cell in self.ranked()))

    def line(self, family: str) -> Sequence[Score]:
        """The cells of a family that have a score, by their number of components."""
        own = (cell for cell in self.cells if cell.family == family and cell.is_fitted)
        return sorted(own, key=lambda cell: cell.n_components)


def _table_of(model: Any) -> Any:
    if isinstance(model, Mixture):
        raise TypeError(
            "A Mixture was not chosen from a table; give the fitted AutoGaussianMixture."
        )
    mixture_of(model)
    table = getattr(model, "table_", None)
    if table is None:
        raise TypeError(
            f"{type(model).__name__} has no table_ of families and numbers of components; give a "
            "fitted AutoGaussianMixture."
        )
    return table
