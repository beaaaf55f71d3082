"""What a fit warns of."""

import warnings
from collections.abc import Sequence
from inspect import currentframe

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from mixtura.em import Outcome, Trace
from mixtura.em.search import Candidate
from mixtura.em.search.candidate import repeated_components
from mixtura.errors import DegenerateComponentWarning, RegularizationWarning
from mixtura.typing import ArrayD


def _caller() -> int:
    """The stack level of the user's program: the first outside of Mixtura and scikit-learn."""
    level, frame = 0, currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(LIBRARIES):
        level, frame = level + 1, frame.f_back
    return level


LIBRARIES = ("mixtura.", "sklearn.")


def warn_of_scale(reg_covar: float, variances: ArrayD, names: Sequence[str] | None) -> None:
    """Warn where `reg_covar` is above a thousandth of a column's variance."""
    overwhelmed = (variances > 0) & (reg_covar > 1e-3 * variances)
    if overwhelmed.any():
        worst = int(np.where(overwhelmed, -variances, -np.inf).argmax())
        column = worst if names is None else repr(str(names[worst]))
        warnings.warn(
            f"reg_covar={reg_covar:g} is added to the variances of column {column}, which is only "
            f"{variances[worst]:.3g}: it will blur the fit. Scale the data, or take a smaller "
            "reg_covar.",
            RegularizationWarning,
            stacklevel=_caller(),
        )


def warn_of_outcome(trace: Trace) -> None:
    """Warn of repaired components, and where EM did not converge."""
    if trace.repairs:
        components = sorted({component for _, repaired in trace.repairs for component in repaired})
        iterations = [iteration for iteration, _ in trace.repairs]
        warnings.warn(
            f"Components {components} collapsed (at iterations {iterations}) and were repaired by "
            "splitting the heaviest component. Fewer components, a larger reg_covar or another "
            "start may fit these data better.",
            DegenerateComponentWarning,
            stacklevel=_caller(),
        )
    if trace.outcome is Outcome.MAX_ITER:
        warnings.warn(
            "Best performing initialization did not converge. Try different init parameters, or "
            "increase max_iter, tol, or check for degenerate data.",
            ConvergenceWarning,
            stacklevel=_caller(),
        )


def warn_of_inadmissible(reason: str) -> None:
    """Warn where the best of fits that are not admissible was kept."""
    warnings.warn(
        f"No fit is admissible, and the best of the others is kept: {reason}. Such a likelihood "
        "says little; try fewer components, narrower families or a prior.",
        DegenerateComponentWarning,
        stacklevel=_caller(),
    )


def warn_of_maximum(found: Candidate, reg_covar: float | ArrayD) -> None:
    """Warn where a search found no K components that are more than a few rows each."""
    if not found.is_admissible:
        few, thin = np.flatnonzero(found.few).tolist(), np.flatnonzero(found.thin).tolist()
        what = "reg_covar" if np.any(reg_covar) else "rounding"
        reasons = [
            *([f"components {few} have fewer than 2 (d + 1) rows"] if few else []),
            *([f"{what} is a tenth or more of components {thin}'s least variance"] if thin else []),
        ]
        warnings.warn(
            f"No maximum was found without spurious components: {', and '.join(reasons)}. Try "
            f"fewer components{', another reg_covar' if thin else ''}, or a prior.",
            DegenerateComponentWarning,
            stacklevel=_caller(),
        )
    elif repeated := repeated_components(found.mixture).tolist():
        warnings.warn(
            f"Components {repeated} repeat others: with more that differ, every maximum found has "
            "spurious ones among them. Try fewer components, or a prior.",
            DegenerateComponentWarning,
            stacklevel=_caller(),
        )
