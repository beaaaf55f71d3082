"""Stepwise EM: moments that run along with a stream of batches, and a mixture after each.

With s the moments of what came before and s' those of a batch under the present mixture, both per
unit of weight,

    s <- (1 - g) s + g s'        and the M-step of s is the next mixture

(Cappe and Moulines 2009). Steps g fall slowly enough to forget the first, poor mixtures, and fast
enough to average over many batches: with w the weight of a batch, W that of all up to it and a
between 1/2 and 1,

    g = (w / W)^a.

Of equal batches the t-th has g = t^-a (Liang and Klein 2009); with a = 1 all rows count alike.
Where a stream drifts, a half-life h keeps steps from falling further: rows count half when rows
of weight h have come after them,

    g = max((w / W)^a, 1 - 2^(-w / h)).

A row of weight 2 is the row twice, in any units of the weights if h is in the same.

References
----------
Cappe, O. and Moulines, E. (2009). On-line expectation-maximization algorithm for latent data
models. Journal of the Royal Statistical Society B 71, 593-613.

Liang, P. and Klein, D. (2009). Online EM for unsupervised models. Proceedings of NAACL-HLT 2009,
611-619.
"""

import math
from dataclasses import dataclass, replace

from mixtura.distribution import Mixture
from mixtura.em.steps import Steps
from mixtura.moments import Moments


@dataclass(frozen=True)
class Pace:
    """How much a batch counts beside what came before.

    Attributes
    ----------
    exponent : float
        a.
    half_life : float, optional
        h, in units of weight; without it steps fall for ever.
    """

    exponent: float = 0.6
    half_life: float | None = None

    def step(self, weight: float, seen: float) -> float:
        """The step g of a batch, where so much has been seen up to it and with it."""
        return max(math.pow(weight / seen, self.exponent), 1 - self.kept(weight))

    def kept(self, weight: float) -> float:
        """What is left of a row's weight when a batch of this weight has come after it."""
        return 1.0 if self.half_life is None else math.exp(-math.log(2) * weight / self.half_life)


@dataclass(frozen=True, eq=False)
class Running:
    """The moments of a stream so far.

    Attributes
    ----------
    moments : Moments
        Scaled to the weight that is remembered, beside which a prior counts its rows.
    n_steps : int
        How many batches there were.
    seen : float
        Their weight.
    """

    moments: Moments
    n_steps: int
    seen: float

    def after(self, batch: Moments, pace: Pace) -> "Running":
        """With one batch more, whose moments the running ones are moved to the centres of."""
        weight, seen = batch.total_weight, self.seen + batch.total_weight
        step = pace.step(weight, seen)
        before = self.moments.about(batch.centres)
        remembered = before.total_weight * pace.kept(weight) + weight
        blend = before.scaled((1 - step) * remembered / before.total_weight) + batch.scaled(
            step * remembered / weight
        )
        return Running(blend, self.n_steps + 1, seen)


def step_with(
    mixture: Mixture, running: Running, steps: Steps, pace: Pace
) -> tuple[Mixture, Running, tuple[int, ...]]:
    """One step with the rows of `steps`: the next mixture, and the components repaired in it."""
    batch = steps.expect(mixture, steps.family.need_to_keep())
    return next_mixture(mixture, running.after(batch, pace), steps)


def next_mixture(
    mixture: Mixture, running: Running, steps: Steps
) -> tuple[Mixture, Running, tuple[int, ...]]:
    """The M-step of the running moments, which are repaired themselves where components are."""
    mixture, moments, repaired = steps.maximize_repaired(running.moments, mixture)
    return mixture, replace(running, moments=moments), repaired
