"""Mixtures that benchmarks draw overlap as asked, and are of the family that is told."""

import numpy as np
import pytest

import mixtura as mx
from support.paths import ROOT


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


@pytest.mark.parametrize(("K", "d", "overlap"), [(4, 2, 0.05), (3, 5, 0.1), (6, 12, 0.02)])
def test_the_mean_overlap_is_as_asked(K, d, overlap):
    from mixsim import elongated, overlaps

    found = overlaps(mx.overlap_matrix(elongated(K, d, overlap, seed=1)))
    assert found.mean() == pytest.approx(overlap, abs=1e-5)


def test_the_largest_overlap_is_as_asked():
    from mixsim import elongated, overlaps

    mixture = elongated(5, 3, 0.15, seed=2, summary=np.max)
    assert overlaps(mx.overlap_matrix(mixture)).max() == pytest.approx(0.15, abs=1e-5)


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
