"""Descent over orthogonal matrices by rotations, for several starts side by side.

An orientation D is turned by the Cayley transform of a skew matrix R,

    D <- D (I - R / 2)^-1 (I + R / 2),

which is orthogonal again, and turns by R_ij in each plane (i, j), i < j, as far as first order
goes. The slope of the cost in a plane over its curvature is a good step where the planes have
little to do with each other; limited-memory BFGS (Nocedal 1980, Mathematics of Computation 35,
773-782) adds what the steps before have told, so that tens of steps suffice where they have.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from mixtura._linalg import identity
from mixtura.covariance import Features
from mixtura.typing import Float

MEMORY = 8
"""How many steps are remembered."""

LONGEST = 0.5
"""Radians that one step may turn in a plane."""

TOLERANCE = 1e-22
"""The gain per row at which a descent ends: the angles are then right to about its root."""

ROUNDING = 1e-12
"""The gain per row that may be lost in the rounding of costs: steps are then taken unseen, as long
as each promises less than the one before."""

NEGLIGIBLE = 1e-12
"""The gain, as a part of all before, at which a descent ends by default."""


@dataclass(frozen=True, eq=False)
class Place:
    """S orientations, and the cost about them; there are p = d (d - 1) / 2 planes.

    Attributes
    ----------
    axes : ndarray of shape (S, d, d)
    costs : ndarray of shape (S,)
    slopes : ndarray of shape (S, p)
        By how much the cost falls for a rotation in each plane.
    curvatures : ndarray of shape (S, p)
        About how the slopes fall.
    """

    axes: Float
    costs: Float
    slopes: Float
    curvatures: Float

    def best(self) -> "Place":
        """The one of least cost."""
        at = slice(int(self.costs.argmin()), int(self.costs.argmin()) + 1)
        return Place(self.axes[at], self.costs[at], self.slopes[at], self.curvatures[at])


Look: TypeAlias = Callable[[Float], Place]


def descend(
    start: Place,
    look: Look,
    *,
    unit: float,
    max_rounds: int,
    inverse: Float | None = None,
    negligible: float = NEGLIGIBLE,
) -> Place:
    """Turn each orientation until its cost does not fall any more.

    Parameters
    ----------
    start : Place
    look : callable
        What there is at orientations (S, d, d).
    unit : float
        The scale of costs: the number of rows.
    max_rounds : int
    inverse : ndarray of shape (p, p), optional
        The step for each slope, in place of slopes / curvatures.
    negligible : float
        The descent ends where a step promises such a part of all that has been gained.
    """
    here, memory, before = start, _Memory(inverse), np.full(len(start.costs), np.inf)
    for _ in range(max_rounds):
        step = _limited(memory.step(here, unit))
        gain = _dot(here.slopes, step)[:, 0]
        least = np.maximum(TOLERANCE * unit, negligible * (start.costs - here.costs))
        ended = (gain <= least) | ((gain < ROUNDING * unit) & (gain >= before))
        before, gain = gain, np.where(ended, 0.0, gain)
        if ended.all():
            break
        there, step = _search(here, look, step, gain, unit)
        if there is here:
            break
        memory.add(step, here.slopes - there.slopes)
        here = there
    return here


class _Memory:
    """Steps, and by how much each changed the slopes."""

    def __init__(self, inverse: Float | None) -> None:
        self._inverse = inverse
        self._pairs: list[tuple[Float, Float, Float]] = []

    def add(self, step: Float, change: Float) -> None:
        """Remember a step where it met a positive curvature."""
        product = _dot(step, change)
        positive = product > 0
        weights = positive / np.where(positive, product, 1.0)
        self._pairs = [*self._pairs[1 - MEMORY :], (step, change, weights)]

    def step(self, here: Place, unit: float) -> Float:
        """BFGS's step, by its two loops; slopes / curvatures where that does not go down."""
        curvatures = np.maximum(here.curvatures, 1e-3 * unit)
        rest, parts = here.slopes, []
        for step, change, weight in reversed(self._pairs):
            parts.append(weight * _dot(step, rest))
            rest = rest - parts[-1] * change
        way = rest / curvatures if self._inverse is None else rest @ self._inverse
        for (step, change, weight), part in zip(self._pairs, reversed(parts), strict=True):
            way = way + (part - weight * _dot(change, way)) * step
        down = _dot(here.slopes, way) > 0
        return np.asarray(np.where(down, way, here.slopes / curvatures))


def _limited(step: Float) -> Float:
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * (LONGEST / np.maximum(longest, LONGEST)))


def _search(here: Place, look: Look, step: Float, gain: Float, unit: float) -> tuple[Place, Float]:
    """Shorten steps until the cost falls by a part of the promised gain (Armijo 1966).

    Near the end a fall is lost in the rounding of the cost, and what is no more is let pass.
    """
    size = np.abs(here.costs) + unit * here.axes.shape[-1]  # of what the cost is a sum of
    rounding = np.where(gain < 1e-8 * unit, 1e-13 * size, 0.0)
    rounding[gain < ROUNDING * unit] = np.inf
    length = np.where(gain > 0, 1.0, 0.0)
    for _ in range(20):
        taken = length[:, None] * step
        there = look(here.axes @ _cayley(taken, here.axes.shape[-1]))
        fallen = there.costs <= here.costs - 1e-4 * length * gain + rounding
        if fallen.all():
            return there, taken
        length = np.where(fallen, length, length / 3)
    return here, 0 * step


def _cayley(angles: Float, d: int) -> Float:
    first, second = planes(d)
    skew = np.zeros((len(angles), d, d))
    skew[:, first, second] = angles / 2
    skew[:, second, first] = -angles / 2
    unit = identity(d)
    return np.asarray(np.linalg.solve(unit - skew, unit + skew))


@lru_cache(maxsize=8)
def planes(d: int) -> tuple[Features, Features]:
    """The two axes of each plane, i < j."""
    first, second = np.triu_indices(d, 1)
    return first, second


def _dot(a: Float, b: Float) -> Float:
    """The products of S vectors, shape (S, 1)."""
    return np.asarray((a[:, None, :] @ b[:, :, None])[:, 0])
