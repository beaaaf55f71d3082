"""Rows with labels under fits without them: what tells families apart, and how certain to be.

Stone, M. (1974). Cross-validatory choice and assessment of statistical predictions. Journal of the
Royal Statistical Society B 36, 111-147.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mixtura.selection.held_out import Fold
from mixtura.typing import Float, Indices
from mixtura.uses.class_model import ClassModel
from mixtura.uses.labelled import Labelled
from mixtura.uses.temperature import fitted_temperature


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What fits to other rows say of some.

    Attributes
    ----------
    log_joint : ndarray of shape (n, C)
        log p(x_i, c).
    classes : ndarray of shape (n,)
        The true ones.
    weights : ndarray of shape (n,)
    """

    log_joint: Float
    classes: Indices
    weights: Float

    @property
    def mean_log_joint(self) -> float:
        """sum_i w_i log p(x_i, c_i) / sum_i w_i."""
        own = np.take_along_axis(self.log_joint, self.classes[:, None], axis=1)[:, 0]
        return float(np.average(own, weights=self.weights))

    @property
    def temperature(self) -> float:
        """T of `ClassModel`."""
        return fitted_temperature(self.log_joint, self.classes, self.weights)


def held_out(
    labelled: Labelled, folds: Sequence[Fold], fit: Callable[[Labelled], ClassModel | None]
) -> HeldOut | None:
    """Each fold of labelled rows under a fit to the others; None where a fit fails.

    Rows without a label help to fit every fold.
    """
    parts = []
    for train, test in folds:
        model = fit(labelled.some(np.sort(np.concatenate([train, labelled.without_label]))))
        if model is None:
            return None
        tested = labelled.some(np.sort(test))
        parts.append((model.log_joint(tested.rows), tested.classes, tested.counted))
    return HeldOut(*(np.concatenate(values) for values in zip(*parts, strict=True)))
