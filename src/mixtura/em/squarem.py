"""EM in longer steps: SQUAREM (Varadhan and Roland 2008) on the moments.

EM maps moments to moments: s1 = F(s0) are those of the mixture that s0 makes. Near its end it only
shrinks the error along a few slow directions, so that three EM points in a row,

    r = s1 - s0        v = (s2 - s1) - (s1 - s0)        a = |r| / |v|        s = s0 + 2 a r + a^2 v,

tell where it is going (their third step length, S3; a = 1 gives s2). The family's own M-step makes
a mixture of s, so that every family keeps its equalities, every prior and bound is heeded, and no
family needs a line of code for it.

The step is taken in coordinates that leave the counts positive, log N_k, m_k = c_k + S1_k / N_k and
S2_k / N_k about m_k, and measured in deviations of the rows, so that units do not matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.loop import Turn
from mixtura.em.steps import Steps
from mixtura.errors import CollapsedComponentsError
from mixtura.moments import Moments
from mixtura.typing import ArrayK, ArrayKD, Float

CYCLE = 3
"""Passes of one cycle: two EM points beside the first, and the point that is tried."""

GROWTH = 4.0
"""The longest step allowed grows so when it is reached, and shrinks so when it proves too long."""


def accelerate(mixture: Mixture, steps: Steps, longest: float = 1.0) -> Iterator[Turn]:
    """EM without end in cycles of three passes; yields as `iterate` does, once for each pass.

    A point that lowers the objective is not taken: in its stead the EM point before it is yielded
    again, and the cycle that begins there takes a shorter step, at most `longest`.
    """
    moments = steps.expect(mixture)
    yield Turn(mixture, moments, stride=longest)
    while True:
        first, (mixture, repaired) = moments, steps.maximize(moments, mixture)  # EM as it is
        second = steps.expect(mixture)
        yield Turn(mixture, second, repaired, stride=None)
        mixture, repaired = steps.maximize(second, mixture)
        moments = steps.expect(mixture)
        bold, length = _leap((first, second, moments), mixture, steps, longest)
        if bold is None:
            yield Turn(mixture, moments, repaired, stride=longest)
            continue
        yield Turn(mixture, moments, repaired, stride=None)
        tried = steps.expect(bold)
        if steps.objective(bold, tried) >= steps.objective(mixture, moments):
            mixture, moments = bold, tried
            longest = longest * GROWTH if length == longest else longest
        else:
            longest = max(1.0, length / GROWTH)
        yield Turn(mixture, moments, stride=longest)


def _leap(
    cycle: Sequence[Moments], previous: Mixture, steps: Steps, longest: float
) -> tuple[Mixture | None, float]:
    """The mixture that extrapolated moments make, and the step's length; None where none is valid.

    A step is halved until its moments are those of a mixture. Sums of different things, as factor
    analyzers take in each iteration, lead nowhere.
    """
    same_need = all(moments.need.adds_to(cycle[0].need) for moments in cycle)
    if not same_need or not all(map(_has_extent, cycle)):
        return None, 1.0
    first, second, third = (_Coordinates.of(moments) for moments in cycle)
    r = second - first
    v = (third - second) - r
    with np.errstate(over="ignore", invalid="ignore"):  # while a component is collapsing
        units = _units(cycle[0])
        way, curvature = r.length(units), v.length(units)
    if not np.isfinite(way + curvature):
        return None, 1.0
    length = max(1.0, min(longest, way / curvature)) if curvature > 0 else 1.0
    while True:
        moments = (first + 2 * length * r + length**2 * v).moments_like(cycle[-1])
        try:
            return steps.family.maximize(moments, previous), length
        except CollapsedComponentsError:
            if length < 1.1:
                return None, 1.0
            length = (1 + length) / 2


@dataclass(frozen=True)
class _Coordinates:
    """Moments as log N_k, m_k and S2_k / N_k, which can be added and scaled."""

    log_counts: ArrayK
    means: ArrayKD
    spreads: Float

    @classmethod
    def of(cls, moments: Moments) -> "_Coordinates":
        centred = moments.centred
        spreads = centred.scatter / _per_scatter(centred, centred.counts)
        return cls(np.log(centred.counts), centred.centres, spreads)

    def __add__(self, other: "_Coordinates") -> "_Coordinates":
        return _Coordinates(
            self.log_counts + other.log_counts,
            self.means + other.means,
            self.spreads + other.spreads,
        )

    def __rmul__(self, factor: float) -> "_Coordinates":
        return _Coordinates(factor * self.log_counts, factor * self.means, factor * self.spreads)

    def __sub__(self, other: "_Coordinates") -> "_Coordinates":
        return self + -1.0 * other

    def length(self, units: "_Coordinates") -> float:
        squares = (
            np.sum((mine * unit) ** 2)
            for mine, unit in (
                (self.log_counts, units.log_counts),
                (self.means, units.means),
                (self.spreads, units.spreads),
            )
        )
        return float(np.sqrt(sum(squares)))

    def moments_like(self, moments: Moments) -> Moments:
        """The moments of these coordinates, about their means; their counts sum as before."""
        shares = np.exp(self.log_counts - self.log_counts.max())
        counts = shares * (moments.counts.sum() / shares.sum())
        return replace(
            moments,
            counts=counts,
            sums=np.zeros_like(self.means),
            scatter=self.spreads * _per_scatter(moments, counts),
            centres=self.means,
        )


def _has_extent(moments: Moments) -> bool:
    """Whether every component has rows, and extent in every feature."""
    return bool(moments.counts.min() > 0 and moments.centred.variance_sums().min() > 0)


def _units(moments: Moments) -> _Coordinates:
    """1 for log N_k, 1 / sigma_kj for means and 1 / (sigma_ki sigma_kj), times sqrt(pi_k)."""
    shares = np.sqrt(moments.counts / moments.counts.sum())
    centred = moments.centred
    n_rows = centred.counts.sum() if centred.need.pooled else centred.counts[:, None]
    deviations = np.sqrt(centred.variance_sums() / n_rows)
    inverse = np.broadcast_to(1 / deviations, centred.centres.shape)
    root = np.sqrt(shares)[:, None] * inverse
    return _Coordinates(shares, shares[:, None] * inverse, centred.need.outer(root, root))


def _per_scatter(moments: Moments, counts: ArrayK) -> Float:
    """N_k in a shape that multiplies the scatter: their sum where components are pooled."""
    if moments.need.pooled:
        return np.asarray(counts.sum())
    return counts.reshape(-1, *[1] * (moments.scatter.ndim - 1))
