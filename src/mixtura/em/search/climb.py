"""EM from several starts to their maxima; from spurious ones on, without what is spurious."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from mixtura.distribution import Mixture
from mixtura.em.loop import Turns, iterate
from mixtura.em.search.candidate import Candidate
from mixtura.em.search.effort import NEAR, Effort
from mixtura.em.squarem import accelerate
from mixtura.em.steps import Steps
from mixtura.em.stopping import Stopping
from mixtura.em.together import goes_in_the_kernel, run_each

VERY_TOP = Stopping(1e-11, 10_000)
"""As near as rounding allows, where iterations take no time."""

FINALISTS = 3
"""So many maxima are climbed to their tops."""


def climb(
    starts: Sequence[Mixture],
    steps: Steps,
    effort: Effort,
    stopping: Stopping = NEAR,
    turns: Turns = iterate,
) -> list[Candidate]:
    """The maxima that EM comes to, spurious ones and those that come of leaving them included."""
    candidates = []
    for _ in range(effort.n_rounds):
        ended = run_each(starts, steps, stopping, turns)
        reached = Candidate.each_ended(ended, steps)
        candidates += reached
        spurious = [each for each in reached if not each.is_admissible]
        starts = [each for each in (c.without_spurious() for c in spurious) if each is not None]
        if not starts:
            break
    return candidates


def climb_to_the_top(maximum: Candidate, steps: Steps, effort: Effort) -> list[Candidate]:
    """Where the maximum leads in the end: away from a saddle, EM gains next to nothing for long."""
    starts = [maximum.mixture]
    if effort.is_thorough and goes_in_the_kernel(steps, VERY_TOP):
        return climb(starts, steps, effort, VERY_TOP)
    return climb(starts, steps, effort, effort.to_the_top, accelerate)


def tops(maxima: Sequence[Candidate], steps: Steps, effort: Effort) -> list[Candidate]:
    """The tops that the best maxima lead to, the best first.

    Near a saddle EM hardly moves, and takes it for a maximum, though it may lead to what is
    spurious: so many are looked at that there are `FINALISTS` admissible ones among them, one as
    high as any that is left.
    """
    reached: list[Candidate] = []
    for maximum in maxima:
        admissible = [each for each in reached if each.is_admissible]
        if len(admissible) >= FINALISTS and best_first(reached)[0].merit >= maximum.merit:
            break
        reached += climb_to_the_top(maximum, steps, effort)
    return best_first(reached)


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Admissible candidates before others, and then the higher before the lower."""
    return sorted(candidates, key=attrgetter("merit"), reverse=True)
