"""A generation: mixtures made of the maxima that were found, for EM to go on from."""

from collections.abc import Sequence

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate
from mixtura.em.search.variation import begun_anew, crossed, swapped
from mixtura.em.steps import Steps
from mixtura.typing import ArrayKD

MOST_ROWS = 2**12
"""Of more rows, components are set at some of so many."""

CROSSED = 0.7
"""The share of offspring with two parents."""

CHANGED = 0.6
"""The share of those that are changed besides."""


def offspring_of(
    maxima: Sequence[Candidate], steps: Steps, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """n mixtures made of the maxima by crossing two, by a swap or a new beginning, or by both."""
    rows = _some_rows(steps, rng)
    return [_child(maxima, rows, rng) for _ in range(n)]


def _child(maxima: Sequence[Candidate], rows: ArrayKD, rng: np.random.RandomState) -> Mixture:
    mixture = _drawn(maxima, rng)
    is_crossed = len(maxima) > 1 and rng.uniform() < CROSSED
    if is_crossed:
        mixture = crossed(mixture, _drawn(maxima, rng), rng)
    if is_crossed and rng.uniform() > CHANGED:
        return mixture
    if np.isnan(rows).any():
        rows = np.asarray(mixture.impute(rows))
    if rng.uniform() < 0.5:
        return swapped(mixture, rows[rng.randint(len(rows))], rng)
    return begun_anew(mixture, rows, rng)


def _drawn(maxima: Sequence[Candidate], rng: np.random.RandomState) -> Mixture:
    """The better of two that are drawn."""
    return maxima[min(rng.randint(len(maxima)), rng.randint(len(maxima)))].mixture


def _some_rows(steps: Steps, rng: np.random.RandomState) -> ArrayKD:
    """Rows from which components begin, drawn by their weights."""
    rows, weights = steps.engine.sample(steps.source, MOST_ROWS, rng)
    host = np.asarray(on_host(rows), dtype=np.float64)
    if weights is None:
        return host
    shares = on_host(weights) / on_host(weights).sum()
    return host[rng.choice(len(host), len(host), p=shares)]
