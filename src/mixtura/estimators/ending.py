"""When a fit ends, from an estimator's parameters `tol`, `max_iter`, `stopping`, `accelerate`."""

from typing import Any

from mixtura.em import CYCLE, Stopping


def stopping_of(estimator: Any, previous_bound: float) -> Stopping:
    """The checked stopping rule of a fit.

    Parameters
    ----------
    estimator : GaussianMixture
    previous_bound : float
        The objective per row that an earlier fit, which is continued, came to.
    """
    if estimator.accelerate and estimator.stopping == "aitken":
        raise ValueError(
            "Acceleration changes the gains that stopping='aitken' extrapolates, which are plain "
            "EM's; take stopping='gain' with accelerate=True."
        )
    return Stopping(
        estimator.tol,
        estimator.max_iter,
        previous_bound,
        span=CYCLE if estimator.accelerate else 1,
        aitken=estimator.stopping == "aitken",
    )
