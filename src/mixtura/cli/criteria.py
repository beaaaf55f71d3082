"""Scores of a model on a table."""

import math
from typing import Any

import numpy as np

from mixtura.distribution import Mixture, as_mixture
from mixtura.errors import DataFileError
from mixtura.estimators.checks import check_sample_weight
from mixtura.estimators.queries import MixtureQueries
from mixtura.typing import AnyArray, HostN


def criteria(model: Mixture | Any, rows: AnyArray, sample_weight: HostN | None) -> dict[str, float]:
    """Log-likelihood in all and per row; of an estimator also BIC, AIC and ICL."""
    densities = as_mixture(model).log_prob(rows)
    checked = check_sample_weight(sample_weight, densities)
    told = ~np.isnan(np.asarray(rows)).all(axis=1)  # as in estimators: without entries, no say
    weights = told * (1.0 if checked is None else checked)
    if not weights.any():
        raise DataFileError("No row that counts has an entry, so that there is nothing to score.")
    if not np.isfinite(densities).all():
        row = int(np.argmin(np.isfinite(densities)))
        raise DataFileError(f"Row {row} has density 0 under the model: it lies too far out.")
    per_row = float(np.average(densities, weights=weights))
    scores = {
        "n_rows": int(told.sum()),
        "log_likelihood": math.fsum(weights * densities),
        "log_likelihood_per_row": per_row,
    }
    if isinstance(model, MixtureQueries):
        scores |= {
            "bic": model.bic(rows, sample_weight),
            "aic": model.aic(rows, sample_weight),
            "icl": model.icl(rows, sample_weight),
        }
    return scores
