"""Where a fit begins, from an estimator's parameters `init_params` and `*_init`."""

from typing import Any

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em import EFFORTS, STARTS, Beginning, FromRows, Proposer, Search
from mixtura.estimators.checks import (
    check_given_means,
    check_given_mixture,
    check_given_precisions,
    check_given_weights,
)
from mixtura.estimators.restrictions import PARAMETERS, check_stored, fixed_names
from mixtura.estimators.rows import PROPOSER, Rows
from mixtura.family import Family
from mixtura.typing import Assignment, HostN, HostND

SEARCH = "search"
"""The name in `init_params` of the search, which is no start by itself."""


def beginning_of(estimator: Any, family: Family, told: Rows, *, continued: bool) -> Beginning:
    """The checked beginning of a fit.

    Parameters
    ----------
    estimator : GaussianMixture
        Whose parameters say where to begin.
    family : Family
        Of its covariances.
    told : Rows
        The rows to fit.
    continued : bool
        Whether to go on from the last fit.
    """
    n_components, n_features = estimator.n_components, told.n_features
    propose = _proposer(estimator, told)
    parts = (estimator.weights_init, estimator.means_init, estimator.precisions_init)
    weights, means, precisions = parts
    assignment, mixture = estimator.responsibilities_init, estimator.mixture_init
    if mixture is not None and any(part is not None for part in (*parts, assignment)):
        raise ValueError(
            "mixture_init gives weights, means and covariances; "
            "do not give responsibilities_init or any other *_init with it."
        )
    if continued:
        last = check_given_mixture(
            estimator.mixture_, n_components, n_features, "The fit that warm_start continues"
        )
        return Beginning(n_components, propose, mixture=last)
    if assignment is None and estimator.init_params == SEARCH:
        _check_search(estimator)
    beginning = Beginning(
        n_components,
        propose,
        assignment=None
        if assignment is None
        else told.assigned(assignment, n_components, "responsibilities_init"),
        weights=None if weights is None else check_given_weights(weights, n_components),
        means=None if means is None else check_given_means(means, n_components, n_features),
        storage=None
        if precisions is None
        else check_given_precisions(precisions, family.layout, n_components, n_features),
        mixture=None
        if mixture is None
        else check_given_mixture(mixture, n_components, n_features, "mixture_init"),
    )
    if estimator.max_iter == 0:
        _check_result(beginning, estimator, family)
    return beginning


def _check_search(estimator: Any) -> None:
    """A part that is given replaces what the search found with the others; so it must be fixed."""
    given = {name for name in PARAMETERS.values() if getattr(estimator, name) is not None}
    loose = given - {PARAMETERS[name] for name in fixed_names(estimator.fixed)}
    if loose and len(given) < len(PARAMETERS):
        raise ValueError(
            "The search looks for weights, means and covariances together, and "
            f"{' and '.join(sorted(loose))} would replace a part of what it finds: fix it, leave "
            "it out, or take another init_params."
        )


def _check_result(beginning: Beginning, estimator: Any, family: Family) -> None:
    """Without iterations, the covariances that are given are those of the result."""
    mixture, storage = beginning.mixture, beginning.storage
    given = storage if mixture is None else mixture.storage
    if given is not None:
        which = "precisions_init" if mixture is None else "mixture_init"
        demand = f"With max_iter=0 {which} is the result: its covariances must be"
        check_stored(given, estimator, family, demand)


def _proposer(estimator: Any, told: Rows) -> Proposer:
    """The search, a start of the registry, or the user's callable with its proposal checked.

    The callable is shown all rows that were given, as it may know them.
    """
    init_params = estimator.init_params
    if not callable(init_params):
        if init_params == SEARCH:
            return Search(EFFORTS[estimator.effort])
        return FromRows(STARTS[init_params])

    def checked(
        rows: HostND, n_components: int, rng: np.random.RandomState, _: HostN | None
    ) -> Assignment | Mixture:
        lent = told.lent(rows)
        lent.flags.writeable = False
        proposal = init_params(lent, rng)
        if isinstance(proposal, Mixture):
            return check_given_mixture(proposal, n_components, rows.shape[1], PROPOSER)
        return told.proposed(proposal, n_components, lent)

    return FromRows(checked, takes_samples=False)
