"""Mixtures that benchmarks draw overlap as asked, and are of the family that is told."""

import numpy as np
import pytest
from scipy.stats import norm

import mixtura as mx
from support.paths import ROOT


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def omega(weights, means, covariances):
    from mixsim import Pairs

    return Pairs.of(mx.Mixture(*map(np.asarray, (weights, means, covariances)))).omega()


def by_chance(mixture, n):
    """The same probabilities among rows that are drawn."""
    rng, K = np.random.default_rng(0), mixture.n_components
    shares = np.zeros((K, K))
    for i in range(K):
        X, _ = mixture.component(i).sample(n, rng)
        log = [mixture.component(j).log_prob(X) + np.log(mixture.weights[j]) for j in range(K)]
        shares[i] = (np.array(log) > log[i]).mean(axis=1)
    return shares


@pytest.mark.parametrize("delta", [0.2, 1.0, 3.0, 6.0])
def test_equal_balls_overlap_by_half_their_distance(delta):
    found = omega([0.5, 0.5], [[0.0, 0, 0], [0, 0, delta]], np.tile(np.eye(3), (2, 1, 1)))
    np.testing.assert_allclose(found, norm.cdf(-delta / 2) * (1 - np.eye(2)), atol=1e-6)


def test_the_rarer_of_two_equal_components_is_missed_more_often():
    found = omega([0.2, 0.8], [[0.0, 0], [0, 2]], np.tile(np.eye(2), (2, 1, 1)))
    expected = norm.cdf([-1 + np.log(4) / 2, -1 - np.log(4) / 2])
    np.testing.assert_allclose([found[0, 1], found[1, 0]], expected, atol=1e-6)


def test_a_narrow_component_inside_a_wide_one():
    found = omega([0.5, 0.5], np.zeros((2, 1)), [[[1.0]], [[4.0]]])
    edge = np.sqrt(8 / 3 * np.log(2))  # where N(0, 1) and N(0, 4) are equal
    expected = [2 * norm.cdf(-edge), 1 - 2 * norm.cdf(-edge / 2)]
    np.testing.assert_allclose([found[0, 1], found[1, 0]], expected, atol=1e-4)


@pytest.mark.parametrize(("K", "d", "overlap"), [(4, 2, 0.05), (3, 5, 0.1), (6, 12, 0.02)])
def test_the_mean_overlap_is_as_asked(K, d, overlap):
    from mixsim import Pairs, elongated, overlaps

    mixture = elongated(K, d, overlap, seed=1)
    assert overlaps(Pairs.of(mixture).omega()).mean() == pytest.approx(overlap, abs=1e-5)
    n = 20_000
    shares = by_chance(mixture, n)
    deviation = np.sqrt(shares * (1 - shares) / n) + 1 / n
    assert (np.abs(shares - Pairs.of(mixture).omega()) < 5 * deviation).all()


def test_the_largest_overlap_is_as_asked():
    from mixsim import Pairs, elongated, overlaps

    mixture = elongated(5, 3, 0.15, seed=2, summary=np.max)
    assert overlaps(Pairs.of(mixture).omega()).max() == pytest.approx(0.15, abs=1e-5)


def test_units_do_not_change_overlaps():
    from mixsim import Pairs, elongated

    mixture, units = elongated(4, 3, 0.05, seed=0), np.array([1e3, 1, 1e-3])
    covariances = mixture.covariances * units[:, None] * units
    other = omega(mixture.weights, mixture.means * units, covariances)
    np.testing.assert_allclose(other, Pairs.of(mixture).omega(), atol=1e-7)


def test_shapes_that_cannot_overlap_are_refused():
    from mixsim import scaled_to

    apart = mx.Mixture([0.5, 0.5], np.eye(2), [np.diag([1, 1e-6]), np.diag([1e-6, 1])])
    with pytest.raises(ValueError, match="never overlap so much"):
        scaled_to(apart, 0.9)


@pytest.mark.parametrize("family", ["EII", "VEI", "EVI", "EEE", "VVE", "EEV", "VVV"])
def test_covariances_are_of_the_family(family):
    from family_sets import covariances

    each = covariances(family, 3, 4, np.random.default_rng(0))
    each = np.broadcast_to(each, (3, 4, 4))
    volumes = np.linalg.det(each) ** (1 / 4)
    shapes = np.linalg.eigvalsh(each) / volumes[:, None]
    products = each[0] @ each[1] - each[1] @ each[0]  # nil where axes are common
    assert np.allclose(volumes, volumes[0]) == (family[0] == "E")
    assert np.allclose(shapes, shapes[0]) == (family[1] != "V")
    assert np.allclose(products, 0) == (family[2] != "V")
    assert np.allclose(each, each * np.eye(4)) == (family[2] == "I")


def test_the_family_of_a_drawn_set_can_be_told():
    from family_sets import FamilySet, can_be_told, drawn

    made = drawn(1)
    assert made.family == "EEI"
    assert can_be_told(made)
    assert not can_be_told(FamilySet("EII", made.K, made.X, made.labels))
