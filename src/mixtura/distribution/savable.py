"""What model files keep and pictures show: a mixture, or a fitted estimator around one."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeAlias, TypeVar, runtime_checkable

from mixtura.distribution.mixture import Mixture

Record: TypeAlias = Mapping[str, Any]
"""What JSON can hold."""


@runtime_checkable
class Savable(Protocol):
    """A fitted estimator that can be kept in a model file."""

    mixture_: Mixture

    def fit_record(self) -> Record:
        """Everything but the mixture: settings, and how the fit went."""

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The estimator as it was."""


SAVABLE: dict[str, type[Savable]] = {}
"""The estimators that model files can hold, by name."""

Estimator = TypeVar("Estimator", bound=type)


def savable(estimator: Estimator) -> Estimator:
    """Register an estimator class, as a decorator."""
    SAVABLE[estimator.__name__] = estimator
    return estimator


def as_mixture(model: object) -> Mixture:
    """The mixture itself, or that of a fitted estimator."""
    if isinstance(model, Mixture):
        return model
    mixture = getattr(model, "mixture_", None)
    if isinstance(mixture, Mixture):
        return mixture
    kind = type(model)
    unfitted = "an unfitted " if kind in SAVABLE.values() else ""
    raise TypeError(f"Expected a Mixture or a fitted estimator, not {unfitted}{kind.__name__}.")
