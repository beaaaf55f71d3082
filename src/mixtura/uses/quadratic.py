"""P(Q < 0) for quadratic forms of a standard normal y, Q = sum_l (a_l y_l^2 + b_l y_l) + c.

Their transform M(s) = E e^{sQ} is known, and by inversion along s = -1/4 + it (Imhof 1961)

    P(Q < 0) = -(1 / pi) int_0^inf Re[M(s) / s] dt

Forms are divided by their standard deviation, and seen from the side of 0 that they are more often
on. No singularity is closer to the line than 1/4 then, so that the midpoint rule with steps h errs
by e^{-pi / (2 h)}. By Chernoff's bound P(Q < 0) <= M(s) for s < 0, so forms are left out where that
is negligible. One variable needs no integral, and neither does Q without squares, which is normal.

References
----------
Imhof, J. P. (1961). Computing the distribution of quadratic forms in normal variables. Biometrika
48, 419-426.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mixtura.typing import Float

STEP, POINTS, FURTHEST = 0.1, 64, 1000.0
"""Of t: its steps, how many are looked at together, and where to end in any case."""

NEGLIGIBLE = 1e-7


def below_zero(a: Float, b: Float, c: Float) -> Float:
    """P(Q < 0) of each form, and 1/2 where Q is always 0.

    Parameters
    ----------
    a, b : ndarray of shape (m, d)
    c : ndarray of shape (m,)
    """
    squares = 2 * (a**2).sum(axis=1)  # variances of both parts of Q
    deviation, mean = np.sqrt(squares + (b**2).sum(axis=1)), c + a.sum(axis=1)
    probability = np.asarray(ndtr(-mean / np.maximum(deviation, NEGLIGIBLE)))
    bent = np.sqrt(squares) > NEGLIGIBLE * np.maximum(deviation, 1)
    if a.shape[1] == 1:
        probability[bent] = _between_roots(a[bent, 0], b[bent, 0], c[bent])
        return probability
    sign = np.where(mean[bent] < 0, -1.0, 1.0)
    unit = sign / deviation[bent]
    rarer = _integral(a[bent].T * unit, b[bent].T * unit, c[bent] * unit)
    probability[bent] = np.where(sign > 0, rarer, 1 - rarer)
    return probability


def _between_roots(a: Float, b: Float, c: Float) -> Float:
    """P(a y^2 + b y + c < 0) for a != 0."""
    half = -b / (2 * a)
    reach = np.sqrt(np.maximum(half**2 - c / a, 0))
    inside = ndtr(half + reach) - ndtr(half - reach)
    return np.asarray(np.where(a > 0, inside, 1 - inside))


def _integral(a: Float, b: Float, c: Float) -> Float:
    """P(Q < 0) by inversion, of forms of deviation 1 and positive mean; a and b are (d, m)."""
    probability = np.zeros(len(c))
    with np.errstate(divide="ignore"):
        furthest = 0.45 / np.maximum(-a.min(axis=0), 0)  # before the nearest singularity
    bound = _transform(a, b, c, -np.minimum(c + a.sum(axis=0), furthest)[:, None])[:, 0]
    left, t = np.flatnonzero(bound > NEGLIGIBLE), STEP * (np.arange(POINTS) + 0.5)
    while len(left) and t[0] < FURTHEST:
        s = -0.25 + 1j * t
        integrand = _transform(a[:, left], b[:, left], c[left], s) / s
        probability[left] -= STEP / np.pi * integrand.real.sum(axis=1)
        left = left[np.abs(integrand[:, -1]) * t[-1] > NEGLIGIBLE]
        t = t + STEP * POINTS
    return np.clip(probability, 0, 1)


def _transform(a: Float, b: Float, c: Float, s: NDArray[Any]) -> NDArray[Any]:
    """M(s) = e^{cs} prod_l (1 - 2 a_l s)^{-1/2} exp(b_l^2 s^2 / (2 - 4 a_l s)), forms by points."""
    log = c[:, None] * s
    for a_l, b_l in zip(a[..., None], b[..., None], strict=True):
        u = 1 - 2 * a_l * s
        log = log + (b_l * s) ** 2 / (2 * u) - np.log(u) / 2
    return np.asarray(np.exp(log))
