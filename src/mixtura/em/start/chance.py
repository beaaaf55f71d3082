"""Starts from chance alone: random responsibilities, or random rows as means."""

import numpy as np

from mixtura.em.start.seeding import Seeds
from mixtura.typing import Assignment, HostN, HostND


def random(
    rows: HostND, n_components: int, rng: np.random.RandomState, _: HostN | None
) -> Assignment:
    """Uniform numbers, made to sum to 1 in each row."""
    responsibilities = rng.uniform(size=(len(rows), n_components)).astype(rows.dtype, copy=False)
    return np.asarray(responsibilities / responsibilities.sum(axis=1, keepdims=True))


def random_from_data(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Seeds:
    """A random row for each component, drawn by sample weight."""
    shares = None if weights is None else weights / weights.sum()
    return Seeds(rng.choice(len(rows), size=n_components, replace=False, p=shares))
