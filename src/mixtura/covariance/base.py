"""What every storage of covariances answers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from mixtura._linalg import identity
from mixtura.typing import AnyND, AnyNK, ArrayD, ArrayK, ArrayKD, ArrayKDD, Float, RandomSource

Features = NDArray[np.intp]


class Storage(ABC):
    """K covariance matrices, or one that all components share.

    A shared covariance is kept with a leading axis of length 1, so that every formula serves both
    by broadcasting.

    Attributes
    ----------
    covariances : ndarray of shape (K, ...) or (1, ...)
        The covariances in the storage's own form.
    kind : str
        The name by which the kernel knows the storage.
    shared : bool
        Whether all components have the same covariance.
    n_features : int
    """

    kind: ClassVar[str]
    covariances: Float
    shared: bool

    @property
    @abstractmethod
    def n_features(self) -> int:
        """d."""

    @abstractmethod
    def factors(self) -> Float:
        """W with Sigma^-1 = W^T W: inverse standard deviations, or inverse Cholesky factors."""

    @abstractmethod
    def amplification(self) -> float:
        """max_j sum_i |W_ji| sigma_i: by how much whitening enlarges errors in standard deviations.

        1 for independent features, large for covariances near to singular.
        """

    @staticmethod
    @abstractmethod
    def shape(n_components: int, n_features: int) -> tuple[int, ...]:
        """The shape of `covariances` for that many components."""

    @classmethod
    @abstractmethod
    def from_covariances(
        cls, covariances: Float, *, shared: bool, n_features: int, accurate: bool = False
    ) -> Self:
        """Keep these covariances.

        With `accurate`, matrices are made symmetric and factors are computed to the last bits (for
        covariances that were given); without, matrices are symmetric already, as scatters are, and
        factors have the precision to which an M-step knows its covariances anyway.

        Raises
        ------
        CollapsedComponentsError
            Where a covariance is not positive definite.
        """

    @classmethod
    @abstractmethod
    def from_precisions(cls, precisions: Float, *, shared: bool, n_features: int) -> Self:
        """Keep the covariances whose inverses these are."""

    @abstractmethod
    def with_accurate_factors(self) -> Self:
        """The same covariances with factors right to the last bits, where they can be."""

    @abstractmethod
    def squared_distances(self, rows: AnyND, means: ArrayKD) -> AnyNK:
        """(x_i - mu_k)^T Sigma_k^-1 (x_i - mu_k), from residuals, never from expanded squares."""

    @abstractmethod
    def log_det(self) -> ArrayK:
        """log |Sigma_k|, shape (K,) or (1,)."""

    @abstractmethod
    def precisions(self) -> Float:
        """Sigma_k^-1, in the form of `covariances`."""

    @abstractmethod
    def precision_factors(self) -> Float:
        """U_k with Sigma_k^-1 = U_k U_k^T, in the form of `covariances` (upper triangles)."""

    @abstractmethod
    def roots(self) -> Float:
        """F_k with Sigma_k = F_k F_k^T, shape (K, d, r) or (1, d, r) for some r."""

    @abstractmethod
    def variances(self) -> ArrayKD:
        """The diagonals of the covariances, shape (K, d) or (1, d)."""

    @abstractmethod
    def dense(self) -> ArrayKDD:
        """The covariance matrices, shape (K, d, d) or (1, d, d)."""

    def exceed(self, variances: ArrayD) -> NDArray[np.bool_]:
        """Whether Sigma_k - diag(variances) has no negative eigenvalue, shape (K,) or (1,)."""
        dense, own = self.dense(), self.variances()
        # In units of the deviations: the rounding of one feature may be more than all of another.
        units = np.sqrt(own[:, :, None] * own[:, None, :])
        shares = variances / own
        difference = dense / units - shares[:, :, None] * identity(self.n_features)
        return np.asarray(np.linalg.eigvalsh(difference)[:, 0] >= 0)

    @abstractmethod
    def marginal(self, features: Features) -> Self:
        """The covariances of some features, in that order."""

    @final
    def select(self, components: Sequence[int] | NDArray[np.intp]) -> Self:
        """The covariances of these components, in that order; a shared one stays what it is."""
        if self.shared:
            return self
        return self._replaced({name: kept[components] for name, kept in self._arrays().items()})

    @final
    def joined(self, *others: Self) -> Self:
        """The covariances of all, one after the other; of shared ones the first."""
        if self.shared:
            return self
        every = (self, *others)
        return self._replaced(
            {
                name: np.concatenate([getattr(each, name) for each in every])
                for name in self._arrays()
            }
        )

    def _arrays(self) -> dict[str, Float]:
        """What is kept for each component."""
        kept = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in kept.items() if isinstance(value, np.ndarray)}

    def _replaced(self, arrays: dict[str, Float]) -> Self:
        return replace(self, **arrays)  # type: ignore[type-var]

    @abstractmethod
    def condition(self, kept: Features, given: Features) -> tuple[Float, Self]:
        """The regression of the kept features on the given ones, and what it leaves over.

        Returns
        -------
        coefficients : ndarray of shape (K or 1, n_kept, n_given)
            B_k = Sigma_ab Sigma_bb^-1.
        storage : Storage
            Sigma_aa - B_k Sigma_ba.
        """

    @abstractmethod
    def draw(self, component: int, n: int, rng: RandomSource) -> Float:
        """n draws from N(0, Sigma_k), shape (n, d)."""
