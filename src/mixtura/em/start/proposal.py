"""From the starts, which look at rows, to mixtures, which EM begins from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from mixtura._array import on_host, patterns_of
from mixtura.data import Resident
from mixtura.distribution import Mixture
from mixtura.em.start.assignment import mixture_of, mixture_of_sample, mixture_of_seeds
from mixtura.em.start.labelled import Labelled
from mixtura.em.start.registry import Start
from mixtura.em.start.seeding import Seeds
from mixtura.em.steps import Steps
from mixtura.engine import open_rows

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
        source = steps.resident
        rows, weights = source.take(slice(None))
        host_weights = None if weights is None else on_host(weights)
        proposal = self.start(on_host(rows), n_components, rng, host_weights)
        if isinstance(proposal, Mixture):
            return proposal, ()
        if isinstance(proposal, Seeds):
            return mixture_of_seeds(proposal, n_components, source, steps)
        if isinstance(proposal, Labelled):
            return mixture_of_sample(proposal, n_components, source, steps)
        return mixture_of(proposal, n_components, source, steps)


def sampled(steps: Steps, n_components: int, n_rows: int, rng: np.random.RandomState) -> Steps:
    """The steps on a sample of the rows, or on all where a feature would be left without entry."""
    rows, weights = steps.engine.sample(steps.source, n_rows, rng)
    patterns = patterns_of(rows)
    host_weights = None if weights is None else on_host(weights)
    if patterns is not None and len(patterns.unseen(host_weights)):
        if isinstance(steps.source, Resident):
            return steps
        raise ValueError(
            f"Of {n_rows} rows that were drawn to begin from, none has an entry of feature "
            f"{patterns.unseen(host_weights)[0]}; leave it out, or begin from a mixture_init."
        )
    floats_per_row = n_components * steps.source.n_features
    engine, source = open_rows(rows, weights, patterns, floats_per_row=floats_per_row)
    return replace(steps, engine=engine, source=source)
