"""Entropy and divergence, which mixtures have no formula for: Monte Carlo with standard errors."""

import math
from typing import TYPE_CHECKING

from mixtura.typing import AnyN, RandomSource

if TYPE_CHECKING:
    from mixtura.distribution.mixture import Mixture


def entropy(mixture: "Mixture", n: int, rng: RandomSource | int) -> tuple[float, float]:
    """-E[log p(X)] and its standard error, from n draws."""
    rows, _ = mixture.sample(_at_least_two(n), rng)
    return _mean_and_error(-mixture.log_prob(rows))


def kl(
    mixture: "Mixture", other: "Mixture", n: int, rng: RandomSource | int
) -> tuple[float, float]:
    """E[log p(X) - log q(X)] for X from p and its standard error, from n draws."""
    if mixture.n_features != other.n_features:
        raise ValueError(
            f"The mixtures have {mixture.n_features} and {other.n_features} features; "
            "a divergence needs equal numbers."
        )
    rows, _ = mixture.sample(_at_least_two(n), rng)
    return _mean_and_error(mixture.log_prob(rows) - other.log_prob(rows))


def _at_least_two(n: int) -> int:
    if n < 2:
        raise ValueError(f"n must be at least 2 for a standard error, but it is {n}.")
    return n


def _mean_and_error(values: AnyN) -> tuple[float, float]:
    mean = float(values.mean())
    if math.isinf(mean):  # some draw has density 0 under the other mixture
        return mean, math.inf
    return mean, float(values.std(ddof=1) / math.sqrt(len(values)))
