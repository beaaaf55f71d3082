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
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mixtura import _kernel
from mixtura.distribution import Mixture
from mixtura.em.loop import Turns, iterate, run
from mixtura.em.steps import Steps
from mixtura.em.stopping import Course, Outcome, Stopping, Trace
from mixtura.em.watch import Watchers
from mixtura.errors import CollapsedComponentsError, DegenerateFitError
from mixtura.family import Apart, Family, apart
from mixtura.moments import Moments, Stack, expect_each

MOST_TOGETHER = 64
"""Runs that go side by side: with more, little is left to share."""

MOST_NUMBERS = 2**15
"""In the rows, n d: with more the pass takes by far the longest, and nothing is gained."""

MOST_FEATURES = 32
"""With more the M-step takes one matrix after the other, and stacks would be large."""


def can_run_together(steps: Steps, stopping: Stopping) -> bool:
    """Whether runs may go side by side to the last bit: of few rows, components fitted apart."""
    way = _way(steps, stopping)
    return way is not None and way.family is way.free  # no covariance has a part in common


def _way(steps: Steps, stopping: Stopping) -> Apart | None:
    """How the components of several runs can be fitted in one call; None where they cannot."""
    source, family = steps.source, steps.family
    may = (
        stopping.max_iter > 0
        and source.patterns is None
        and source.n_features <= MOST_FEATURES
        and source.n_rows * source.n_features <= MOST_NUMBERS
        # Rows in float32 may be worked on in float32, which each mixture decides for itself.
        and all(_kernel.takes(block.rows) and block.rows.dtype == float for block in source)
    )
    return apart(family) if may and isinstance(family, Family) else None


def run_each(
    starts: Sequence[Mixture], steps: Steps, stopping: Stopping, turns: Turns = iterate
) -> list[tuple[Mixture, Trace]]:
    """What runs from these starts end with; those that fail leave nothing.

    They go side by side where they can.
    """
    way = _way(steps, stopping) if turns is iterate and len(starts) > 1 else None
    if way is not None:
        batches = [
            run_together(starts[first : first + MOST_TOGETHER], steps, stopping)
            for first in range(0, len(starts), MOST_TOGETHER)
        ]
        return [ended for batch in batches for ended in batch if ended is not None]
    ended = []
    for start in starts:
        with suppress(DegenerateFitError):
            ended.append(run(start, steps, stopping, Watchers(()), turns))
    return ended


def run_together(
    starts: Sequence[Mixture], steps: Steps, stopping: Stopping
) -> list[tuple[Mixture, Trace] | None]:
    """What `run` gives for each start, or None where it raises DegenerateFitError."""
    ended: list[tuple[Mixture, Trace] | None] = [None] * len(starts)
    way = _way(steps, stopping)
    assert way is not None
    for leaver, moments in _leaving(starts, steps, stopping, way):
        with suppress(DegenerateFitError):
            mixture, repaired = steps.maximize(way.of_one(moments), leaver.start)
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
    starts: Sequence[Mixture], steps: Steps, stopping: Stopping, way: Apart
) -> Iterator[tuple[_Run, Moments]]:
    """EM until no run is left in the stack: each as it leaves, with its last moments."""
    if not starts:
        return
    runs = [_Run(index, start) for index, start in enumerate(starts)]
    steps = replace(steps, family=way.free)
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
            mixtures = _maximize(stack, steps, way)  # M-step
        except CollapsedComponentsError as error:
            leaving = stack.have(error.collapsed)
            continue
        after = _expect(mixtures, len(stack), steps)  # E-step
        leaving = after.have(after.moments.poorly_centred_components())
        if not leaving.any():  # else those that stay take both steps again
            stack, leaving = after, _over(runs, after, stopping)


def _maximize(stack: Stack, steps: Steps, way: Apart) -> Mixture:
    """The mixtures of all runs as one, whose weights sum to 1 within each.

    Beside the rows of all runs a component may pass for collapsed that beside its own run's does
    not: the ordinary loop looks again.
    """
    mixtures = steps.family.maximize(way.shared(stack.moments, len(stack)))
    return Mixture.of(stack.shares(), mixtures.means, mixtures.storage)


def _expect(mixtures: Mixture, n_mixtures: int, steps: Steps) -> Stack:
    f = partial(expect_each, mixtures, n_mixtures, steps.family.need_for(mixtures))
    return steps.engine.sum(f, steps.source).regularized(steps.reg_covar)


def _over(runs: Sequence[_Run], stack: Stack, stopping: Stopping) -> NDArray[np.bool_]:
    """Which runs the stopping rule ends, now that their next bounds are known."""
    bounds = stack.mean_log_likelihoods().tolist()
    return np.array([run.add_bound(b, stopping) for run, b in zip(runs, bounds, strict=True)])
