"""From the starts, which look at rows, to mixtures, which EM begins from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from mixtura._array import bring, on_host, patterns_of
from mixtura.distribution import Mixture
from mixtura.em.start.assignment import mixture_of, mixture_of_sample, mixture_of_seeds
from mixtura.em.start.registry import Start
from mixtura.em.start.sample import Labelled, draw_sample
from mixtura.em.start.seeding import Seeds
from mixtura.em.steps import Steps
from mixtura.engine import open_rows
from mixtura.typing import AnyN, AnyND

MOST_ROWS = 2**20
"""Starts look at all rows where they are not more, and need a few numbers for each of them."""

ROWS_OF_MORE = 2**18
"""Of more rows, starts look at so many: clusters that matter among millions show among these."""

Begun: TypeAlias = tuple[Mixture, tuple[int, ...]]
"""A mixture to begin from, and the components that had to be repaired in it."""

Proposer: TypeAlias = Callable[[Steps, int, np.random.RandomState], Begun]
"""(steps, n_components, rng) -> where to begin."""


@dataclass(frozen=True)
class FromRows:
    """Proposes what an M-step makes of a start.

    Attributes
    ----------
    start : Start
    takes_samples : bool
        Whether the start may be shown a sample of more than `MOST_ROWS` rows. One that the user
        wrote may know the rows, and is shown all of them.
    """

    start: Start
    takes_samples: bool = True

    def __call__(self, steps: Steps, n_components: int, rng: np.random.RandomState) -> Begun:
        if self.takes_samples and steps.source.n_rows > MOST_ROWS:
            steps = sampled(steps, n_components, ROWS_OF_MORE, rng)
        rows, weights = steps.source.take(slice(None))
        host_weights = None if weights is None else on_host(weights)
        proposal = self.start(on_host(rows), n_components, rng, host_weights)
        if isinstance(proposal, Mixture):
            return proposal, ()
        if isinstance(proposal, Seeds):
            return mixture_of_seeds(proposal, n_components, steps.source, steps)
        if isinstance(proposal, Labelled):
            return mixture_of_sample(proposal, n_components, steps.source, steps)
        return mixture_of(proposal, n_components, steps.source, steps)


def sampled(steps: Steps, n_components: int, n_rows: int, rng: np.random.RandomState) -> Steps:
    """The steps on a sample of the rows, or on all where a feature would be left without entry."""
    rows, weights = drawn_rows(steps, n_rows, rng)
    patterns = patterns_of(rows)
    host_weights = None if weights is None else on_host(weights)
    if patterns is not None and len(patterns.unseen(host_weights)):
        return steps
    floats_per_row = n_components * steps.source.n_features
    engine, source = open_rows(rows, weights, patterns, floats_per_row=floats_per_row)
    return replace(steps, engine=engine, source=source)


def drawn_rows(steps: Steps, n_rows: int, rng: np.random.RandomState) -> tuple[AnyND, AnyN | None]:
    """At most so many rows, and their weights: of weighted ones the heavy ones are among them.

    The weights are in proportion to how many rows each stands for, and sum to those of all rows.
    """
    source = steps.source
    _, weights = source.take(slice(None))
    if weights is None:
        return steps.engine.sample(source, n_rows, rng)
    host = on_host(weights)
    sample = draw_sample(source.n_rows, host, n_rows, rng)
    rows, _ = source.take(sample.indices)
    stand_for = sample.weights * (host[sample.indices].sum() / sample.weights.sum())
    return rows, bring(stand_for, rows)
