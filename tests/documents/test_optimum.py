"""What benchmarks of the search judge by."""

import numpy as np
import pytest

import mixtura as mx
from support.paths import ROOT


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def test_the_fixed_point_from_labels_is_mclusts():
    from optimum import fixed_point, reached
    from real import published

    X = published("faithful")
    labels = np.digitize(X[:, 0], [2.6, 4.1])
    mixture = fixed_point(X, labels, 3, "EEE", 0.0)
    assert reached(mixture, X, 0.0) * len(X) == pytest.approx(-1126.3159, abs=1e-3)


def test_a_component_on_few_rows_is_not_admissible():
    from optimum import reached

    X = np.random.default_rng(0).normal(size=(100, 2))
    whole = mx.Mixture([0.5, 0.5], np.zeros((2, 2)), np.tile(np.eye(2), (2, 1, 1)))
    assert reached(whole, X, 1e-3) == pytest.approx(whole.log_prob(X).mean())
    few = mx.Mixture([0.95, 0.05], np.zeros((2, 2)), np.tile(np.eye(2), (2, 1, 1)))
    thin = mx.Mixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2), np.diag([1, 5e-3])])
    assert reached(few, X, 1e-3) == reached(thin, X, 1e-3) == -np.inf


def test_real_data_have_the_shapes_that_are_told():
    from real import LOADERS, rows

    shapes = {"faithful": (272, 2), "iris": (150, 4), "diabetes": (145, 3)}
    shapes |= {"wine": (178, 5), "cancer": (569, 5), "digits": (1797, 10)}
    assert {name: rows(name).shape for name in LOADERS} == shapes
    for name in ("faithful", "iris", "diabetes"):
        np.testing.assert_allclose(rows(name).std(axis=0), 1)


def test_best_known_values_are_only_raised(tmp_path):
    import raise_known
    from known import Cell, Known, known, write

    table = tmp_path / "table.csv"
    low, high = (Cell("faithful", family, 2) for family in ("EEE", "VVI"))
    write({low: Known(-9.0, "a guess"), high: Known(9.0, "a guess")}, table)
    chosen = "--data", "faithful", "--components", "2", "--families", "EEE", "VVI"
    raise_known.main(["hierarchical", *chosen, "--processes", "0", "--table", str(table)])
    after = known(table)
    assert after[low].method == "hierarchical"
    assert after[low].log_likelihood == pytest.approx(-1.453659, abs=1e-6)  # scikit-learn's too
    assert after[high] == Known(9.0, "a guess")
