"""Several runs of EM side by side, for so few rows that a pass costs less than what surrounds it.

The components of all runs are stacked. Each is fitted by itself, so that one call makes an E-step
of all runs, with responsibilities that sum to 1 within each, and one call an M-step, with weights
that do:

    r_ik = pi_k N(x_i | mu_k, Sigma_k) / sum_l pi_l N(x_i | mu_l, Sigma_l)      l in the run of k
    pi_k = N_k / sum_l N_l

Every number is that of the ordinary loop, to the last bit. A run that ends leaves the stack, and so
does one to which something unusual happens: the ordinary loop takes it from its last moments.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mixtura import _kernel
from mixtura.distribution import Mixture
from mixtura.em.loop import run
from mixtura.em.steps import Steps
from mixtura.em.stopping import Course, Outcome, Stopping, Trace
from mixtura.em.watch import Watchers
from mixtura.errors import CollapsedComponentsError, DegenerateFitError
from mixtura.family import Family, is_boundable
from mixtura.moments import Moments, Stack, expect_each

MOST_NUMBERS = 2**15
"""In the rows, n d: with more the pass takes by far the longest, and nothing is gained."""

MOST_FEATURES = 32
"""With more the M-step takes one matrix after the other, and stacks would be large."""


def can_run_together(steps: Steps, stopping: Stopping) -> bool:
    """Whether runs may go side by side: of few complete rows, with components fitted apart."""
    source, family = steps.source, steps.family
    return (
        stopping.max_iter > 0
        and source.patterns is None
        and isinstance(family, Family)
        and is_boundable(family)  # each component has a covariance of its own
        and source.n_features <= MOST_FEATURES
        and source.n_rows * source.n_features <= MOST_NUMBERS
        # Rows in float32 may be worked on in float32, which each mixture decides for itself.
        and all(_kernel.takes(block.rows) and block.rows.dtype == float for block in source)
    )


def run_together(
    starts: Sequence[Mixture], steps: Steps, stopping: Stopping
) -> list[tuple[Mixture, Trace] | None]:
    """What `run` gives for each start, or None where it raises DegenerateFitError."""
    ended: list[tuple[Mixture, Trace] | None] = [None] * len(starts)
    for leaver, moments in _leaving(starts, steps, stopping):
        with suppress(DegenerateFitError):
            mixture, repaired = steps.maximize(moments, leaver.start)
            leaver.course.add_repair(repaired)
            ended[leaver.index] = (
                run(mixture, steps, stopping, Watchers(()), course=leaver.course)
                if leaver.outcome is Outcome.RUNNING
                else (mixture, leaver.course.ended(leaver.outcome))
            )
    return ended


@dataclass
class _Run:
    """A run in the stack."""

    index: int
    start: Mixture
    course: Course = field(default_factory=Course)
    outcome: Outcome = Outcome.RUNNING

    def add_bound(self, bound: float, stopping: Stopping) -> bool:
        """An E-step has told the log-likelihood; whether it was the last."""
        self.course.add_bound(bound, bound)
        self.outcome = stopping.outcome(self.course)
        return self.outcome is not Outcome.RUNNING


def _leaving(
    starts: Sequence[Mixture], steps: Steps, stopping: Stopping
) -> Iterator[tuple[_Run, Moments]]:
    """EM until no run is left in the stack: each as it leaves, with its last moments."""
    if not starts:
        return
    runs = [_Run(index, start) for index, start in enumerate(starts)]
    stack = Stack.of([steps.expect(start) for start in starts])
    leaving = _over(runs, stack, stopping)
    while True:
        if leaving.any():
            yield from ((runs[i], stack[i]) for i in np.flatnonzero(leaving).tolist())
            runs = [runs[i] for i in np.flatnonzero(~leaving).tolist()]
            stack = stack.select(~leaving)
            if not runs:
                return
        try:
            mixtures = _maximize(stack, steps)  # M-step
        except CollapsedComponentsError as error:
            leaving = stack.have(error.collapsed)
            continue
        after = _expect(mixtures, len(stack), steps)  # E-step
        leaving = after.have(after.moments.poorly_centred_components())
        if not leaving.any():  # else those that stay take both steps again
            stack, leaving = after, _over(runs, after, stopping)


def _maximize(stack: Stack, steps: Steps) -> Mixture:
    """The mixtures of all runs as one, whose weights sum to 1 within each.

    Beside the rows of all runs a component may pass for collapsed that beside its own run's does
    not: the ordinary loop looks again.
    """
    mixtures = steps.family.maximize(stack.moments)
    return Mixture.of(stack.shares(), mixtures.means, mixtures.storage)


def _expect(mixtures: Mixture, n_mixtures: int, steps: Steps) -> Stack:
    f = partial(expect_each, mixtures, n_mixtures, steps.family.need_for(mixtures))
    return steps.engine.sum(f, steps.source).regularized(steps.reg_covar)


def _over(runs: Sequence[_Run], stack: Stack, stopping: Stopping) -> NDArray[np.bool_]:
    """Which runs the stopping rule ends, now that their next bounds are known."""
    bounds = stack.mean_log_likelihoods().tolist()
    return np.array([run.add_bound(b, stopping) for run, b in zip(runs, bounds, strict=True)])
