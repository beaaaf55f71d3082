"""Quantiles that hold what they say: levels corrected by rows that the fit has not seen.

With u_i = F(y_i | x_i) of n held-out rows, uniform where the model is right, the level q becomes

    u_(ceil(q (n + 1)))      for q >= 1/2, the order statistic from below
    u_(floor(q (n + 1)))     for q < 1/2, the same from above

A new u is as likely to fall between any two of the u_i, whatever the model: so the upper quantile
is exceeded with probability 1 - q at most and 1 - q - 1 / (n + 1) at least, and the lower one in
the same way, if rows are exchangeable. No two quantiles cross.

Chernozhukov, V., Wuethrich, K. and Zhu, Y. (2021). Distributional conformal prediction. Proceedings
of the National Academy of Sciences 118, e2107794118.
Romano, Y., Patterson, E. and Candes, E. J. (2019). Conformalized quantile regression. Advances in
Neural Information Processing Systems 32, 3543-3553.
"""

from dataclasses import dataclass

import numpy as np

from mixtura.typing import Float


@dataclass(frozen=True, eq=False)
class Recalibration:
    """What held-out rows say of a model's quantiles.

    Attributes
    ----------
    probabilities : ndarray of shape (n, m)
        u_i for each of m targets.
    weights : ndarray of shape (n,)
        How many times each row counts.
    """

    probabilities: Float
    weights: Float

    def levels(self, q: Float) -> Float:
        """The levels at which the model is to be asked, (m, ...) for q of any shape.

        Raises
        ------
        ValueError
            Where there are too few rows for a level.
        """
        least = 1 / (1 + self.weights.sum())
        beyond = q[(np.minimum(q, 1 - q) < least * (1 - 1e-9))]
        if beyond.size:
            raise ValueError(
                f"{self.weights.sum():g} rows for calibration reach levels from {least:.4g} to "
                f"{1 - least:.4g}, but q is {beyond.flat[0]:g}; hold more rows out, or do not "
                "calibrate."
            )
        upper = [_order_statistic(u, self.weights, q) for u in self.probabilities.T]
        lower = [1 - _order_statistic(1 - u, self.weights, 1 - q) for u in self.probabilities.T]
        return np.where(q < 0.5, lower, upper)


def _order_statistic(values: Float, weights: Float, q: Float) -> Float:
    """The smallest value up to which rows have a weight of q (W + 1), in the shape of q."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    wanted = q * (1 + reached[-1])
    places = np.searchsorted(reached, wanted * (1 - 1e-12))
    return np.asarray(values[order][np.minimum(places, len(values) - 1)])
