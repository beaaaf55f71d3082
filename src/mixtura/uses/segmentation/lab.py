"""sRGB to CIE L*a*b* (1976) under D65, in which equal distances look about equally large.

    linear = ((c + 0.055) / 1.055)^2.4, or c / 12.92 up to 0.04045
    (X, Y, Z) = M linear
    L* = 116 f(Y / Y_n) - 16
    a* = 500 (f(X / X_n) - f(Y / Y_n))
    b* = 200 (f(Y / Y_n) - f(Z / Z_n))
    f(t) = t^(1/3), or t / (3 delta^2) + 4 / 29 up to delta^3, with delta = 6 / 29

IEC 61966-2-1 (1999). Colour management: default RGB colour space, sRGB.
ISO/CIE 11664-4 (2019). Colorimetry: CIE 1976 L*a*b* colour space.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixtura.typing import Float

XYZ_OF_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
"""The primaries of ITU-R BT.709, with D65 for white."""

RELATIVE_TO_WHITE = np.ascontiguousarray((XYZ_OF_RGB / XYZ_OF_RGB.sum(axis=1, keepdims=True)).T)

DELTA = 6 / 29

JUST_NOTICEABLE = 2.3
"""The distance of two colours that an eye just tells apart (Mahy and others 1994)."""


def lab_of(rgb: NDArray[Any]) -> Float:
    """L* from 0 to 100, a* and b* of sRGB colours (n, 3): integers of their whole range, or 0 to 1.

    A colour with a NaN has three.
    """
    x, y, z = _f(_linear(rgb) @ RELATIVE_TO_WHITE).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def _linear(rgb: NDArray[Any]) -> Float:
    """Amounts of light, 0 to 1. Integers are looked up, since powers are slow."""
    if rgb.dtype.kind != "u":
        return _expanded(rgb.astype(np.float64))
    most = np.iinfo(rgb.dtype).max
    return np.asarray(_expanded(np.arange(most + 1) / most)[rgb])


def _expanded(c: Float) -> Float:
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _f(t: Float) -> Float:
    return np.where(t > DELTA**3, np.cbrt(t), t / (3 * DELTA**2) + 4 / 29)
