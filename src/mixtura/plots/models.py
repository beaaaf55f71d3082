"""What a picture is of: a mixture, the features in its axes, and probability levels."""

from collections.abc import Sequence

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import feature_indices
from mixtura.typing import ArrayKDD


def mixture_of(model: object) -> Mixture:
    """The mixture itself, or that of a fitted estimator.

    Raises
    ------
    NotFittedError
        Where an estimator has not been fitted.
    TypeError
        For anything else.
    """
    if hasattr(model, "fit") and not isinstance(model, type):
        check_is_fitted(model, msg="This %(name)s is not fitted yet; call fit before drawing it.")
    return as_mixture(model)


def plane_of(
    mixture: Mixture, features: Sequence[int | str] | None
) -> tuple[list[int], tuple[str, str]]:
    """The two features of a plane and their names; by default those that separate the means best.

    Raises
    ------
    ValueError
        Where `features` are not two different ones of the mixture.
    """
    if features is None:
        chosen = most_separating(mixture)
    else:
        if isinstance(features, str) or len(features) != 2:
            raise ValueError(f"features must be two indices or names, but it is {features!r}.")
        chosen = indices_of(mixture, features)
    return chosen, (name_of(mixture, chosen[0]), name_of(mixture, chosen[1]))


def indices_of(mixture: Mixture, features: Sequence[int | str]) -> list[int]:
    """Features, given by index or by name, as indices."""
    indices: list[int] = feature_indices(
        features, mixture.feature_names, mixture.n_features
    ).tolist()
    return indices


def name_of(mixture: Mixture, feature: int) -> str:
    """What an axis is called."""
    if mixture.feature_names is not None:
        return mixture.feature_names[feature]
    return "x" if mixture.n_features == 1 else f"feature {feature}"


def check_levels(levels: Sequence[float]) -> list[float]:
    """Distinct probabilities between 0 and 1, in ascending order."""
    checked = sorted({float(level) for level in np.atleast_1d(np.asarray(levels))})
    if not checked:
        raise ValueError("levels is empty; give at least one probability, such as 0.95.")
    if not all(0 < level < 1 for level in checked):
        raise ValueError(f"levels must lie between 0 and 1, but they are {tuple(checked)}.")
    return checked


def covariance_matrices(mixture: Mixture) -> ArrayKDD:
    """Sigma_k, one for each component, shape (K, d, d)."""
    shape = (mixture.n_components, mixture.n_features, mixture.n_features)
    return np.broadcast_to(mixture.storage.dense(), shape)


def most_separating(mixture: Mixture, n: int = 2) -> list[int]:
    """The features with the largest share of variance between the components, in their order."""
    between = mixture.weights @ (mixture.means - mixture.mean()) ** 2
    shares = between / np.diagonal(mixture.covariance())
    return sorted(np.argsort(-shares, kind="stable")[:n].tolist())
