"""To scikit-learn and back, nothing changes."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.mixture import BayesianGaussianMixture
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture

import mixtura as mx
from mixtura.covariance import LAYOUTS
from mixtura.family import FAMILIES

FITTED = ["weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"]


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(60, 3)), rng.normal(5, 2, size=(40, 3))])


@pytest.mark.parametrize("family", FAMILIES)
def test_an_estimator_goes_there_and_back(rows, family):
    ours = mx.GaussianMixture(2, covariance_type=family, tol=1e-4, random_state=0).fit(rows)
    theirs = mx.to_sklearn(ours)
    assert type(theirs) is ScikitLearnGaussianMixture
    back = mx.from_sklearn(theirs)
    assert theirs.tol == back.tol == 1e-4
    alike = ours.covariance_type == theirs.covariance_type
    for name in FITTED if alike else FITTED[:2]:
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name))
        np.testing.assert_allclose(getattr(back, name), getattr(ours, name))
    np.testing.assert_allclose(theirs.score_samples(rows), ours.score_samples(rows))
    np.testing.assert_array_equal(theirs.predict(rows), ours.predict(rows))
    if alike:  # of other families, scikit-learn counts more free numbers than there are
        assert theirs.bic(rows) == pytest.approx(ours.bic(rows))
    for name in ("n_iter_", "converged_", "lower_bound_", "lower_bounds_"):
        assert getattr(theirs, name) == getattr(ours, name) == getattr(back, name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_storage_goes_there(layout):
    shape = LAYOUTS[layout].shape(2, 2)
    covariances = np.full(shape, 0.3) + (
        np.eye(2) if shape[-2:] == (2, 2) and "diag" not in layout else 1
    )
    mixture = mx.Mixture(
        [0.2, 0.8], [[0, 0], [3, 3]], covariances, covariance_type=layout, feature_names="ab"
    )
    theirs = mx.to_sklearn(mixture)
    X, _ = mixture.sample(50, rng=0)
    del theirs.feature_names_in_
    np.testing.assert_allclose(theirs.score_samples(X), mixture.log_prob(X))


def test_a_bayesian_mixture_is_taken_at_its_means(rows):
    theirs = BayesianGaussianMixture(n_components=2, random_state=0).fit(rows)
    ours = mx.from_sklearn(theirs)
    np.testing.assert_allclose(ours.means_, theirs.means_)
    np.testing.assert_array_equal(ours.predict(rows), theirs.predict(rows))


def test_others_are_refused():
    with pytest.raises(NotFittedError):
        mx.from_sklearn(ScikitLearnGaussianMixture())
    with pytest.raises(TypeError, match="Expected a Mixture or a fitted estimator"):
        mx.to_sklearn(mx.GaussianMixture())
