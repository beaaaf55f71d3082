"""What the table says of a cell."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Self

from mixtura.em import Outcome
from mixtura.em.search.candidate import repeated_components
from mixtura.selection.cells import Cell, Fit
from mixtura.selection.criteria import Criteria


class Status(Enum):
    """What became of a cell."""

    FITTED = "fitted"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class CellRecord:
    """A row of the table; its fields are the columns.

    Attributes
    ----------
    n_components : int
    covariance_type : str
    log_likelihood : float
        Of all rows; NaN, as the criteria, where there is no fit.
    n_parameters : int
    bic, aic, icl : float
    n_iter : int
        Iterations of the last run.
    converged : bool
    admissible : bool
        Whether no component is spurious.
    status : str
        "fitted", "failed" or "stopped".
    reason : str
        Why there is no fit, or it is not admissible, or that in effect it has fewer components.
    cv : float
        The log-likelihood per row held out; NaN where it was not asked for.
    """

    n_components: int
    covariance_type: str
    log_likelihood: float
    n_parameters: int
    bic: float
    aic: float
    icl: float
    n_iter: int
    converged: bool
    admissible: bool
    status: str
    reason: str
    cv: float = math.nan

    @classmethod
    def of_fit(cls, cell: Cell, fit: Fit, criteria: Criteria, n_parameters: int) -> Self:
        """Of a cell that was fitted."""
        return cls(
            cell.n_components,
            cell.covariance_type,
            fit.log_likelihood,
            n_parameters,
            criteria.bic,
            criteria.aic,
            criteria.icl,
            fit.trace.n_iter,
            fit.trace.outcome is Outcome.CONVERGED,
            fit.is_admissible,
            Status.FITTED.value,
            _what_is_wrong(fit),
        )

    @classmethod
    def without_fit(cls, cell: Cell, status: Status, reason: str, n_parameters: int) -> Self:
        """Of a cell that has none, and why."""
        return cls(
            cell.n_components,
            cell.covariance_type,
            math.nan,
            n_parameters,
            math.nan,
            math.nan,
            math.nan,
            0,
            converged=False,
            admissible=False,
            status=status.value,
            reason=reason,
        )


def _what_is_wrong(fit: Fit) -> str:
    n_components, n_features = fit.mixture.means.shape
    if not fit.is_admissible:
        return (
            f"{fit.spurious.sum()} of {n_components} components have fewer than "
            f"{2 * (n_features + 1)} rows or hardly any extent"
        )
    n_repeated = len(repeated_components(fit.mixture))
    return f"{n_repeated} of {n_components} components repeat others" if n_repeated else ""
