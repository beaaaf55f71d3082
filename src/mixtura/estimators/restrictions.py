"""The M-step of a fit, from an estimator's covariance type, prior, bound and fixed parameters."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from mixtura.covariance import Storage, layout_name
from mixtura.data import Source
from mixtura.distribution import Mixture, Record
from mixtura.em import Beginning
from mixtura.em.scale import column_variances, mean_and_covariance
from mixtura.engine import Engine
from mixtura.family import (
    Conjugate,
    Factor,
    Family,
    Prior,
    Restricted,
    family_named,
    has_prior,
    is_boundable,
)
from mixtura.typing import ArrayD, ArrayDD

AUTO_REG_COVAR = 1e-6
"""`reg_covar="auto"` adds this share of its variance to that of each feature.

A feature that is constant counts as one of variance 1, as in scikit-learn's scalers.
"""

PARAMETERS = {"weights": "weights_init", "means": "means_init", "covariances": "precisions_init"}
"""What can be fixed, and the parameter that gives it."""


def family_of(estimator: Any, n_features: int) -> Family:
    """The family that the covariance type names, with its settings."""
    return family_named(
        estimator.covariance_type,
        n_features,
        n_factors=estimator.n_factors,
        factor_model=estimator.factor_model,
    )


def m_step_of(
    estimator: Any, family: Family, beginning: Beginning, engine: Engine, source: Source
) -> Family | Restricted:
    """The family itself, or the family under restrictions that have been checked."""
    of_rows = partial(mean_and_covariance, engine, source)
    return m_step_with(estimator, family, beginning, source.n_features, of_rows)


def m_step_with(
    estimator: Any,
    family: Family,
    beginning: Beginning,
    n_features: int,
    of_rows: Callable[[], tuple[ArrayD, ArrayDD]],
) -> Family | Restricted:
    """The same, where `of_rows` tells a prior the mean and the covariance of the rows."""
    fixed = fixed_names(estimator.fixed)
    bound, prior = estimator.max_eigenvalue_ratio, estimator.prior
    if not (fixed or estimator.equal_weights or prior is not None or bound is not None):
        return family
    if estimator.equal_weights and ("weights" in fixed or estimator.weights_init is not None):
        raise ValueError("Equal weights leave none to give: do not give or fix weights with them.")
    if prior is not None and not has_prior(family):
        raise ValueError(
            "Loadings and noise have no conjugate prior: prior is for all covariance types but "
            "'factor'."
        )
    if bound is not None:
        if not is_boundable(family):
            which = "have factors" if isinstance(family, Factor) else "share a part"
            raise ValueError(
                f"Covariances that {which}, as {estimator.covariance_type!r} ones do, have no "
                "exact bound: max_eigenvalue_ratio is for full, diag and spherical ones."
            )
        if "covariances" in fixed:
            raise ValueError("Fixed covariances cannot be bounded; leave max_eigenvalue_ratio out.")
    return Restricted(
        family,
        prior=None if prior is None else _conjugate(prior, estimator, family, n_features, of_rows),
        max_eigenvalue_ratio=bound,
        equal_weights=estimator.equal_weights,
        **_given(estimator, family, fixed, beginning),
    )


def reg_covar_of(estimator: Any, engine: Engine, source: Source) -> float | ArrayD:
    """What is added to variances: a number, or for "auto" a share of each feature's variance."""
    if estimator.reg_covar == "auto":
        variances = column_variances(engine, source)
        return AUTO_REG_COVAR * np.where(variances > 0, variances, 1)
    return float(estimator.reg_covar)


def check_stored(storage: Storage, estimator: Any, family: Family, demand: str) -> None:
    """Covariances that the family could have made; the demand begins the sentence if not."""
    if family.stores(storage):
        return
    wanted = f"of covariance_type={family.layout!r}, not {layout_name(storage)!r}"
    if isinstance(family, Factor):
        wanted = (
            f"loadings and noise with n_factors={estimator.n_factors} and factor_model="
            f"{estimator.factor_model!r}, as mixture_init from Mixture.from_factors can give"
        )
    raise ValueError(f"{demand} {wanted}.")


def restrictions_on_parameters(estimator: Any) -> Record:
    """The settings that say which parameters are not free."""
    return {"fixed": fixed_names(estimator.fixed), "equal_weights": estimator.equal_weights}


def n_parameters(family: Family, mixture: Mixture, restrictions: Record) -> int:
    """How many numbers of a mixture are free, without those that are fixed."""
    n_components, n_features = mixture.means.shape
    free = {
        "weights": n_components - 1,
        "means": n_components * n_features,
        "covariances": family.n_covariance_parameters(n_components, n_features),
    }
    held = {*restrictions["fixed"], *(("weights",) if restrictions["equal_weights"] else ())}
    return sum(number for name, number in free.items() if name not in held)


def fixed_names(fixed: Any) -> tuple[str, ...]:
    """The checked names of the parameters that stay as they are given."""
    names = tuple(fixed) if isinstance(fixed, tuple | list) else (fixed,)
    if any(not isinstance(name, str) or name not in PARAMETERS for name in names):
        raise ValueError(
            f"fixed names parameters, of {', '.join(map(repr, PARAMETERS))}, not {fixed!r}."
        )
    if set(names) == set(PARAMETERS):
        raise ValueError("Everything is fixed, and nothing is left to fit; take max_iter=0.")
    return names


def _given(
    estimator: Any, family: Family, fixed: Sequence[str], beginning: Beginning
) -> dict[str, Any]:
    """The values that stay."""
    mixture = beginning.mixture
    if mixture is None:
        given = (beginning.weights, beginning.means, beginning.storage)
    else:
        given = (mixture.weights, mixture.means, mixture.storage)
    values = dict(zip(PARAMETERS, given, strict=True))
    for name in fixed:
        if values[name] is None:
            raise ValueError(
                f"fixed={tuple(fixed)!r} holds what {PARAMETERS[name]} or mixture_init gives, "
                "and neither is given."
            )
    storage = beginning.storage if mixture is None else mixture.storage
    if "covariances" in fixed and storage is not None:
        check_stored(storage, estimator, family, "Fixed covariances must be")
    return {name: values[name] for name in fixed}


def _conjugate(
    prior: Any,
    estimator: Any,
    family: Family,
    d: int,
    of_rows: Callable[[], tuple[ArrayD, ArrayDD]],
) -> Conjugate:
    prior = Prior() if prior == "default" else prior
    n_components = estimator.n_components
    mean, scale = prior.checked_mean(d), prior.checked_scale(d)
    if mean is None or scale is None:
        mean_of_rows, covariance = of_rows()
        mean = mean_of_rows if mean is None else mean
        scale = covariance / n_components ** (2 / d) if scale is None else scale
    return Conjugate.of(prior, family, n_components, mean, scale)
