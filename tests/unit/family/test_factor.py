"""Factor analyzers: scikit-learn's optimum, its parsimonious forms, many features, and none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import FactorAnalysis

import mixtura as mx
from mixtura.covariance import LowRank
from mixtura.errors import CollapsedComponentsError
from mixtura.family import FAMILIES, MODELS
from mixtura.family.principal import directions
from mixtura.moments import FULL, Projected, collect, expect
from mixtura.typing import Block
from support.closeness import assert_close, assert_moments_close
from support.strategies import generators, random_responsibilities

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
by_model = pytest.mark.parametrize("model", MODELS)


def factors(n_factors, model="UUU"):
    return FAMILIES["factor"].with_factors(n_factors, model)


def clusters(n=400, d=8, q=2, seed=0):
    """Two components with factors, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    loadings, means = rng.standard_normal((2, d, q)), 3 * rng.standard_normal((2, d))
    factors = np.einsum("nq,ndq->nd", rng.standard_normal((n, q)), loadings[labels])
    noise = rng.standard_normal((n, d)) * rng.uniform(0.3, 1.5, d)
    return means[labels] + factors + noise, labels


def fitted(rows, n_components=2, **settings):
    settings = {"n_factors": 2, "reg_covar": 0, "random_state": 0} | settings
    return mx.GaussianMixture(n_components, covariance_type="factor", **settings).fit(rows)


@pytest.mark.parametrize("n_factors", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_one_component_is_scikit_learns_factor_analysis(n_factors, seed):
    """From as many factors as the rows have, both find the one optimum that there is."""
    rows, labels = clusters(q=n_factors, seed=seed)
    rows = rows[labels == 0]
    theirs = FactorAnalysis(n_factors, tol=1e-12, max_iter=20_000, svd_method="lapack").fit(rows)
    ours = fitted(rows, 1, n_factors=n_factors, tol=1e-12, max_iter=20_000)
    assert ours.score(rows) == pytest.approx(theirs.score(rows), rel=1e-6)
    assert_close(ours.covariances_[0], theirs.get_covariance(), 0.02)


def test_isotropic_noise_is_probabilistic_principal_components():
    """Tipping and Bishop (1999): the optimum has a closed form."""
    rows, labels = clusters()
    rows = rows[labels == 0]
    d, q = rows.shape[1], 2
    lengths = np.linalg.eigvalsh(np.cov(rows.T, ddof=0))[::-1]
    noise = lengths[q:].mean()
    log_det = np.log(lengths[:q]).sum() + (d - q) * np.log(noise)
    expected = -0.5 * (d * np.log(2 * np.pi) + log_det + d)
    ours = fitted(rows, 1, factor_model="UUC", tol=1e-13, max_iter=5000)
    assert ours.score(rows) == pytest.approx(expected, rel=1e-9)
    assert_close(ours.noise_variances_, np.full((1, d), noise), 1e-4)


@by_model
def test_models_share_what_they_say_and_never_fall(model):
    rows, labels = clusters()
    fit = fitted(rows, factor_model=model, responsibilities_init=labels, tol=0, max_iter=60)
    bounds = np.array(fit.lower_bounds_)
    assert (np.diff(bounds) >= -1e-12 * np.abs(bounds[1:])).all()
    loadings, noise = fit.loadings_, fit.noise_variances_
    assert bool(len(loadings) == 1 or (loadings[0] == loadings[1]).all()) is (model[0] == "C")
    assert bool(len(noise) == 1 or (noise[0] == noise[1]).all()) is (model[1] == "C")
    assert bool(np.ptp(noise, axis=1).max() == 0) is (model[2] == "C")
    assert fit.mixture_.storage.shared is (model[:2] == "CC")
    assert np.isfinite(fit.bic(rows))


def test_wider_models_from_narrower_ones_are_likelier():
    rows, labels = clusters()
    scores = {
        model: fitted(
            rows, factor_model=model, responsibilities_init=labels, tol=1e-9, max_iter=3000
        ).score(rows)
        for model in MODELS
    }
    for narrow, wide in [("CCC", "CCU"), ("CCC", "CUC"), ("UCC", "UUC"), ("UUC", "UUU")]:
        assert scores[wide] > scores[narrow]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("CCC", 19 + 1),
        ("CCU", 19 + 10),
        ("CUC", 19 + 3),
        ("CUU", 19 + 30),
        ("UCC", 57 + 1),
        ("UCU", 57 + 10),
        ("UUC", 57 + 3),
        ("UUU", 57 + 30),
    ],
)
def test_numbers_of_parameters_are_mcnicholas_and_murphys(model, expected):
    """Table 1 of their paper, for 3 components, 10 features and 2 factors."""
    assert factors(2, model).n_covariance_parameters(3, 10) == expected


