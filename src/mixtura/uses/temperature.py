"""Calibration by temperature: how sure a classifier may be, told by rows that were held out.

A fitted density is more certain than it should be, since it takes its parameters for the truth and
its family for the right one. With p(c | x) proportional to p(x, c)^(1/T) a temperature T above 1
flattens probabilities, and leaves the order of the classes. T minimizes the log-loss of held-out
rows,

    L(T) = -sum_i w_i log p_T(c_i | x_i),        T >= 1

It is one more free number, and like any other is kept where BIC finds it worth its price: where
2 (L(1) - L(T)) > log n. Few errors among few rows say little.

Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern neural networks.
International Conference on Machine Learning.
"""

import math

import numpy as np
from scipy.optimize import minimize_scalar

from mixtura._linalg import logsumexp
from mixtura.typing import Float, Indices

HOTTEST = 1000.0
"""At this temperature nearly all probabilities are alike."""


def fitted_temperature(log_joint: Float, classes: Indices, weights: Float) -> float:
    """T, or 1 where it is not worth a free number.

    Parameters
    ----------
    log_joint : ndarray of shape (n, C)
        log p(x_i, c) of rows that were not fitted.
    classes : ndarray of shape (n,)
    weights : ndarray of shape (n,)
    """
    known = np.isfinite(log_joint).all(axis=1)
    log_joint, classes, weights = log_joint[known], classes[known], weights[known]
    if not len(classes):
        return 1.0

    def loss(log_temperature: float) -> float:
        return log_loss(log_joint / math.exp(log_temperature), classes, weights)

    found = minimize_scalar(loss, bounds=(0.0, math.log(HOTTEST)), method="bounded")
    gain = 2 * (loss(0.0) - found.fun)
    return math.exp(found.x) if gain > math.log(max(weights.sum(), 1.0)) else 1.0


def log_loss(log_joint: Float, classes: Indices, weights: Float) -> float:
    """-sum_i w_i log p(c_i | x_i)."""
    own = np.take_along_axis(log_joint, classes[:, None], axis=1)[:, 0]
    return float(weights @ (logsumexp(log_joint) - own))
