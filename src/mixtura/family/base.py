"""The M-step: moments in, mixture out; it never sees a row.

pi_k = N_k / sum N      mu_k = c_k + S1_k / N_k      Sigma_k = what the family makes of S2_k
"""

from abc import ABC, abstractmethod
from enum import Enum
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from mixtura._linalg import EPS
from mixtura.covariance import Storage, layout_name
from mixtura.distribution import Mixture
from mixtura.errors import CollapsedComponentsError
from mixtura.moments import Moments, Need


class Extent(Enum):
    """Where rows must spread for the covariances to be positive definite."""

    IN_EACH = "each component, in every feature"
    IN_SOME = "each component, in some feature; and all components together, in every feature"
    TOGETHER = "all components together, in every feature"


class Family(ABC):
    """A constraint on the covariances, as the M-step that maximizes under it.

    A family is named after its covariances in `FAMILIES`. It says which second moments it needs,
    how many free covariance parameters it has, and what the maximum-likelihood covariances are.

    Attributes
    ----------
    need : Need
        Which second moments it is given.
    layout : str
        How its covariances are stored, by the name in `LAYOUTS`.
    extent : Extent
        Where rows must spread.
    """

    need: ClassVar[Need]
    layout: ClassVar[str]
    extent: ClassVar[Extent]

    def need_for(self, mixture: Mixture) -> Need:
        """What the step from this mixture needs: `need`, unless it depends on the mixture."""
        return self.need

    def need_to_keep(self) -> Need:
        """What moments need that outlive the mixture that made them: `need`, for most."""
        return self.need

    def need_to_begin(self, rough: Moments) -> Need:
        """What a start needs, from the rows' variances (a `DIAGONAL` need) and means."""
        return self.need

    def starts(self, moments: Moments) -> tuple[Moments, ...]:
        """Of which moments EM may begin, for those of assigned rows; one is enough for most."""
        return (moments,)

    def stores(self, storage: Storage) -> bool:
        """Whether covariances are stored as those that this family makes."""
        return layout_name(storage) == self.layout

    @abstractmethod
    def covariances(self, moments: Moments, previous: Mixture | None = None) -> Storage:
        """The maximum-likelihood covariances, from moments about the means.

        Parameters
        ----------
        moments : Moments
        previous : Mixture, optional
            The mixture that made them, near to which iterations may begin.

        Raises
        ------
        CollapsedComponentsError
            Where a covariance is not positive definite.
        """

    @abstractmethod
    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        """How many numbers of the covariances are free."""

    @final
    def n_parameters(self, n_components: int, n_features: int) -> int:
        """How many numbers of a mixture are free: weights, means and covariances."""
        n_covariances = self.n_covariance_parameters(n_components, n_features)
        return n_components - 1 + n_components * n_features + n_covariances

    @final
    def log_prior(self, mixture: Mixture) -> float:
        """0: a family by itself has no prior."""
        return 0.0

    @final
    def maximize(self, moments: Moments, previous: Mixture | None = None) -> Mixture:
        """The mixture of this family under which the moments are likeliest.

        Parameters
        ----------
        moments : Moments
            From the E-step.
        previous : Mixture, optional
            The mixture that made them, whose feature names are kept, and from whose covariances
            the iterations of a family that has no closed form begin.

        Raises
        ------
        CollapsedComponentsError
            Where a component has no rows, or no extent beyond the rounding of its mean.
        """
        centred = moments.centred
        total = moments.counts.sum()
        collapsed = np.logical_not(moments.counts > EPS * total)
        if np.min(centred.reg_covar) == 0:  # what has been added to the variances is extent enough
            collapsed |= _without_extent(centred, self.extent)
        if collapsed.any():
            raise CollapsedComponentsError(collapsed)
        names = None if previous is None else previous.feature_names

        weights = moments.counts / total
        means = centred.centres  # c_k + S1_k / N_k
        covariances = self.covariances(centred, previous)
        return Mixture.of(weights, means, covariances, names)


def _without_extent(centred: Moments, extent: Extent) -> NDArray[np.bool_]:
    """Components whose variances the rounding of their means explains, or not even that."""
    sums = centred.variance_sums()
    counts = centred.counts.sum() if centred.need.pooled else centred.counts[:, None]
    rounding = counts * (4 * EPS * centred.centres) ** 2
    if centred.need.pooled:
        rounding = rounding.max(axis=0, keepdims=True)
    flat = sums <= rounding
    if extent is Extent.IN_EACH:
        collapsed = flat.any(axis=1)
    else:
        collapsed = (sums.sum(axis=0) <= rounding.sum(axis=0)).any(keepdims=True)
        if extent is Extent.IN_SOME:
            collapsed = collapsed | flat.all(axis=1)
    return np.asarray(np.broadcast_to(collapsed, centred.counts.shape))
