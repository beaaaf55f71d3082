"""Laws of the sweep: containment, units, weights, and that families do not hurt each other."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mixtura as mx
from mixtura.family.nesting import is_nested
from support.data import data
from support.letters import has_units
from support.strategies import generators, random_mixture

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.RegularizationWarning"),
]


def table(X, n_components=range(1, 4), sample_weight=None, **settings):
    auto = mx.AutoGaussianMixture(
        n_components, **{"effort": "fast", "random_state": 0, "stop_early": False, **settings}
    )
    found = auto.fit(X, sample_weight=sample_weight).table_
    return found.set_index(["covariance_type", "n_components"])


def violations(cells, kinds=("family", "number")):
    """Pairs of fitted cells, one of which contains the other and is lower."""
    fitted = cells[cells.status == "fitted"]
    pairs = [
        (inner, outer)
        for inner, outer in product(fitted.index, fitted.index)
        if ("family" in kinds and inner[1] == outer[1] and is_nested(inner[0], outer[0]))
        or ("number" in kinds and inner[0] == outer[0] and inner[1] < outer[1])
    ]
    assert len(pairs) > 50
    return [
        (inner, outer)
        for inner, outer in pairs
        if fitted.admissible[inner] >= fitted.admissible[outer]
        and fitted.log_likelihood[outer] < fitted.log_likelihood[inner] - 1e-6
    ]


@given(generators, st.sampled_from([0.0, 1e-2, "auto"]))
@settings(max_examples=4)
def test_no_cell_is_below_one_that_it_contains(rng, reg_covar):
    X = random_mixture(rng, "full", 2, 2).sample(100, rng)[0]
    assert violations(table(X, reg_covar=reg_covar)) == []


def test_no_cell_is_below_one_that_it_contains_after_a_search():
    assert violations(table(data("faithful"), effort="normal")) == []


def test_no_family_is_below_one_that_it_contains_where_rows_are_few():
    cells = table(data("iris")[::4], range(1, 9, 2))
    assert not cells.admissible.all()
    # Half of a component may be too little, so that more components may fit less well.
    assert violations(cells, kinds=["family"]) == []


def test_units_change_no_family_that_has_them():
    families = ["EEI", "VEI", "EVI", "diag", "tied", "VEE", "EVV", "full"]
    assert all(map(has_units, families))
    X = data("iris")
    scale, shift = np.array([1e6, 1.0, 1e-3, 8.0]), np.array([1e6, 0, 3, -4])
    plain = table(X, covariance_types=families)
    scaled = table(X * scale + shift, covariance_types=families)
    expected = plain.log_likelihood - len(X) * np.log(scale).sum()
    np.testing.assert_allclose(scaled.log_likelihood[plain.index], expected, atol=2e-3)
    assert plain.index[0] == scaled.index[0]


def test_weights_are_repeated_rows():
    X = data("faithful")
    weights = np.random.default_rng(0).integers(0, 3, len(X))
    weighted = table(X, sample_weight=weights)
    repeated = table(np.repeat(X, weights, axis=0)).loc[weighted.index]
    for column in ("log_likelihood", "bic", "icl"):
        np.testing.assert_allclose(weighted[column], repeated[column], rtol=1e-5)
    assert weighted.admissible.equals(repeated.admissible)


def test_more_families_add_rows_and_lower_none():
    X = data("faithful")
    few = table(X, covariance_types=["EEE", "VVV"])
    many = table(X, covariance_types=["EEE", "VEE", "EEV", "VVV"])
    assert set(few.index) < set(many.index)
    assert (many.log_likelihood[few.index] > few.log_likelihood - 1e-3).all()


def test_the_same_seed_gives_the_same_table():
    X = data("iris")
    first, second = table(X, effort="normal"), table(X, effort="normal")
    assert first.equals(second)
