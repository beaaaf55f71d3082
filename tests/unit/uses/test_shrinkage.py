"""Shrinkage beside scikit-learn's, and units that are the features' own where they have any."""

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

import mixtura as mx
from mixtura.uses.shrinkage import Units, shrinkage_ridge
from support.data import data

ROWS = data("wine")[:40]
ONES = np.ones(len(ROWS))


def test_the_shrunk_covariance_is_ledoits_and_wolfs():
    scaled = Units.of(ROWS, ONES).of_rows(ROWS)
    theirs = LedoitWolf().fit(scaled)
    ridge = shrinkage_ridge(scaled, ONES)
    ours = scaled.T @ scaled / len(scaled) + ridge * np.eye(13)
    np.testing.assert_allclose(theirs.covariance_, ours * (1 - theirs.shrinkage_), atol=1e-12)


def test_weight_two_is_the_row_twice():
    weights = np.random.default_rng(0).integers(1, 4, size=len(ROWS))
    repeated = np.repeat(ROWS, weights, axis=0)
    ours, theirs = Units.of(ROWS, weights * 1.0), Units.of(repeated, np.ones(len(repeated)))
    np.testing.assert_allclose(ours.unit, theirs.unit)
    ridges = (
        shrinkage_ridge(ours.of_rows(ROWS), weights * 1.0),
        shrinkage_ridge(theirs.of_rows(repeated), np.ones(len(repeated))),
    )
    assert ridges[0] == pytest.approx(ridges[1])


def test_a_feature_of_mostly_one_value_may_have_the_unit_of_the_others():
    rows = ROWS.copy()
    rows[:, 0], rows[:, 1] = 7, np.where(np.arange(40) == 3, 1e-9, 0)
    own = Units.of(rows, ONES)
    shared = own.shared(rows, ONES)
    np.testing.assert_allclose(own.unit[1:], rows.std(axis=0)[1:])
    assert own.unit[0] == np.median(rows.std(axis=0)[1:])
    np.testing.assert_allclose(shared.unit[:2], np.median(own.unit[2:]))
    np.testing.assert_allclose(shared.unit[2:], own.unit[2:])
    assert Units.of(ROWS, ONES).shared(ROWS, ONES) is None


def test_a_mixture_in_units_is_the_same_density():
    units = Units.of(ROWS, ONES)
    scaled = units.of_rows(ROWS)
    mixture = mx.GaussianMixture(2, reg_covar=0.0005, random_state=0).fit(scaled).mixture_
    ours = units.of_mixture(mixture).log_prob(ROWS) + units.log_volume
    np.testing.assert_allclose(ours, mixture.log_prob(scaled))
