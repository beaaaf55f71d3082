"""What R's mclust selects is selected, or better; and no cell is below what mclust found for it."""

import json
from pathlib import Path

import numpy as np
import pytest

import mixtura as mx

GOLDEN = json.loads(Path(__file__).with_name("mclust.json").read_text())
PUBLISHED = {
    "faithful": ("EEE", 3, 2314.296),
    "iris": ("VEV", 2, 561.7285),
    "diabetes": ("VVV", 3, 4751.316),
}
"""Family, K and BIC in mclust's documentation, K = 1 to 9."""


def rows_of(name):
    rows = np.array(GOLDEN["data"][name], dtype=np.float64)
    return rows.reshape(len(rows), -1)


@pytest.fixture(scope="module", params=GOLDEN["data"])
def fitted(request):
    X = rows_of(request.param)
    return request.param, mx.AutoGaussianMixture(random_state=0).fit(X)


def test_published_selections(fitted):
    name, auto = fitted
    if name not in PUBLISHED:
        pytest.skip("nothing is published")
    family, n_components, bic = PUBLISHED[name]
    assert auto.best_params_ == {"n_components": n_components, "covariance_type": family}
    assert auto.criterion_ < bic + 1e-3
    assert auto.bic(rows_of(name)) == pytest.approx(auto.criterion_, rel=1e-12)


def test_every_cell_is_as_high_as_mclust(fitted):
    """Unless mclust's is held by fewer rows than are asked for."""
    name, auto = fitted
    cells = auto.table_.set_index(["covariance_type", "n_components"])
    compared = 0
    for fit in GOLDEN["fits"]:
        counts = np.array(fit["weights"]) * len(rows_of(name))
        if fit["data"] != name or counts.min() < 2 * (rows_of(name).shape[1] + 1):
            continue
        cell = cells.loc[(fit["model"], fit["n_components"])]
        if cell.status == "stopped":
            continue
        assert cell.n_parameters == fit["n_parameters"]
        assert cell.log_likelihood > fit["loglik"] - 1e-3, (fit["model"], fit["n_components"])
        compared += 1
    assert compared
