"""How `MixtureClassifier` fits: which families, folds and rules its parameters say."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, check_cv

from mixtura._array import patterns_of
from mixtura.em import CYCLE, Stopping, Trace
from mixtura.em.scale import column_variances, thinnest_variances
from mixtura.engine import open_rows
from mixtura.errors import DegenerateFitError
from mixtura.estimators.auto import AutoGaussianMixture
from mixtura.estimators.checks import check_n_factors
from mixtura.estimators.choices import families_named
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.restrictions import family_of, reg_covar_of
from mixtura.estimators.warn import warn_of_scale
from mixtura.family import Family
from mixtura.selection.held_out import Fold
from mixtura.typing import ArrayK
from mixtura.uses.choosing import chosen
from mixtura.uses.class_model import ClassModel
from mixtura.uses.edda import Rules
from mixtura.uses.held_out import held_out
from mixtura.uses.labelled import NO_CLASS, Labelled


@dataclass(frozen=True, eq=False)
class Found:
    """What a classifier keeps of its fit.

    Attributes
    ----------
    model : ClassModel
    covariance_types : tuple of str
        The family of each class.
    n_parameters : int
    traces : tuple of Trace
    is_admissible : bool
    criteria : dict from str to float
        By family, the best first; empty where each class has its own.
    n_rows : int
        How many were fitted.
    precision : str
        Of the rows, by NumPy's name.
    """

    model: ClassModel
    covariance_types: tuple[str, ...]
    n_parameters: int
    traces: tuple[Trace, ...]
    is_admissible: bool
    criteria: dict[str, float]
    n_rows: int
    precision: str


def check_classes(labelled: Labelled, labels: NDArray[Any], names: Sequence[str] | None) -> None:
    """Features vary, and every class has an entry of each."""
    rows = labelled.rows

    def column(j: int) -> str:
        return str(j) if names is None else repr(str(names[j]))

    for c, label in enumerate(labels.tolist()):
        own = rows[labelled.classes == c]
        unseen = np.flatnonzero(np.isnan(own).all(axis=0)) if len(own) else [0]
        if len(unseen):
            raise ValueError(
                f"Class {label!r} has no entry in column {column(unseen[0])} of X, so that nothing "
                "can be learned of it; leave the column out."
            )
    constant = np.flatnonzero(np.nanmax(rows, axis=0) == np.nanmin(rows, axis=0))
    if len(constant):
        raise ValueError(
            f"Column {column(constant[0])} of X is constant, so that it tells no class from "
            "another; leave it out."
        )


def fit_edda(estimator: Any, labelled: Labelled, rng: np.random.RandomState) -> Found:
    """One Gaussian a class."""
    families = _families(estimator, labelled.rows.shape[1])
    choice = chosen(
        labelled,
        families,
        _rules(estimator, labelled),
        _folds(estimator, labelled, rng),
        criterion=estimator.criterion,
        calibrate=estimator.calibrate,
    )
    if choice is None:
        raise ValueError(
            "No family could be fitted: in some class there are too few rows, or a feature that is "
            "constant. Take families that share their covariances, such as 'EEE' or 'EEI', or a "
            "number for reg_covar."
        )
    fit = choice.fit
    return Found(
        fit.model,
        (choice.family,) * labelled.n_classes,
        fit.n_parameters,
        (fit.trace,),
        fit.is_admissible,
        choice.criteria,
        len(labelled.rows),
        labelled.rows.dtype.name,
    )


def fit_mclustda(estimator: Any, labelled: Labelled, rng: np.random.RandomState) -> Found:
    """A mixture a class, chosen for each by itself."""
    if len(labelled.without_label):
        raise ValueError(
            "Rows without a label help to fit one Gaussian a class only: take model='EDDA', or "
            "leave them out."
        )
    if labelled.class_sizes.min() < 2:
        raise ValueError(
            "model='MclustDA' needs two rows of each class at least; take model='EDDA', or leave "
            "such classes out."
        )
    priors = _priors(estimator, labelled)
    best = [
        _best_of_class(estimator, labelled.of_class(c), label, rng)
        for c, label in enumerate(estimator.classes_.tolist())
    ]
    model = ClassModel.of([each.mixture_ for each in best], _shares(labelled, priors))
    folds = _folds(estimator, labelled, rng) if estimator.calibrate else []

    def refitted(rows: Labelled) -> ClassModel | None:
        return _refitted(best, rows, priors)

    tested = held_out(labelled, folds, refitted) if folds else None
    if tested is not None:
        model = model.at(tested.temperature)
    n_own = sum(each.fit_record()["n_parameters"] for each in best)
    return Found(
        model,
        tuple(each.covariance_type for each in best),
        n_own + (0 if estimator.priors is not None else labelled.n_classes - 1),
        tuple(each.history_[0] for each in best),
        is_admissible=True,  # each selection has warned of its own
        criteria={},
        n_rows=len(labelled.rows),
        precision=labelled.rows.dtype.name,
    )


def _best_of_class(
    estimator: Any, own: Labelled, label: Any, rng: np.random.RandomState
) -> GaussianMixture:
    """The mixture that a class chooses."""
    shared = (
        *("n_components", "covariance_types", "criterion", "effort", "reg_covar", "tol"),
        *("max_iter", "n_factors", "factor_model", "n_threads"),
    )
    cv = estimator.cv if isinstance(estimator.cv, Integral) else 5  # others are of all rows
    settings = {name: getattr(estimator, name) for name in shared}
    selection = AutoGaussianMixture(cv=cv, random_state=rng, **settings)
    try:
        best: GaussianMixture = selection.fit(own.rows, sample_weight=own.weights).best_estimator_
    except DegenerateFitError:
        raise ValueError(
            f"No mixture could be fitted to class {label!r}: it has too few distinct rows, or a "
            "feature that is constant. Take model='EDDA', or a number for reg_covar."
        ) from None
    return best


def _refitted(
    best: Sequence[GaussianMixture], labelled: Labelled, priors: ArrayK | None
) -> ClassModel | None:
    """The same families and numbers of components for other rows."""
    mixtures = []
    for c, each in enumerate(best):
        own = labelled.of_class(c)
        try:
            fit = clone(each).set_params(init_params="hierarchical")
            mixtures.append(fit.fit(own.rows, sample_weight=own.weights).mixture_)
        except (DegenerateFitError, ValueError):
            return None
    return ClassModel.of(mixtures, _shares(labelled, priors))


def _families(estimator: Any, n_features: int) -> dict[str, Family]:
    """By name, those that the parameters say."""
    families = {}
    for name in families_named(estimator.covariance_types, n_features):
        one = GaussianMixture(
            covariance_type=name,
            n_factors=estimator.n_factors,
            factor_model=estimator.factor_model,
        )
        check_n_factors(one, n_features)
        families[name] = family_of(one, n_features)
    return families


def _rules(estimator: Any, labelled: Labelled) -> Rules:
    engine, source = open_rows(
        labelled.rows,
        labelled.weights,
        patterns_of(labelled.rows),
        floats_per_row=labelled.rows.shape[1],
    )
    reg_covar = reg_covar_of(estimator, engine, source)
    if isinstance(reg_covar, float):
        names = getattr(estimator, "feature_names_in_", None)
        warn_of_scale(reg_covar, column_variances(engine, source), names)
    return Rules(
        reg_covar,
        thinnest_variances(engine, source),
        Stopping(estimator.tol, estimator.max_iter, span=CYCLE),
        _priors(estimator, labelled),
    )


def _priors(estimator: Any, labelled: Labelled) -> ArrayK | None:
    """p(c), checked, where it is given."""
    if estimator.priors is None:
        return None
    priors = np.asarray(estimator.priors, dtype=np.float64)
    if priors.shape != (labelled.n_classes,):
        raise ValueError(
            f"priors must be {labelled.n_classes} numbers, one for each class, but its shape is "
            f"{priors.shape}."
        )
    if not (priors > 0).all() or not math.isclose(priors.sum(), 1, abs_tol=1e-6):
        raise ValueError(f"priors must be positive and sum to 1, but they are {priors.tolist()}.")
    return np.asarray(priors / priors.sum())


def _shares(labelled: Labelled, priors: ArrayK | None) -> ArrayK:
    counts = labelled.class_counts
    return counts / counts.sum() if priors is None else priors


def _folds(estimator: Any, labelled: Labelled, rng: np.random.RandomState) -> list[Fold]:
    """Training and test rows of each fold, among those with a label; none where a class has one."""
    classes = labelled.classes[labelled.classes != NO_CLASS]
    splitter = check_cv(estimator.cv, classes, classifier=True)
    if isinstance(estimator.cv, Integral):
        n_folds = min(int(estimator.cv), int(labelled.class_sizes.min()))
        if n_folds < 2:
            return []
        splitter = StratifiedKFold(n_folds, shuffle=True, random_state=rng)
    return list(splitter.split(np.zeros((len(classes), 1)), classes))
