"""Restricted M-steps are maxima of what they maximize, and EM with them never lowers it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import mixtura as mx
from mixtura.family import FAMILIES, Conjugate, Restricted, has_prior, is_boundable
from mixtura.moments import collect
from support.closeness import assert_mixtures_close
from support.letters import AFFINE, LETTERS, in_layout, parts_of, turned
from support.strategies import (
    families,
    generators,
    random_matrix,
    random_mixture,
    random_responsibilities,
    sample_weights,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning"),
]
BOUNDED = st.sampled_from(["full", "diag", "spherical"])
CONJUGATE = st.sampled_from([name for name, family in FAMILIES.items() if has_prior(family)])
SCALE_FREE = [
    {"reg_covar": "auto"},
    {"prior": "default", "reg_covar": 0},
    {"prior": "default", "reg_covar": "auto"},
]
priors = st.builds(
    mx.Prior,
    shrinkage=st.sampled_from([0.0, 0.01, 5.0]),
    dof=st.sampled_from([None, 12.0]),
    weight_count=st.sampled_from([0.0, 3.0]),
)


def restrictions(data, family, n_components, rows):
    """Some of what can be asked for together."""
    chosen = {}
    if has_prior(FAMILIES[family]):
        chosen["prior"] = data.draw(st.one_of(st.none(), priors))
    if is_boundable(FAMILIES[family]):
        chosen["max_eigenvalue_ratio"] = data.draw(st.sampled_from([None, 1.0, 3.0, 1e3]))
    held = data.draw(st.sampled_from(["", "equal", "weights", "means"]))
    if held == "equal":
        chosen["equal_weights"] = True
    elif held == "weights":
        shares = np.arange(1.0, n_components + 1)
        chosen |= {"fixed": "weights", "weights_init": shares / shares.sum()}
    elif held == "means":
        chosen |= {"fixed": "means", "means_init": rows[:n_components]}
    return chosen


@given(families, generators, st.integers(1, 4), st.integers(1, 4), st.data())
def test_the_objective_never_falls(family, rng, n_components, n_features, data):
    rows, _ = random_mixture(rng, "full", 3, n_features, spread=2).sample(80, rng)
    estimator = mx.GaussianMixture(
        n_components,
        covariance_type=family,
        init_params=data.draw(st.sampled_from(["kmeans", "random"])),
        tol=0,
        reg_covar=0,
        max_iter=25,
        random_state=0,
        accelerate=data.draw(st.booleans()),
        **restrictions(data, family, n_components, rows),
    )
    weights = data.draw(sample_weights(len(rows)))
    try:
        estimator.fit(rows, sample_weight=weights)
    except mx.DegenerateFitError:
        assume(False)
    trace = estimator.history_[0]
    assume(not trace.repairs)
    objectives = np.array(trace.log_posteriors or trace.lower_bounds)
    assert len(objectives) == 25
    assert (np.diff(objectives) >= -1e-11 * np.maximum(1, np.abs(objectives[1:]))).all()


def expected_log_posterior(m_step, mixture, rows, responsibilities):
    storage = mixture.storage
    distances = storage.squared_distances(rows, mixture.means)
    log_joint = np.log(mixture.weights) - (storage.log_det() + distances) / 2
    return np.sum(responsibilities * log_joint) + m_step.log_prior(mixture)


@given(CONJUGATE, generators, st.integers(1, 3), st.integers(1, 3), priors, st.data())
def test_no_perturbation_within_the_family_is_more_probable(family, rng, k, d, prior, data):
    rows, _ = random_mixture(rng, "full", 3, d).sample(40, rng)
    responsibilities = random_responsibilities(rng, len(rows), k)
    listed = FAMILIES[family]
    scale = random_matrix(rng, d, 5.0)
    m_step = Restricted(listed, Conjugate.of(prior, listed, k, rng.standard_normal(d), scale))
    best = m_step.maximize(collect(rows, responsibilities, rows[:k], listed.need))
    size = data.draw(st.sampled_from([1e-3, 1e-2]))

    def objective(weights, means, covariances):
        other = mx.Mixture(weights, means, covariances, covariance_type=best.covariance_type)
        return expected_log_posterior(m_step, other, rows, responsibilities)

    maximum = objective(best.weights, best.means, best.covariances)
    weights = best.weights * np.exp(size * rng.standard_normal(k))
    means = best.means + size * rng.standard_normal(best.means.shape)
    dense = np.broadcast_to(best.storage.dense(), (k, d, d))
    other = turned(rng, family, parts_of(family, dense), size).dense()
    other = in_layout(other, best.covariance_type)
    assert objective(best.weights, best.means, other) <= maximum + 1e-11 * abs(maximum)
    assert objective(best.weights, means, best.covariances) < maximum
    if k > 1:
        assert objective(weights / weights.sum(), best.means, best.covariances) < maximum


@given(BOUNDED, generators, st.integers(1, 3), st.integers(1, 3), st.data())
def test_no_perturbation_within_the_bound_is_likelier(family, rng, k, d, data):
    """Perturbed covariances that keep to the bound are never likelier than the truncated ones."""
    ratio = data.draw(st.sampled_from([1.0, 2.0, 50.0]))
    rows, _ = random_mixture(rng, "full", 3, d, condition=1e3).sample(40, rng)
    responsibilities = random_responsibilities(rng, len(rows), k, concentration=0.3)
    listed = FAMILIES[family]
    m_step = Restricted(listed, max_eigenvalue_ratio=ratio)
    best = m_step.maximize(collect(rows, responsibilities, rows[:k], listed.need))
    values, axes = np.linalg.eigh(best.storage.dense())
    assert values.max() <= ratio * values.min() * (1 + 1e-9)

    maximum = expected_log_posterior(m_step, best, rows, responsibilities)
    size = data.draw(st.sampled_from([1e-3, 0.1]))
    scaled = values * np.exp(size * rng.standard_normal(values.shape))
    lowest = values.min() * np.exp(size * rng.standard_normal())
    scaled = np.clip(scaled, lowest, ratio * lowest)
    if family == "full":
        turns = np.linalg.qr(np.eye(d) + size * rng.standard_normal((k, d, d)))[0]
        axes = turns @ axes
        covariances = (axes * scaled[:, None]) @ axes.swapaxes(1, 2)
    else:
        covariances = scaled if family == "diag" else scaled[:, 0]
    other = mx.Mixture(best.weights, best.means, covariances, covariance_type=family)
    others = expected_log_posterior(m_step, other, rows, responsibilities)
    assert others <= maximum + 1e-9 * abs(maximum)


@given(families, generators, st.integers(1, 3), st.integers(1, 3), st.data())
def test_units_do_not_matter(family, rng, k, d, data):
    """Rows in other units give the fit in those: each feature's own unit, or one for all."""
    truth = random_mixture(rng, "full", 2, d)
    rows, _ = truth.sample(60, rng)
    factors = 10.0 ** rng.integers(-3, 4, d)
    letters = LETTERS.get(family, "VVI")  # factors, too, take any units
    if not (letters in AFFINE or letters[1] != "I" == letters[2]):
        factors = factors[:1]
    choices = SCALE_FREE if has_prior(FAMILIES[family]) else [{"reg_covar": "auto"}]
    settings = dict(data.draw(st.sampled_from(choices)))
    settings |= {"responsibilities_init": np.arange(60) % k, "covariance_type": family}
    one, other = (
        mx.GaussianMixture(k, tol=0, max_iter=8, **settings).fit(each)
        for each in (rows, rows * factors)
    )
    layout = one.mixture_.covariance_type
    dense = one.mixture_.storage.dense() * factors[:, None] * factors
    covariances = in_layout(dense, layout)
    expected = mx.Mixture(one.weights_, one.means_ * factors, covariances, covariance_type=layout)
    assert_mixtures_close(other.mixture_, expected, 1e-7)