def test_more_loadings_than_a_matrix_has_numbers_are_not_counted():
    assert factors(3).n_covariance_parameters(2, 4) == 2 * 10


@given(generators, st.integers(1, 4), st.integers(2, 6))
def test_the_step_is_likelier_for_the_full_scatters(rng, n_components, d):
    """Projected moments make the same step as if all second moments were known."""
    q = int(rng.integers(1, d))
    rows, shares = rng.standard_normal((50, d)), random_responsibilities(rng, 50, n_components)
    loadings = rng.standard_normal((n_components, d, q))
    before = LowRank(loadings, rng.uniform(0.2, 2, (n_components, d)))
    need = Projected(before.projections(), before)
    full = collect(rows, shares, rows[:n_components], FULL).centred
    projected = collect(rows, shares, rows[:n_components], need).centred
    scatter = full.scatter / full.counts[:, None, None]
    after = factors(q).covariances(projected)
    for k in range(n_components):
        old, new = before.dense()[k], after.dense()[k]
        deviances = [
            np.linalg.slogdet(matrix)[1] + np.trace(np.linalg.solve(matrix, scatter[k]))
            for matrix in (old, new)
        ]
        assert deviances[1] <= deviances[0] + 1e-9 * abs(deviances[0])


@given(generators, st.booleans())
def test_projected_moments_are_those_of_the_full_matrices(rng, pooled):
    rows, shares = rng.standard_normal((30, 5)), random_responsibilities(rng, 30, 3)
    projections = rng.standard_normal((1 if pooled else 3, 2, 5))
    need = Projected(projections, pooled=pooled)
    full = collect(rows, shares, rows[:3], FULL)
    ours = collect(rows, shares, rows[:3], need)
    for other in (lambda m: m, lambda m: m.centred, lambda m: m.regularized(0.3)):
        scatter, kept = other(full).scatter, other(ours).scatter
        both = np.concatenate(
            [np.einsum("kii->ki", scatter)[:, None, :], projections @ scatter], axis=1
        )
        assert_close(kept, both.sum(axis=0) if pooled else both, 1e-10)


def test_moments_of_equal_projections_add():
    rows, _ = clusters()
    mixture = fitted(rows, max_iter=2).mixture_
    needs = [factors(2).need_for(mixture) for _ in range(2)]
    parts = [
        expect(mixture, need, Block(rows[part]))
        for need, part in zip(needs, (slice(None, 99), slice(99, None)), strict=True)
    ]
    whole = expect(mixture, needs[0], Block(rows))
    assert needs[0] is not needs[1]
    assert_moments_close(parts[0] + parts[1], whole, 1e-12)
    other = Projected(2 * needs[0].projections, needs[0].source)
    with pytest.raises(ValueError, match="do not add"):
        parts[0] + expect(mixture, other, Block(rows))


def test_random_directions_find_the_axes():
    """In 200 features, of which few directions are looked at, a start finds the factors."""
    rng = np.random.default_rng(0)
    loadings = rng.standard_normal((200, 3))
    rows = rng.standard_normal((600, 3)) @ loadings.T + rng.standard_normal((600, 200))
    assert directions(np.ones((1, 200)), 3).shape == (1, 13, 200)
    start = fitted(rows, 1, n_factors=3, max_iter=1)
    ours = np.linalg.qr(start.loadings_[0])[0]
    theirs = np.linalg.qr(loadings)[0]
    assert np.linalg.svd(ours.T @ theirs)[1].min() > 0.9


def test_more_features_than_rows():
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    loadings = rng.standard_normal((3, 500, 2))
    means = rng.standard_normal((3, 500))
    factors = np.einsum("nq,ndq->nd", rng.standard_normal((120, 2)), loadings[labels])
    rows = means[labels] + factors + rng.standard_normal((120, 500))
    fit = fitted(rows, 3, reg_covar=1e-6)
    assert fit.converged_
    assert np.isfinite(fit.score_samples(rows)).all()
    found = fit.predict(rows)
    assert all(len(set(found[labels == k])) == 1 for k in range(3))


@pytest.mark.parametrize("n_factors", [3, 9])
def test_too_many_factors_are_refused(n_factors):
    with pytest.raises(ValueError, match=r"less than the number of features, .* 3 features"):
        fitted(np.random.default_rng(0).standard_normal((30, 3)), n_factors=n_factors)


