"""What a fit warns of."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from mixtura.em import Outcome, Trace
from mixtura.errors import DegenerateComponentWarning, RegularizationWarning
from mixtura.typing import ArrayD

CALLER_OF_FIT = 4
"""From here past `fit` and scikit-learn's wrapper of it: the line of the user's program."""


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
            stacklevel=CALLER_OF_FIT,
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
            stacklevel=CALLER_OF_FIT,
        )
    if trace.outcome is Outcome.MAX_ITER:
        warnings.warn(
            "Best performing initialization did not converge. Try different init parameters, or "
            "increase max_iter, tol, or check for degenerate data.",
            ConvergenceWarning,
            stacklevel=CALLER_OF_FIT,
        )
