"""An M-step under restrictions: a prior, a bound, equal weights, or parameters that stay.

Each works on the moments before the family's own M-step, which stays what it is:

    weights      N_k / sum N, with the prior's rows; or 1 / K; or as given
    means        of the moments with the prior's rows; or as given
    covariances  the family's, of the moments about these means, with the prior's scatter, bounded
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from mixtura._linalg import EPS
from mixtura.covariance import Storage
from mixtura.distribution import Mixture
from mixtura.errors import CollapsedComponentsError
from mixtura.family.base import Family
from mixtura.family.bound import bounded
from mixtura.family.prior import Conjugate
from mixtura.moments import Moments, Need
from mixtura.typing import ArrayK, ArrayKD


@final
@dataclass(frozen=True, eq=False)
class Restricted:
    """A family's M-step that is not free; it stands wherever a family stands in the loop.

    Attributes
    ----------
    family : Family
    prior : Conjugate, optional
        The M-step is then the mode of the posterior.
    max_eigenvalue_ratio : float, optional
        No eigenvalue of a covariance is larger than so many times any other.
    equal_weights : bool
        Whether all weights are 1 / K.
    weights, means, covariances : optional
        What stays as it is given here.
    """

    family: Family
    prior: Conjugate | None = None
    max_eigenvalue_ratio: float | None = None
    equal_weights: bool = False
    weights: ArrayK | None = None
    means: ArrayKD | None = None
    covariances: Storage | None = None

    @property
    def holds_components(self) -> bool:
        """Whether something that stays is given for each of K components, and for no other K."""
        own = self.covariances is not None and not self.covariances.shared
        return own or self.weights is not None or self.means is not None

    def need_for(self, mixture: Mixture) -> Need:
        """What the family's step from this mixture needs."""
        return self.family.need_for(mixture)

    def need_to_keep(self) -> Need:
        """What moments need that outlive the mixture that made them."""
        return self.family.need_to_keep()

    def need_to_begin(self, rough: Moments) -> Need:
        """What the family's start needs."""
        return self.family.need_to_begin(rough)

    def starts(self, moments: Moments) -> tuple[Moments, ...]:
        """Of which moments EM may begin, for those of assigned rows."""
        return self.family.starts(moments)

    def log_prior(self, mixture: Mixture) -> float:
        """The logarithm of the prior's density, up to a constant; 0 without a prior."""
        return 0.0 if self.prior is None else self.prior.log_density(mixture)

    def maximize(self, moments: Moments, previous: Mixture | None = None) -> Mixture:
        """The mixture that maximizes the objective under the restrictions.

        Raises
        ------
        CollapsedComponentsError
            As `Family.maximize` does.
        """
        weights = self._weights(moments)
        centred = self._about_new_means(moments)
        if self.covariances is not None:
            names = None if previous is None else previous.feature_names
            return Mixture.of(weights, centred.centres, self.covariances, names)
        if self.prior is not None:
            centred = self.prior.with_covariance(centred, moments.counts)
        if self.max_eigenvalue_ratio is not None:
            centred = bounded(centred, self.max_eigenvalue_ratio)
        mixture = self.family.maximize(centred, previous)
        return Mixture.of(weights, mixture.means, mixture.storage, mixture.feature_names)

    def _weights(self, moments: Moments) -> ArrayK:
        rows = moments.counts
        if self.prior is not None:
            rows = rows + self.prior.weight_count
        collapsed = np.logical_not(rows > EPS * rows.sum())
        if collapsed.any():
            raise CollapsedComponentsError(collapsed)
        if self.weights is not None:
            return self.weights
        return np.full(len(rows), 1 / len(rows)) if self.equal_weights else rows / rows.sum()

    def _about_new_means(self, moments: Moments) -> Moments:
        if self.prior is not None:
            moments = self.prior.with_mean(moments)
        if self.means is None:
            return moments.centred
        moments = moments.about(self.means)  # which stay, so that all scatter is about them
        return replace(moments, sums=np.zeros_like(moments.sums))


def unrestricted(m_step: Family | Restricted) -> Family:
    """The family itself."""
    return m_step.family if isinstance(m_step, Restricted) else m_step