def test_one_feature_has_no_factor_but_by_mistake():
    rows = np.random.default_rng(0).standard_normal((30, 1))
    assert fitted(rows, 1, n_factors=None).loadings_.shape == (1, 1, 0)
    with pytest.raises(ValueError, match="is 1 feature"):
        fitted(rows, 1, n_factors=1)


def test_a_feature_without_noise_is_no_collapse():
    """Heywood's case: one feature is a factor; its noise stops at a floor."""
    rng = np.random.default_rng(0)
    factor = rng.standard_normal((300, 1))
    rows = np.hstack([factor, factor + rng.standard_normal((300, 4))])
    fit = fitted(rows, 1, n_factors=1, max_iter=2000, tol=1e-9)
    assert np.isfinite(fit.score_samples(rows)).all()
    assert 0 < fit.noise_variances_[0, 0] < 0.02
    with pytest.warns(mx.RegularizationWarning):
        bounded = fitted(rows, 1, n_factors=1, max_iter=2000, reg_covar=0.01)
    assert bounded.noise_variances_.min() >= 0.01


@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@by_model
def test_components_without_noise_are_repaired_or_refused(model):
    """Thirty rows in a plane, within eight dimensions, and many others around."""
    rng = np.random.default_rng(0)
    plane = 20 + rng.standard_normal((30, 2)) @ rng.standard_normal((2, 8))
    rows = np.concatenate([rng.standard_normal((100, 8)), plane])
    labels = np.repeat([0, 1], [100, 30])
    settings = {"responsibilities_init": labels, "max_iter": 200, "tol": 0}
    try:
        fit = fitted(rows, factor_model=model, **settings)
    except mx.DegenerateFitError:
        return
    assert bool(fit.history_[0].repairs) is (model[1] == "U")
    assert np.isfinite(fit.lower_bounds_).all()
    assert np.isfinite(fit.score_samples(rows)).all()
    assert (fit.noise_variances_ > 0).all()


def test_rows_that_are_all_alike_collapse():
    rows = np.full((20, 4), 0.1)
    with pytest.raises(mx.DegenerateFitError):
        fitted(rows, 1)
    moments = collect(rows, np.ones((20, 1)), rows[:1], Projected(np.ones((1, 1, 4))))
    with pytest.raises(CollapsedComponentsError):
        factors(1).maximize(moments)


def test_loadings_belong_to_factor_analyzers_alone():
    rows, _ = clusters()
    fit = fitted(rows, max_iter=5)
    rebuilt = fit.loadings_ @ np.swapaxes(fit.loadings_, 1, 2)
    rebuilt += fit.noise_variances_[:, :, None] * np.eye(8)
    assert_close(fit.covariances_, rebuilt, 1e-12)
    gram = np.swapaxes(fit.loadings_, 1, 2) / fit.noise_variances_[:, None, :] @ fit.loadings_
    off = gram - np.eye(2) * gram
    assert np.abs(off).max() < 1e-9 * gram.max()
    assert not hasattr(mx.GaussianMixture(2).fit(rows), "loadings_")


def test_mixtures_are_made_from_factors():
    mixture = mx.Mixture.from_factors([1], [[0, 0]], [[[1], [2]]], [[1, 1]])
    assert mixture.covariance_type == "factor"
    assert mixture.covariances.tolist() == [[[2, 2], [2, 5]]]
    for loadings, noise, sentence in [
        ([[[1], [2]]], [[1, 0]], "must be positive"),
        ([[[1], [2]]], [[1]], "must have shapes"),
        ([[1, 2]], [[1, 1]], "3 dimensions"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            mx.Mixture.from_factors([1], [[0, 0]], loadings, noise)


def test_narrow_noise_costs_no_digits():
    """Woodbury's difference would lose eight digits here."""
    rng = np.random.default_rng(0)
    loadings, noise = rng.standard_normal((1, 6, 2)), np.full((1, 6), 1e-8)
    storage = LowRank(loadings, noise)
    factors, errors = rng.standard_normal((20, 2)), 1e-4 * rng.standard_normal((20, 6))
    rows = factors @ loadings[0].T + errors
    distances = storage.squared_distances(rows, np.zeros((1, 6)))[:, 0]
    z = np.linalg.lstsq(
        np.vstack([loadings[0] / 1e-4, np.eye(2)]), np.vstack([rows.T / 1e-4, np.zeros((2, 20))])
    )[0]
    expected = ((rows.T - loadings[0] @ z) ** 2).sum(axis=0) / 1e-8 + (z**2).sum(axis=0)
    np.testing.assert_allclose(distances, expected, rtol=1e-10)
