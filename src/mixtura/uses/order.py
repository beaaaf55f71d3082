"""An order of components that does not depend on where a fit began.

A likelihood is the same for any order, so that two fits that agree may number their components
differently. They are put in the order of a number that each has, or in that of another mixture:
each beside the one that it is most like, by the assignment pi with the largest

    sum_k e^{-D(k, pi(k)) / d}

with D Bhattacharyya's distance: components in d features overlap by e^-D, and by e^{-D/d} in each.

Stephens, M. (2000). Dealing with label switching in mixture models. Journal of the Royal
Statistical Society B 62, 795-809.
"""

import copy
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import feature_indices
from mixtura.typing import ArrayK, Indices
from mixtura.uses.distances import bhattacharyya

Model = TypeVar("Model")


def reorder_components(model: Model, by: int | str = "weight") -> Model:
    """The same mixture with its components in an order that can be told.

    Parameters
    ----------
    model : Mixture or fitted estimator
    by : "weight", or a feature by index or name, default="weight"
        The heaviest component comes first; or the one with the smallest mean of the feature.
        Where these are equal, the means of the features in their order decide.

    Returns
    -------
    reordered : Mixture or fitted estimator
        Of the kind that was given, which stays as it is. What an estimator keeps of the runs of its
        fit, `history_`, is in the order that components had then.

    Raises
    ------
    ValueError
        For a feature that is none of the mixture.
    TypeError
        For what is neither a mixture nor an estimator, and for estimators of several mixtures.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.3, 0.7], [[5.0], [1.0]], [1, 1], covariance_type="spherical")
    >>> mx.reorder_components(m).weights
    array([0.7, 0.3])
    >>> mx.reorder_components(m, by=0).means[:, 0]
    array([1., 5.])
    """
    mixture = as_mixture(model)
    names = mixture.feature_names or ()
    if by == "weight" and "weight" not in names:
        key: ArrayK = -mixture.weights
    else:
        (feature,) = feature_indices([by], mixture.feature_names, mixture.n_features)
        key = mixture.means[:, feature]
    order: Indices = np.lexsort((*mixture.means.T[::-1], key))
    return _in_order(model, order)


def match_components(model: Model, reference: object) -> Model:
    """The same mixture with its components in the order of another that is much like it.

    Parameters
    ----------
    model : Mixture or fitted estimator
    reference : Mixture or fitted estimator
        Of the same features. With other numbers of components, those that find no partner come
        last, the heaviest first.

    Returns
    -------
    matched : Mixture or fitted estimator
        Of the kind of `model`, which stays as it is: component k is the one that is like component
        k of the reference. Of all assignments, the components overlap most in the one that is
        taken, by Bhattacharyya's coefficient per feature; units do not matter.

    Raises
    ------
    ValueError
        Where the two are of other features.
    TypeError
        For what is neither a mixture nor an estimator, and for estimators of several mixtures.

    References
    ----------
    Stephens, M. (2000). Dealing with label switching in mixture models. Journal of the Royal
    Statistical Society B 62, 795-809.

    Examples
    --------
    >>> import mixtura as mx
    >>> first = mx.Mixture([0.3, 0.7], [[5.0], [1.0]], [1, 1], covariance_type="spherical")
    >>> second = mx.Mixture([0.6, 0.4], [[1.1], [5.2]], [1, 2], covariance_type="spherical")
    >>> mx.match_components(second, first).weights
    array([0.4, 0.6])
    """
    mixture, other = as_mixture(model), _with_features_of(model, as_mixture(reference))
    alike = np.exp(-bhattacharyya(mixture, other) / mixture.n_features)
    own, theirs = linear_sum_assignment(alike, maximize=True)
    matched = own[np.argsort(theirs)]
    left = np.setdiff1d(np.arange(mixture.n_components), own)
    left = left[np.argsort(-mixture.weights[left], kind="stable")]
    return _in_order(model, np.concatenate([matched, left]))


def _with_features_of(model: object, reference: Mixture) -> Mixture:
    """The reference with its features in the order that the model has them in."""
    mixture = as_mixture(model)
    names, theirs = mixture.feature_names, reference.feature_names
    if mixture.n_features != reference.n_features:
        raise ValueError(
            f"The mixtures have {mixture.n_features} and {reference.n_features} features; "
            "components are matched where these are the same."
        )
    if names is None or theirs is None or names == theirs:
        return reference
    if set(names) != set(theirs):
        other = next(name for name in names if name not in theirs)
        raise ValueError(f"The reference has no feature {other!r}; its features are {theirs}.")
    return reference.marginal(names)


def _in_order(model: Model, order: Indices) -> Model:
    """A copy whose component k is the one that was order[k]."""
    if isinstance(model, Mixture):
        storage = model.storage.select(order)
        parts = model.weights[order], model.means[order], storage, model.feature_names
        return Mixture.of(*parts)  # type: ignore[return-value]
    changed = copy.copy(model)
    kept = vars(changed)
    name = next((name for name in ("mixture_", "best_estimator_") if name in kept), None)
    if name is None:
        raise TypeError(
            f"The components of a {type(model).__name__} have an order that must stay; "
            "give a Mixture, or an estimator of one."
        )
    kept[name] = _in_order(kept[name], order)
    return changed
