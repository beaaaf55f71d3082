"""A component grown on a few rows that lie close together in a metric of their own.

A small or thin cluster inside a wide component goes unnoticed as long as what begins there has the
wide one's covariance. So a component begins with rows of one neighbourhood, and goes on with the m
rows that are nearest to the mean and covariance of the last ones: each of these concentration steps
makes the determinant smaller.

Rousseeuw, P. J. and Van Driessen, K. (1999). A fast algorithm for the minimum covariance
determinant estimator. Technometrics 41, 212-223.
"""

from contextlib import suppress

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import ROWS_PER_MEAN
from mixtura.em.steps import Steps
from mixtura.errors import CollapsedComponentsError
from mixtura.family import unrestricted
from mixtura.moments import collect_assigned
from mixtura.typing import ArrayD, ArrayKD, Block, Indices

LARGEST = 4
"""A component grows to so many times the rows that it needs, or to fewer."""

NEIGHBOURHOOD = 3
"""It begins with d + 1 of the rows nearest to one, which are so many times those it needs."""

STEPS = 3
"""Concentration steps."""

FLOOR = 1e-3
"""Added to the variances, in their units, so that few rows span all features."""


def grown(
    rows: ArrayKD, deviations: ArrayD, steps: Steps, rng: np.random.RandomState
) -> tuple[Mixture, float] | None:
    """A component by itself, and its share of the rows (n, d); the units are deviations (d,).

    None where half of the rows are too few for one, or its rows are too alike.
    """
    n, d = rows.shape
    fewest = ROWS_PER_MEAN * (d + 1)
    if 2 * fewest > n:
        return None
    scaled = rows / deviations
    n_rows = min(n, int(fewest * LARGEST ** rng.uniform()))
    distances = ((scaled - scaled[rng.randint(n)]) ** 2).sum(axis=1)
    near = _least(distances, min(n, NEIGHBOURHOOD * fewest))
    own = rng.choice(near, d + 1, replace=False)
    for _ in range(STEPS):
        own = _nearest(scaled, own, n_rows)
    with suppress(CollapsedComponentsError):
        return _fitted(rows[own], steps), n_rows / n
    return None


def _nearest(rows: ArrayKD, own: Indices, n_rows: int) -> Indices:
    """The rows of the smallest Mahalanobis distances to those that a component has."""
    residuals = rows - rows[own].mean(axis=0)
    covariance = residuals[own].T @ residuals[own] / len(own) + FLOOR * np.eye(rows.shape[1])
    distances = (residuals * np.linalg.solve(covariance, residuals.T).T).sum(axis=1)
    return _least(distances, n_rows)


def _least(values: ArrayD, n: int) -> Indices:
    return np.argpartition(values, n - 1)[:n]


def _fitted(rows: ArrayKD, steps: Steps) -> Mixture:
    """The M-step of these rows, for a component that nothing ties to others."""
    family = unrestricted(steps.family)
    block, centres = Block(rows), rows.mean(axis=0, keepdims=True)
    moments = collect_assigned(block, np.zeros(len(rows), np.int64), centres, family.need_to_keep())
    return family.maximize(moments.regularized(steps.reg_covar))
