"""Exceptions and warnings: each tells what was found, what was expected, and what to do."""

import numpy as np
from numpy.typing import NDArray


class MixturaError(Exception):
    """Base class of every error that scikit-learn has no word for."""


class DegenerateFitError(MixturaError, ValueError):
    """Every start ended in components that could not be repaired.

    The sentence is scikit-learn's, word for word, so that programs which look for it find it.

    Parameters
    ----------
    reason : str
        A sentence more, where it is known why.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(
            "Fitting the mixture model failed because some components have ill-defined empirical "
            "covariance (for instance caused by singleton or collapsed samples). Try to decrease "
            "the number of components, increase reg_covar, or scale the input data."
            f" {reason}".rstrip()
        )


class CollapsedComponentsError(MixturaError, ValueError):
    """An M-step found components without rows or without extent.

    The loop repairs them; users see a `DegenerateComponentWarning` instead.

    Attributes
    ----------
    collapsed : ndarray of bool, shape (K,)
        Which components.
    """

    def __init__(self, collapsed: NDArray[np.bool_]) -> None:
        self.collapsed = collapsed
        super().__init__(f"Components {np.flatnonzero(collapsed).tolist()} have collapsed.")


class ModelFileError(MixturaError, ValueError):
    """A model file cannot be read as one."""


class DataFileError(MixturaError, ValueError):
    """A data file cannot be read, or its columns cannot be used."""


class CheckpointError(MixturaError, ValueError):
    """A checkpoint cannot be read or written, or is one of another fit."""


class LostRowsError(MixturaError, RuntimeError):
    """A cluster has lost rows that it cannot make again."""


class DegenerateComponentWarning(UserWarning):
    """A component collapsed during a fit and was repaired."""


class RegularizationWarning(UserWarning):
    """`reg_covar` is large beside the variance of a column."""
