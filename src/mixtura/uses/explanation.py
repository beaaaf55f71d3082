"""Why a row is unusual: how far each of its features is from what the others say it should be.

With P_k = Sigma_k^-1 and y = x - mu_k, component k says of feature j, given all others,

    m_kj = x_j - (P_k y)_j / P_kjj      v_kj = 1 / P_kjj

and, with r_k the responsibilities of the row,

    E_j = sum_k r_k m_kj      V_j = sum_k r_k (v_kj + (m_kj - E_j)^2)

so that the feature is (x_j - E_j) / sqrt(V_j) standard deviations off. For each component that is
what `Mixture.condition` gives, for all features at once (Lauritzen 1996, appendix C). The
responsibilities are those of the whole row: one between two clusters is told from the nearer,
rather than from a mean between them at which nothing lies.

Lauritzen, S. L. (1996). Graphical Models. Oxford University Press.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixtura._array import patterns_of, row_ranges, rows_per_block
from mixtura._patterns import Patterns
from mixtura.covariance import Storage
from mixtura.distribution import Mixture
from mixtura.typing import ArrayKDD, Float, HostND


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the other features of each row expect of a feature, and how far off it is.

    Attributes
    ----------
    deviations : ndarray of shape (n, d)
        In standard deviations, positive where the feature is high; NaN for missing entries.
    expected : ndarray of shape (n, d)
        E_j, in the units of the features.
    standard_deviations : ndarray of shape (n, d)
        sqrt(V_j), in the same units.
    """

    deviations: Float
    expected: Float
    standard_deviations: Float

    def in_words(self, rows: HostND, names: Sequence[str], n_features: int = 3) -> list[str]:
        """For each row its features that are two deviations off or more, and at least one.

        Parameters
        ----------
        rows : ndarray of shape (n, d)
        names : sequence of str
            Those of the features.
        n_features : int, default=3
            How many are named at most, the farthest first.
        """
        size = np.where(np.isnan(self.deviations), -1.0, np.abs(self.deviations))
        sentences = []
        for i, order in enumerate(np.argsort(-size, axis=1, kind="stable")[:, :n_features]):
            told = [j for place, j in enumerate(order) if size[i, j] >= (2 if place else 0)]
            sentences.append("; ".join(self._words(i, j, rows[i, j], names[j]) for j in told))
        return sentences

    def _words(self, i: int, j: int, value: float, name: str) -> str:
        z = self.deviations[i, j]
        expected, deviation = self.expected[i, j], self.standard_deviations[i, j]
        return (
            f"{name} {abs(z):.1f} sd {'high' if z >= 0 else 'low'} "
            f"({value:.4g}, expected {expected:.4g} ± {deviation:.2g})"
        )


def explain_rows(mixture: Mixture, rows: HostND) -> Explanation:
    """E_j and V_j of each row and feature.

    Parameters
    ----------
    mixture : Mixture
    rows : ndarray of shape (n, d)
        NaN where entries are missing: nothing is said of them, and they tell nothing of others.
    """
    rows = rows.astype(np.float64)
    expected, variances = np.full(rows.shape, np.nan), np.full(rows.shape, np.nan)
    patterns = patterns_of(rows) or Patterns(np.isnan(rows))
    for group in patterns.groups():
        if not len(group.observed):
            continue
        marginal = mixture.marginal(group.observed.tolist())
        precisions = _dense_precisions(marginal.storage)
        size = rows_per_block(marginal.n_components * marginal.n_features)
        for block in row_ranges(len(group.rows), size):
            own = np.ix_(group.rows[block], group.observed)
            expected[own], variances[own] = _of_complete(marginal, precisions, rows[own])
    deviations = np.sqrt(variances)
    return Explanation((rows - expected) / deviations, expected, deviations)


def _of_complete(mixture: Mixture, precisions: ArrayKDD, rows: HostND) -> tuple[Float, Float]:
    """E_j and V_j of rows without missing entries, shape (n, d)."""
    v = 1 / np.diagonal(precisions, axis1=1, axis2=2)[:, None, :]
    off = ((rows - mixture.means[:, None, :]) @ precisions) * v  # x_j - m_kj, (K, n, d)
    shares = mixture.responsibilities(rows).T[:, :, None]
    mean_off = (shares * off).sum(axis=0)
    variance = (shares * (v + (off - mean_off) ** 2)).sum(axis=0)
    return rows - mean_off, variance


def _dense_precisions(storage: Storage) -> ArrayKDD:
    """Sigma_k^-1 as matrices, shape (K, d, d) or (1, d, d)."""
    precisions = storage.precisions()
    if precisions.ndim == 3:
        return precisions
    return np.asarray(np.eye(storage.n_features) / storage.variances()[:, None, :])
