"""HOW a covariance is stored: spherical, diagonal, dense or low rank, each private or shared.

A storage knows distances, determinants, marginals, conditionals and draws, and nothing of how it
is estimated: that is a family's business. `LAYOUTS` is the registry; the conformance tests run
over it.
"""

from dataclasses import dataclass

from mixtura.covariance.base import Features, Storage
from mixtura.covariance.dense import Dense
from mixtura.covariance.diagonal import Diagonal
from mixtura.covariance.low_rank import LowRank
from mixtura.covariance.spherical import Spherical


@dataclass(frozen=True)
class Layout:
    """A storage class, and whether all components share one covariance."""

    storage: type[Storage]
    shared: bool

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """The shape in which users give and get the covariances; only `tied` drops its axis."""
        shape = self.storage.shape(1 if self.shared else n_components, n_features)
        return shape[1:] if self.drops_axis else shape

    @property
    def drops_axis(self) -> bool:
        """Whether the leading axis of length 1 is left out, as scikit-learn does for `tied`."""
        return self.shared and self.storage is Dense


LAYOUTS: dict[str, Layout] = {
    "full": Layout(Dense, shared=False),
    "tied": Layout(Dense, shared=True),
    "diag": Layout(Diagonal, shared=False),
    "tied_diag": Layout(Diagonal, shared=True),
    "spherical": Layout(Spherical, shared=False),
    "tied_spherical": Layout(Spherical, shared=True),
    "factor": Layout(LowRank, shared=False),
    "tied_factor": Layout(LowRank, shared=True),
}


def layout_name(storage: Storage) -> str:
    """The name under which `LAYOUTS` lists this kind of storage."""
    layout = Layout(type(storage), storage.shared)
    return next(name for name, listed in LAYOUTS.items() if listed == layout)


__all__ = [
    "LAYOUTS",
    "Dense",
    "Diagonal",
    "Features",
    "Layout",
    "LowRank",
    "Spherical",
    "Storage",
    "layout_name",
]
