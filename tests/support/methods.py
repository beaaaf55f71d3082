"""The public methods of a mixture and of all estimators that take rows: they have a parameter X."""

from copy import deepcopy
from inspect import isfunction, signature

import numpy as np

import mixtura as mx
from mixtura.distribution import SAVABLE

QUICK = {
    "AutoGaussianMixture": {
        "n_components": [1, 2],
        "covariance_types": ["EEE", "VVI"],
        "effort": "fast",
    },
    "MixtureRegressor": {"n_components": 2, "covariance_types": "full"},
    "MixtureClassifier": {"covariance_types": ["EEE", "VVI"]},
    "MixtureOutlierDetector": {
        "estimator": mx.GaussianMixture(),
        "false_alarm_rate": 0.5,
    },
}
"""Settings under which a fit of that kind takes no longer than of the others."""

KINDS = {"Mixture": mx.Mixture, **SAVABLE}


def takes_rows(kind):
    methods = {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}
    return [
        name
        for name, method in methods.items()
        if isfunction(method) and "X" in signature(method).parameters
    ]


METHODS = [(name, method) for name, kind in KINDS.items() for method in takes_rows(kind)]


MORE = {
    "y": lambda X: np.arange(X.shape[0] if hasattr(X, "shape") else len(X)) % 2,
    "q": lambda X: [0.1, 0.9],
}
"""What methods need beside X, by the name of the parameter: targets that are classes too."""


def subject(name, rows):
    """Something of that kind which was fitted to these rows."""
    kind = SAVABLE.get(name, mx.GaussianMixture)
    fitted = call(kind(random_state=0, **QUICK.get(name, {})).fit, rows)
    return fitted.mixture_ if name == "Mixture" else fitted


def call(method, X):
    """The method of X, and of what else it cannot do without."""
    parameters = signature(method).parameters.values()
    needed = [each.name for each in parameters if each.default is each.empty and each.name in MORE]
    return method(X, *(MORE[name](X) for name in needed))


def answer(kept, method, X):
    """What the method says of X as numbers; of a fit, which changes a copy only, the means."""
    fits = method in {"fit", "partial_fit"}
    result = call(getattr(deepcopy(kept) if fits else kept, method), X)
    return np.asarray(result.mixture_.means if fits else result)
