"""Quantiles that hold what they say: levels corrected by rows that the fit has not seen.

With u_(1) <= ... <= u_(n) the values of F(y | x) for n held-out rows, uniform where the model is
right, the level q becomes u_(q (n + 1)), between two of them linearly. If rows are exchangeable, a
new u is as likely to fall between any two of them, whatever the model: the quantile's probability
is k / (n + 1) where k = q (n + 1) is whole, and else lies between that of the whole numbers next to
it. No two quantiles cross.

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
        return np.array([_at_place(u, self.weights, q) for u in self.probabilities.T])


def _at_place(values: Float, weights: Float, q: Float) -> Float:
    """The value at the place q (W + 1) of the sorted rows, each as often there as it weighs."""
    order = np.argsort(values, kind="stable")
    last = np.cumsum(weights[order])
    first = np.minimum(last - weights[order] + 1, last)
    places = np.column_stack([first, last]).ravel()
    return np.asarray(np.interp(q * (1 + last[-1]), places, np.repeat(values[order], 2)))
