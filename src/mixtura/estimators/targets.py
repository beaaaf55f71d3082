"""What a regressor predicts: one target or several, with their names."""

from dataclasses import dataclass
from typing import Any, Self

from mixtura.typing import Float


@dataclass(frozen=True)
class Targets:
    """The shape and names of y, as it was given to `fit`.

    Attributes
    ----------
    single : bool
        Whether y had one dimension; predictions have it too.
    names : tuple of str
        One for each target.
    """

    single: bool
    names: tuple[str, ...]

    @classmethod
    def of(cls, y: Any, shape: tuple[int, ...], features: tuple[str, ...]) -> Self:
        """Of y as it was given, with its checked shape; no name is that of a feature."""
        single = len(shape) == 1
        n = 1 if single else shape[1]
        given = [getattr(y, "name", None)] if single else list(getattr(y, "columns", []))
        if len(given) != n or not all(isinstance(name, str) for name in given):
            given = ["y"] if n == 1 else [f"y{j}" for j in range(n)]
        names: list[str] = []
        for name in given:
            names.append(_apart_from((*features, *names), str(name)))
        return cls(single, tuple(names))

    def shaped(self, values: Float) -> Float:
        """Values (n, m, ...) as y was: without the second axis where y had none."""
        return values[:, 0] if self.single else values


def _apart_from(others: tuple[str, ...], name: str) -> str:
    return _apart_from(others, f"{name}_") if name in others else name
