"""Scores of a model on rows: sums over blocks, so that one pass tells all."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mixtura.cli.inputs import blocks_of
from mixtura.data import Scan
from mixtura.distribution import Mixture, Savable, as_mixture, posterior
from mixtura.engine import Local
from mixtura.errors import DataFileError
from mixtura.estimators.queries import MixtureQueries
from mixtura.typing import Block, HostN


@dataclass(frozen=True)
class Sums:
    """What blocks add up to.

    Attributes
    ----------
    n_rows : int
        Rows that have an entry: the others tell nothing.
    weight : float
        sum_i w_i of these.
    log_likelihood : float
        sum_i w_i log p(x_i).
    log_certainty : float
        sum_i w_i log max_k r_ik.
    n_missing, n_entries : int
        Of all rows, entries that are missing, and those that could be there.
    """

    n_rows: int
    weight: float
    log_likelihood: float
    log_certainty: float
    n_missing: int
    n_entries: int

    @classmethod
    def of(cls, mixture: Mixture, block: Block) -> Self:
        """Those of one block."""
        densities = mixture.log_prob(block.rows)
        if not np.isfinite(densities).all():
            row = block.start + int(np.argmin(np.isfinite(densities)))
            raise DataFileError(f"Row {row} has density 0 under the model: it lies too far out.")
        missing = np.isnan(block.rows)
        told = ~missing.all(axis=1)
        weights = None if block.weights is None else told * block.weights
        counted = told if weights is None else weights > 0
        certainties = posterior.log_certainty(mixture, block.rows)
        return cls(
            int(told.sum()),
            float(told.sum() if weights is None else weights.sum()),
            _sum(densities, weights, counted),
            _sum(certainties, weights, counted),
            int(missing.sum()),
            missing.size,
        )

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.n_rows + other.n_rows,
            self.weight + other.weight,
            self.log_likelihood + other.log_likelihood,
            self.log_certainty + other.log_certainty,
            self.n_missing + other.n_missing,
            self.n_entries + other.n_entries,
        )

    def criteria(self, model: Mixture | Any) -> dict[str, float]:
        """Log-likelihood in all and per row; of an estimator also BIC, AIC and ICL."""
        mean = self.log_likelihood / self.weight
        scores = {
            "n_rows": self.n_rows,
            "log_likelihood": self.log_likelihood,
            "log_likelihood_per_row": mean,
        }
        if isinstance(model, MixtureQueries) and isinstance(model, Savable):
            n_parameters, n = model.fit_record()["n_parameters"], self.weight
            bic = -2 * mean * n + n_parameters * math.log(n)
            scores |= {
                "bic": bic,
                "aic": -2 * mean * n + 2 * n_parameters,
                "icl": bic - 2 * (self.log_certainty / n) * n,
            }
        return scores


def sums(model: Mixture | Any, rows: Scan, weights: str | None) -> Sums:
    """One pass over the rows.

    Raises
    ------
    DataFileError
        Where a row has no density, or none counts.
    """
    total: Sums = Local().sum(partial(Sums.of, as_mixture(model)), blocks_of(rows, weights))
    if total.n_rows and not total.weight:
        raise DataFileError("All weights are zero, so that there is nothing to score.")
    if not total.weight:
        raise DataFileError("No row that counts has an entry, so that there is nothing to score.")
    return total


def _sum(values: HostN, weights: HostN | None, counted: NDArray[np.bool_]) -> float:
    """sum_i w_i f_i over the rows that count; the others do not, also where f is infinite."""
    if weights is None:
        return float(values[counted].sum())
    return float(weights[counted] @ values[counted])
