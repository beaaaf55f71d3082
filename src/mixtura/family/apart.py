"""Families whose components share a part, fitted as if they did not.

Where an M-step has a closed form, scatters can be made of which free covariances are the family's:

    EEE   S'_k = N_k sum_l S_l / sum_l N_l
    EEV   S'_k = N_k L_k diag(sum_l s_l / sum_l N_l) L_k^T        with S_k = L_k diag(s_k) L_k^T

The sums go over the components of one mixture, so that those of several can be fitted in one call.
"""

from dataclasses import dataclass, replace

import numpy as np

from mixtura.family.base import Family
from mixtura.family.bound import is_boundable
from mixtura.family.full import Full
from mixtura.family.own_axes import EqualSpectrum, rotated
from mixtura.family.tied import Tied
from mixtura.moments import Moments
from mixtura.typing import Float


@dataclass(frozen=True)
class Apart:
    """A family, and the one without shared parts that stands in for it.

    Attributes
    ----------
    family : Family
    free : Family
        Whose need the moments have.
    """

    family: Family
    free: Family

    def shared(self, moments: Moments, n_mixtures: int) -> Moments:
        """Moments of several mixtures as large, whose free covariances are the family's."""
        if self.family is self.free:
            return moments
        centred = moments.centred
        counts = centred.counts.reshape(n_mixtures, -1)
        totals = np.repeat(counts.sum(axis=1), counts.shape[1])
        if isinstance(self.family, Tied):
            covariances = _summed(centred.scatter, n_mixtures) / totals[:, None, None]
        else:
            sums, axes = np.linalg.eigh(centred.scatter)
            spectra = _summed(np.maximum(sums, 0), n_mixtures) / totals[:, None]
            covariances = rotated(axes, spectra)
        return replace(centred, scatter=centred.counts[:, None, None] * covariances)

    def of_one(self, moments: Moments) -> Moments:
        """The moments of one mixture as the family's own M-step takes them."""
        need = self.family.need
        if need is moments.need:
            return moments
        return replace(moments, need=need, scatter=moments.scatter.sum(axis=0))


def apart(family: Family) -> Apart | None:
    """How components of this family can be fitted apart; None where they cannot."""
    if is_boundable(family):
        return Apart(family, family)
    if isinstance(family, Tied | EqualSpectrum):
        return Apart(family, Full())
    return None


def _summed(values: Float, n_mixtures: int) -> Float:
    """The sums over the components of each mixture, once for each component."""
    by_mixture = values.reshape(n_mixtures, -1, *values.shape[1:])
    return np.repeat(by_mixture.sum(axis=1), by_mixture.shape[1], axis=0)
