"""The simplest sum: of a number for each row."""

from collections.abc import Callable

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.typing import AnyN, AnyND, Block


def total(formula: Callable[[Mixture, AnyND], AnyN], mixture: Mixture, block: Block) -> float:
    """sum_i w_i f(x_i) of a block; a row without weight does not count, where f is infinite too.

    It is taken in the precision of f, as scikit-learn's mean of float32 scores is.
    """
    values = on_host(formula(mixture, block.rows))
    if block.weights is None:
        return float(values.sum())
    weights = on_host(block.weights)
    return float(weights[weights > 0] @ values[weights > 0])
