"""A mixture as a table and as JSON."""

import math
from typing import Any

import numpy as np

from mixtura.cli import console
from mixtura.distribution import Mixture
from mixtura.typing import ArrayKD

COMPONENTS_PER_TABLE = 4


def print_components(mixture: Mixture, title: str) -> None:
    """Weight, and mean ± standard deviation of each feature: a column per component."""
    means, deviations = mixture.means, standard_deviations(mixture)
    for first in range(0, mixture.n_components, COMPONENTS_PER_TABLE):
        components = range(first, min(first + COMPONENTS_PER_TABLE, mixture.n_components))
        table = console.plain_table(title if first == 0 else None)
        table.add_column("component")
        for k in components:
            table.add_column(str(k), justify="right")
        table.add_row("weight", *(f"{mixture.weights[k]:.4f}" for k in components))
        for j, name in enumerate(feature_names(mixture)):
            table.add_row(
                console.escaped(name),
                *(_mean_and_deviation(means[k, j], deviations[k, j]) for k in components),
            )
        console.out.print(table)


def components_record(mixture: Mixture) -> list[dict[str, Any]]:
    """The same for programs."""
    names, deviations = feature_names(mixture), standard_deviations(mixture)
    return [
        {
            "weight": float(mixture.weights[k]),
            "means": dict(zip(names, mixture.means[k].tolist(), strict=True)),
            "standard_deviations": dict(zip(names, deviations[k].tolist(), strict=True)),
        }
        for k in range(mixture.n_components)
    ]


def missing_fact(n_missing: int, n_entries: int) -> list[tuple[str, str]]:
    """How many entries are missing, where any is."""
    if not n_missing:
        return []
    return [("missing", f"{n_missing} of {n_entries} entries, integrated out")]


def feature_names(mixture: Mixture) -> tuple[str, ...]:
    """The mixture's, or numbered ones."""
    return mixture.feature_names or tuple(f"feature {j}" for j in range(mixture.n_features))


def standard_deviations(mixture: Mixture) -> ArrayKD:
    """Of each component and feature, shape (K, d)."""
    return np.sqrt(np.broadcast_to(mixture.storage.variances(), mixture.means.shape))


def _mean_and_deviation(mean: float, deviation: float) -> str:
    """Both to three digits of the standard deviation."""
    if not 1e-4 < deviation < 1e6:
        return f"{mean:.6g} ± {deviation:.2e}"
    decimals = max(0, 2 - math.floor(math.log10(deviation)))
    return f"{mean:.{decimals}f} ± {deviation:.{decimals}f}"
