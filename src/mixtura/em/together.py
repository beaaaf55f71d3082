"""Several runs of EM in one call of the kernel, for so few rows that a pass takes less than a call.

The kernel takes both steps (native/climb.hpp) of families whose M-step has a closed form, one run
after the other and on as many threads as there are. A run that ends comes back, and so does one to
which something unusual happens: the ordinary loop takes it from its last moments. Numbers are those
of the ordinary loop: to the last bit, but up to rounding where principal axes are to be found.
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from mixtura import _kernel
from mixtura.data import Source
from mixtura.distribution import Mixture
from mixtura.distribution.posterior import joined_parameters
from mixtura.em.loop import Turns, iterate, run
from mixtura.em.steps import Steps
from mixtura.em.stopping import Course, Outcome, Stopping, Trace
from mixtura.em.watch import Watchers
from mixtura.errors import DegenerateFitError
from mixtura.family import Family, Restricted, compiled_sharing
from mixtura.moments import moments_from

MOST_NUMBERS = 2**15
"""In the rows, n d: with more a pass takes by far the longest, and has work for all threads."""

MOST_FEATURES = 32
"""With more LAPACK factorizes faster."""

Ended = tuple[Mixture, Trace]


def can_run_together(steps: Steps, stopping: Stopping) -> bool:
    """Whether runs may go together to the last bit: of few rows, and without axes to be found."""
    return goes_in_the_kernel(steps, stopping) and _sharing(steps.family) != "spectrum"


def _sharing(family: Family | Restricted) -> str | None:
    """What components have in common, where the kernel knows the family's M-step."""
    return compiled_sharing(family) if isinstance(family, Family) else None


def goes_in_the_kernel(steps: Steps, stopping: Stopping) -> bool:
    """Whether the kernel can take both steps, and gains by it."""
    source = steps.source
    return (
        stopping.max_iter > 0
        and _sharing(steps.family) is not None
        and not source.is_incomplete
        and source.n_features <= MOST_FEATURES
        and source.n_rows * source.n_features <= MOST_NUMBERS
        and _is_one_plain_block(source)
    )


def _is_one_plain_block(source: Source) -> bool:
    # Rows in float32 may be worked on in float32, which each mixture decides for itself.
    block, *others = source
    return (
        not others
        and block.components is None
        and _kernel.takes(block.rows)
        and block.rows.dtype == float
    )


def run_each(
    starts: Sequence[Mixture], steps: Steps, stopping: Stopping, turns: Turns = iterate
) -> list[Ended]:
    """What runs from these starts end with; those that fail leave nothing.

    They go together where they can.
    """
    if turns is iterate and goes_in_the_kernel(steps, stopping):
        return [ended for ended in run_together(starts, steps, stopping) if ended is not None]
    ended = []
    for start in starts:
        with suppress(DegenerateFitError):
            ended.append(run(start, steps, stopping, Watchers(()), turns))
    return ended


def run_together(starts: Sequence[Mixture], steps: Steps, stopping: Stopping) -> list[Ended | None]:
    """What `run` gives for each start, or None where it raises DegenerateFitError."""
    family = steps.family
    assert isinstance(family, Family)
    own = [start for start in starts if family.stores(start.storage)]
    climbs = iter(_climbs(own, steps, family, stopping))
    ended: list[Ended | None] = []
    for start in starts:
        climb = next(climbs) if family.stores(start.storage) else None
        try:
            ended.append(_ended(start, climb, steps, family, stopping))
        except DegenerateFitError:
            ended.append(None)
    return ended


def _climbs(
    starts: Sequence[Mixture], steps: Steps, family: Family, stopping: Stopping
) -> list[_kernel.Climb]:
    """How far the kernel brings these starts."""
    sharing = compiled_sharing(family)
    if not starts or sharing is None:
        return []
    (block,) = steps.source
    return _kernel.climb(
        block.rows,
        block.weights,
        joined_parameters(starts),
        n_components=starts[0].n_components,
        sharing=sharing,
        reg_covar=np.full(block.rows.shape[1], steps.reg_covar, dtype=float),
        stopping=_kernel.Stopping(
            stopping.tol,
            stopping.max_iter,
            stopping.span,
            stopping.previous_bound,
            stopping.aitken,
        ),
    )


def _ended(
    start: Mixture,
    climb: _kernel.Climb | None,
    steps: Steps,
    family: Family,
    stopping: Stopping,
) -> Ended:
    """The end of a run that the kernel brought so far, or has not begun."""
    if climb is None or climb.moments is None:
        return run(start, steps, stopping, Watchers(()))
    course = Course(list(climb.bounds), objectives=list(climb.bounds))
    moments = moments_from(climb.moments, climb.centres, family.need)
    mixture, repaired = steps.maximize(moments.regularized(steps.reg_covar), start)
    course.add_repair(repaired)
    if climb.outcome is None:
        return run(mixture, steps, stopping, Watchers(()), course=course)
    return mixture, course.ended(Outcome[climb.outcome])
