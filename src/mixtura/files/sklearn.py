"""To and from scikit-learn's `GaussianMixture`."""

from typing import Any

import numpy as np
from sklearn.mixture import BayesianGaussianMixture
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture
from sklearn.utils.validation import check_is_fitted

from mixtura.covariance import LAYOUTS
from mixtura.distribution import SAVABLE, Mixture, Savable, as_mixture

# scikit-learn's name for each storage, and whether it must be repeated for every component.
NAMES = {
    "full": ("full", False),
    "tied": ("tied", False),
    "diag": ("diag", False),
    "spherical": ("spherical", False),
    "tied_diag": ("diag", True),
    "tied_spherical": ("spherical", True),
    "factor": ("full", False),
    "tied_factor": ("full", True),
}


def to_sklearn(model: Mixture | Savable) -> ScikitLearnGaussianMixture:
    """A fitted scikit-learn estimator with the same mixture.

    Parameters
    ----------
    model : Mixture or fitted estimator
        Of an estimator, the settings that scikit-learn knows are kept.

    Returns
    -------
    estimator : sklearn.mixture.GaussianMixture
        Ready to predict. A covariance that components share, and that scikit-learn has no name for,
        is repeated for each. It knows four families: of another one, its `bic` and `aic` count more
        free numbers than there are.

    Examples
    --------
    >>> import mixtura as mx
    >>> mixture = mx.Mixture([0.5, 0.5], [[0, 0], [4, 4]], [1, 1], covariance_type="spherical")
    >>> mx.to_sklearn(mixture).predict([[3, 3]])
    array([1])
    """
    mixture = as_mixture(model)
    covariance_type, repeated = NAMES[mixture.covariance_type]
    known = ScikitLearnGaussianMixture().get_params()
    settings = dict(model.fit_record()["settings"]) if isinstance(model, Savable) else {}
    settings = {name: value for name, value in settings.items() if name in known}
    if settings.get("reg_covar") == "auto":  # which scikit-learn does not know
        del settings["reg_covar"]
    settings |= {"n_components": mixture.n_components, "covariance_type": covariance_type}
    estimator = ScikitLearnGaussianMixture(**settings)

    times = mixture.n_components if repeated else 1
    shared = LAYOUTS[mixture.covariance_type].drops_axis
    storage = mixture.storage
    for name, values in (
        ("covariances_", storage.covariances),
        ("precisions_", storage.precisions()),
        ("precisions_cholesky_", storage.precision_factors()),
    ):
        setattr(estimator, name, values[0] if shared else np.repeat(values, times, axis=0))
    estimator.weights_, estimator.means_ = np.array(mixture.weights), np.array(mixture.means)
    estimator.n_features_in_ = mixture.n_features
    if mixture.feature_names is not None:
        estimator.feature_names_in_ = np.array(mixture.feature_names, dtype=object)
    for name in ("converged_", "n_iter_", "lower_bound_", "lower_bounds_"):
        if hasattr(model, name):
            setattr(estimator, name, getattr(model, name))
    return estimator


def from_sklearn(estimator: Any) -> Savable:
    """A fitted `mx.GaussianMixture` with the mixture of a fitted scikit-learn estimator.

    Parameters
    ----------
    estimator : sklearn.mixture.GaussianMixture or BayesianGaussianMixture
        Fitted. Of a Bayesian one, the means of its posterior are taken.

    Raises
    ------
    NotFittedError
        Where it is not fitted.

    Examples
    --------
    >>> import mixtura as mx
    >>> from sklearn.mixture import GaussianMixture
    >>> theirs = GaussianMixture(2, random_state=0).fit([[0], [1], [8], [9]])
    >>> mx.from_sklearn(theirs).predict([[7.5]]) == theirs.predict([[7.5]])
    array([ True])
    """
    if not isinstance(estimator, ScikitLearnGaussianMixture | BayesianGaussianMixture):
        raise TypeError(
            "from_sklearn takes scikit-learn's GaussianMixture or BayesianGaussianMixture, "
            f"not {type(estimator).__name__}."
        )
    check_is_fitted(estimator)
    names = getattr(estimator, "feature_names_in_", None)
    mixture = Mixture(
        np.asarray(estimator.weights_, dtype=np.float64) / np.sum(estimator.weights_),
        estimator.means_,
        estimator.covariances_,
        covariance_type=estimator.covariance_type,
        feature_names=names,
    )
    known = ScikitLearnGaussianMixture().get_params()
    settings = estimator.get_params(deep=False)
    record = {
        "settings": {name: value for name, value in settings.items() if name in known},
        "n_rows": 0,
        "dtype": np.asarray(estimator.means_).dtype.name,
        "best_run": 0,
        "runs": [
            {
                "outcome": "CONVERGED" if estimator.converged_ else "MAX_ITER",
                "lower_bounds": list(getattr(estimator, "lower_bounds_", [])),
                "repairs": [],
            }
        ],
    }
    return SAVABLE["GaussianMixture"].from_fit_record(mixture, record)
