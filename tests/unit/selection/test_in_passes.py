"""Selection where rows are read anew in each pass."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import in_passes
from mixtura.engine import scanned

TRUE = mx.Mixture(
    [0.3, 0.3, 0.4], [[0, 0], [5, 0], [0, 5]], [1, 2, 0.5], covariance_type="spherical"
)
ROWS, _ = TRUE.sample(6000, 0)


@pytest.fixture(autouse=True)
def _read_in_each_pass(monkeypatch):
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", 0)
    monkeypatch.setattr(in_passes, "LEAST_ROWS", 1000)
    monkeypatch.setattr(in_passes, "ROWS_PER_PARAMETER", 1)


def chosen(rows, weights=None, **settings):
    auto = mx.AutoGaussianMixture(
        (1, 2, 3, 4),
        covariance_types=["EII", "VII", "VVV"],
        effort="fast",
        random_state=0,
        **settings,
    )
    return auto.fit(rows, sample_weight=weights)


@pytest.mark.parametrize("criterion", ["bic", "icl", "cv"])
def test_the_best_cell_is_that_of_rows_in_memory(criterion):
    read = chosen(mx.scan([ROWS[:2500], ROWS[2500:]]), criterion=criterion)
    in_memory = chosen(ROWS, criterion=criterion)
    assert read.best_params_ == {"n_components": 3, "covariance_type": "VII"}
    assert read.best_params_ == in_memory.best_params_
    best = read.table_.iloc[0]
    for name in ("log_likelihood", "bic", "icl", "aic"):
        assert best[name] == pytest.approx(in_memory.table_.iloc[0][name], rel=1e-6)
    assert read.n_samples_fit_ == len(ROWS)


def test_cells_beyond_reach_on_the_sample_are_told():
    table = chosen(mx.scan(ROWS)).table_
    assert len(table) == 12
    beyond = table[table.status == "stopped"]
    assert len(beyond) >= 4
    assert beyond.bic.isna().all()
    assert beyond.reason.str.contains("beyond reach").all()


def test_rows_without_weight_do_not_count():
    weights = np.where(np.arange(len(ROWS)) % 2 == 0, 1.0, 0.0)
    read, others = chosen(mx.scan(ROWS), weights), chosen(ROWS[::2])
    assert read.best_params_ == others.best_params_
    assert read.table_.bic[0] == pytest.approx(others.table_.bic[0], rel=1e-6)
