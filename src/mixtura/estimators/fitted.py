"""What a fit leaves on a `GaussianMixture`, and how model files keep it."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mixtura.distribution import Mixture, Record
from mixtura.em import Outcome, Running, Solution, Trace
from mixtura.estimators.batches import running_of, running_record
from mixtura.estimators.checks import check_n_factors
from mixtura.estimators.queries import MixtureQueries
from mixtura.estimators.record import (
    count,
    dtype_name,
    kind_of,
    plain_settings,
    positive,
    restored_settings,
    runs_record,
    solution_of,
)
from mixtura.estimators.restrictions import (
    check_stored,
    family_of,
    n_parameters,
    restrictions_on_parameters,
)
from mixtura.family import Family
from mixtura.typing import AnyArray


class FittedMixture(MixtureQueries):
    """The mixture that was found, and how EM came to it."""

    outcome_: Outcome
    history_: tuple[Trace, ...]
    _best: Trace
    _family: Family
    _fit_settings: Record
    _weight: float
    _running: Running | None
    n_iter_: int
    n_samples_fit_: int
    feature_names_in_: NDArray[Any]
    n_features_in_: int
    lower_bound_: float
    lower_bounds_: list[float]

    @property
    def converged_(self) -> bool:
        """Whether EM gained less than `tol` in its last iteration."""
        return self.outcome_ is Outcome.CONVERGED

    def fit_record(self) -> Record:
        """What a model file keeps beside the mixture: settings, and how the fit went.

        Not the folder of a checkpoint, which is a place on this machine.
        """
        settings = self.get_params(deep=False) | self._fit_settings | {"checkpoint": None}
        stream = {} if self._running is None else {"stream": running_record(self._running)}
        return {
            "settings": plain_settings(settings),
            "family": self._fit_settings["covariance_type"],
            "n_parameters": self._n_parameters(),
            "n_rows": self.n_samples_fit_,
            "weight": self._weight,
            "dtype": dtype_name(self._kind),
            **runs_record(self.history_, self._best),
            **stream,
        }

    @classmethod
    def from_fit_record(cls, mixture: Mixture, record: Record) -> Self:
        """The fitted estimator that a model file keeps."""
        estimator = cls(**restored_settings(record["settings"], mixture.n_features))
        estimator._validate_params()
        if estimator.n_components != mixture.n_components:
            raise ValueError(
                f"its settings say {estimator.n_components} components, "
                f"and its mixture has {mixture.n_components}."
            )
        check_n_factors(estimator, mixture.n_features)
        family = family_of(estimator, mixture.n_features)
        expected = {
            "family": estimator.covariance_type,
            "n_parameters": n_parameters(family, mixture, restrictions_on_parameters(estimator)),
        }
        for name, value in expected.items():
            if record.get(name, value) != value:
                raise ValueError(f"its {name} is {record[name]!r}, not {value!r}.")
        check_stored(mixture.storage, estimator, family, "its covariances must be")
        estimator.n_features_in_ = mixture.n_features
        if mixture.feature_names is not None:
            estimator.feature_names_in_ = np.array(mixture.feature_names, dtype=object)
        solution, n_rows = solution_of(mixture, record), count(record["n_rows"])
        weight = positive(record.get("weight", max(n_rows, 1)))
        stream = record.get("stream")
        running = None if stream is None else running_of(stream, mixture, family)
        estimator._keep(solution, family, kind_of(record), n_rows, weight, running)
        return estimator

    def with_solution(
        self, solution: Solution, kind: AnyArray, n_rows: int, names: NDArray[Any] | None
    ) -> Self:
        """The estimator itself, fitted: `AutoGaussianMixture` has found the solution.

        Parameters
        ----------
        solution : Solution
        kind : array
            An empty array of the library, device and precision in which the rows came.
        n_rows : int
        names : ndarray of str or None
            Those of the features.
        """
        self.n_features_in_ = solution.mixture.n_features
        if names is not None:
            self.feature_names_in_ = names
        self._keep(solution, family_of(self, self.n_features_in_), kind, n_rows, max(n_rows, 1))
        return self

    def _of_family(self) -> Record:
        """The settings that say which mixtures there are to fit."""
        chosen = ("n_components", "covariance_type", "n_factors", "factor_model")
        of_family = {name: getattr(self, name) for name in chosen}
        return {**of_family, **restrictions_on_parameters(self)}

    def _keep(
        self,
        solution: Solution,
        family: Family,
        kind: AnyArray,
        n_rows: int,
        weight: float,
        running: Running | None = None,
    ) -> None:
        self._kind = kind
        self._family = family
        self._weight = weight
        self._running = running
        self._fit_settings = self._of_family()
        self.n_samples_fit_ = n_rows
        names = getattr(self, "feature_names_in_", None)
        self.mixture_ = solution.mixture.named(None if names is None else tuple(names))
        self.history_ = solution.traces
        self._best = solution.best
        self.outcome_ = solution.best.outcome
        self.n_iter_ = solution.best.n_iter if running is None else running.n_steps
        self.lower_bound_ = solution.best.lower_bound
        self.lower_bounds_ = list(solution.best.lower_bounds)

    @property
    def kind_of_rows(self) -> AnyArray:
        """An empty array of the library, device and precision in which the rows came."""
        return self._kind

    @property
    def log_posterior_(self) -> float:
        """`lower_bound_` with the prior's log-density per row, up to a constant."""
        return self._best.log_posterior

    def _n_parameters(self) -> int:
        """How many numbers of the mixture are free."""
        return n_parameters(self._family, self.mixture_, self._fit_settings)
