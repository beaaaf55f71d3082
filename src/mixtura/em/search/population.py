"""The maxima that a search keeps: the best, and different ones."""

from collections.abc import Iterable, Sequence

from mixtura.em.search.candidate import Candidate
from mixtura.em.search.climb import best_first, climb, climb_to_the_top
from mixtura.em.search.effort import Effort
from mixtura.em.steps import Steps

SAME = 1e-5
"""Maxima that differ by less per row are taken for one."""


def with_found(
    maxima: Sequence[Candidate], found: Sequence[Candidate], steps: Steps, effort: Effort
) -> list[Candidate]:
    """The best maxima of those and of what was found.

    Near a saddle EM hardly moves, and takes it for a maximum: newcomers are looked at again, and
    the best is climbed to its very top, since it may lead to what is spurious.
    """
    entering = distinct([*maxima, *found])[: effort.n_kept]
    newcomers = [each.mixture for each in entering if each not in maxima]
    kept = distinct([*maxima, *climb(newcomers, steps, effort, effort.nearer)])
    tops = list(maxima[:1])
    while effort.is_thorough and kept and kept[0] not in tops:
        tops += climb_to_the_top(kept[0], steps, effort)
        kept = distinct([*kept[1:], *tops])
    return kept[: effort.n_kept]


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates without those that are as high as another, the best first."""
    kept: list[Candidate] = []
    for each in best_first(candidates):
        if not kept or is_higher(kept[-1], each):
            kept.append(each)
    return kept


def is_higher(first: Candidate, second: Candidate) -> bool:
    """Whether the first is better by more than rounding and tolerance."""
    if first.is_admissible is not second.is_admissible:
        return first.is_admissible
    return first.objective > second.objective + SAME
