"""The maxima that a search keeps: the best, and different ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mixtura.em.search.candidate import Candidate
from mixtura.em.search.climb import best_first, climb, climb_to_the_top
from mixtura.em.search.effort import Effort
from mixtura.em.steps import Steps
from mixtura.typing import ArrayKD

SAME = 1e-5
"""Maxima that differ by less per row are taken for one."""

ALIKE = 0.05
"""Where log-densities differ by less in the mean, little is different about the components."""

CROWD = 4
"""Of so many times the maxima that are kept, those are chosen that are not alike."""


@dataclass(frozen=True)
class Population:
    """Which maxima are kept.

    Attributes
    ----------
    steps : Steps
    effort : Effort
    rows : ndarray of shape (n, d)
        What tells maxima from each other is how dense they find these rows.
    """

    steps: Steps
    effort: Effort
    rows: ArrayKD

    def with_found(
        self, maxima: Sequence[Candidate], found: Sequence[Candidate]
    ) -> list[Candidate]:
        """The best maxima of those and of what was found.

        Near a saddle EM hardly moves, and takes it for a maximum: newcomers are looked at again,
        and the best is climbed to its very top, since it may lead to what is spurious.
        """
        steps, effort = self.steps, self.effort
        entering = self.varied(distinct([*maxima, *found]))
        newcomers = [each.mixture for each in entering if each not in maxima]
        kept = distinct([*maxima, *climb(newcomers, steps, effort, effort.nearer)])
        tops = list(maxima[:1])
        while effort.is_thorough and kept and kept[0] not in tops:
            tops += climb_to_the_top(kept[0], steps, effort)
            kept = distinct([*kept[1:], *tops])
        return self.varied(kept)

    def varied(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The best that are not alike; then, as far as there is room, those that are.

        Else all would soon be like the leader, and nothing else would come of them.
        """
        n_kept = self.effort.n_kept
        if len(candidates) <= n_kept:
            return list(candidates)
        densities = np.empty((0, len(self.rows)))
        varied: list[Candidate] = []
        alike: list[Candidate] = []
        for each in candidates[: CROWD * n_kept]:
            density = each.mixture.log_prob(self.rows)
            if (abs(densities - density).mean(axis=1) < ALIKE).any():
                alike.append(each)
            else:
                varied.append(each)
                densities = np.vstack([densities, density])
            if len(varied) == n_kept:
                break
        return [*varied, *alike][:n_kept]


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
