"""The conjugate prior: the modes that Fraley and Raftery (2007) give, and its density by SciPy."""

import numpy as np
import pytest
from scipy.stats import invgamma, invwishart, multivariate_normal, norm

import mixtura as mx
from mixtura.family import FAMILIES, Conjugate, Prior, Restricted, has_prior
from mixtura.moments import believed, collect
from support.closeness import assert_close
from support.letters import LETTERS
from support.strategies import random_matrix, random_mixture, random_responsibilities

K, D, N = 3, 4, 120
NU, KAPPA = 7.5, 0.3
SCALE = random_matrix(np.random.default_rng(5), D, 5.0)
MEAN = np.array([1.0, -2, 0.5, 3])
PRIOR = Prior(shrinkage=KAPPA, dof=NU, weight_count=2.5)

CONJUGATE = [name for name, family in FAMILIES.items() if has_prior(family)]
by_family = pytest.mark.parametrize("name", CONJUGATE)


def problem(seed=0, d=D):
    rng = np.random.default_rng(seed)
    rows = random_mixture(rng, "full", K, d).sample(N, rng)[0]
    return rows, random_responsibilities(rng, N, K)


def mode(name, rows, responsibilities, prior=PRIOR, mean=MEAN, scale=SCALE):
    family = FAMILIES[name]
    moments = collect(rows, responsibilities, rows[: responsibilities.shape[1]], family.need)
    conjugate = Conjugate.of(prior, family, responsibilities.shape[1], mean, scale)
    return Restricted(family, conjugate).maximize(moments)


def sums(rows, responsibilities):
    """n_k, the means, and W_k + kappa n_k / (kappa + n_k) (m_k - mu_P)(m_k - mu_P)^T."""
    counts = responsibilities.sum(axis=0)
    means = responsibilities.T @ rows / counts[:, None]
    away = rows[None] - means[:, None]
    within = np.einsum("nk,kni,knj->kij", responsibilities, away, away)
    away = means - MEAN
    pull = (KAPPA * counts / (KAPPA + counts))[:, None, None] * (away[:, :, None] * away[:, None])
    return counts, means, within + pull


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical", "EEI", "EII"])
def test_the_modes_of_fraley_and_raftery(name):
    """Their formulas for VVV, EEE, VVI, VII, EEI and EII, as in their tables."""
    rows, responsibilities = problem()
    counts, means, scatter = sums(rows, responsibilities)
    mixture = mode(name, rows, responsibilities)
    weights = (counts + 2.5) / (N + 2.5 * K)
    shrunk = (counts[:, None] * means + KAPPA * MEAN) / (counts + KAPPA)[:, None]
    expected = {
        "full": (SCALE + scatter) / (NU + counts + D + 2)[:, None, None],
        "tied": (SCALE + scatter.sum(axis=0)) / (NU + N + D + K + 1),
        "diag": np.einsum("kii->ki", SCALE + scatter) / (NU + counts + 3)[:, None],
        "spherical": (np.trace(SCALE) / D + np.einsum("kii->k", scatter))
        / (NU + (counts + 1) * D + 2),
        "EEI": np.diag(SCALE + scatter.sum(axis=0))[None] / (NU + N + K + 2),
        "EII": np.atleast_1d(np.trace(SCALE) / D + np.trace(scatter.sum(axis=0)))
        / (NU + (N + K) * D + 2),
    }[name]
    assert_close(mixture.weights, weights, 1e-14)
    assert_close(mixture.means, shrunk, 1e-12)
    assert_close(mixture.covariances, expected, 1e-12)


@by_family
def test_without_shrinkage_the_means_are_free(name):
    rows, responsibilities = problem()
    counts, means, _ = sums(rows, responsibilities)
    free = mode(name, rows, responsibilities, Prior(shrinkage=0, dof=NU))
    assert_close(free.means, means, 1e-12)
    if name == "full":
        within = np.stack([np.cov(rows.T, aweights=r, ddof=0) for r in responsibilities.T])
        expected = SCALE + counts[:, None, None] * within
        assert_close(free.covariances, expected / (NU + counts + D + 1)[:, None, None], 1e-12)


def density(name, mixture, conjugate_scale):
    """The prior's log-density by SciPy, all constants included."""
    dense = np.broadcast_to(mixture.storage.dense(), (K, D, D))
    total = 2.5 * np.log(mixture.weights).sum()
    total += sum(
        multivariate_normal(MEAN, matrix / KAPPA).logpdf(mean)
        for mean, matrix in zip(mixture.means, dense, strict=True)
    )
    letters = LETTERS[name]
    if letters[2] != "I":
        own = dense[:1] if letters == "EEE" else dense
        return total + sum(invwishart(NU, conjugate_scale).logpdf(matrix) for matrix in own)
    if letters[1] != "I":
        halves = np.diag(conjugate_scale) / 2
        return total + invgamma(NU / 2, scale=halves).logpdf(mixture.covariances).sum()
    half = np.trace(conjugate_scale) / D / 2
    return total + invgamma(NU / 2, scale=half).logpdf(mixture.covariances).sum()


@by_family
def test_a_mixture_is_the_mode_of_what_it_believes_without_the_prior(name):
    family, mixture = FAMILIES[name], random_mixture(np.random.default_rng(1), name, K, D)
    conjugate = Conjugate.of(PRIOR, family, K, MEAN, SCALE)
    moments = conjugate.without(believed(mixture, family.need_to_keep(), 500.0, -1.0))
    again = Restricted(family, conjugate).maximize(moments, mixture)
    assert moments.counts.sum() == pytest.approx(500)
    assert_close(again.weights, mixture.weights, 1e-12)
    assert_close(again.means, mixture.means, 1e-12)
    assert_close(again.storage.dense(), mixture.storage.dense(), 1e-5)


@by_family
def test_its_density_is_that_of_the_distributions(name):
    conjugate = Conjugate.of(PRIOR, FAMILIES[name], K, MEAN, SCALE)
    ours, theirs = [], []
    for seed in range(4):
        mixture = random_mixture(np.random.default_rng(seed), name, K, D)
        ours.append(conjugate.log_density(mixture))
        theirs.append(density(name, mixture, SCALE))
    assert np.diff(ours) == pytest.approx(np.diff(theirs), rel=1e-10)


@by_family
def test_in_one_dimension_families_agree(name):
    """(s + S) / (nu + n_k + 3) where each has its own; the normal and inverse gamma by hand."""
    rows, responsibilities = problem(d=1)
    mixture = mode(name, rows, responsibilities, mean=np.zeros(1), scale=np.array([[2.0]]))
    is_private = LETTERS[name][0] == "V"
    alike = mode(
        "full" if is_private else "tied",
        rows,
        responsibilities,
        mean=np.zeros(1),
        scale=np.array([[2.0]]),
    )
    dense = np.broadcast_arrays(mixture.storage.dense(), alike.storage.dense())
    assert_close(*dense, 1e-12)
    m, v, r = mixture.means[0, 0], mixture.storage.variances()[0, 0], responsibilities[:, 0]
    if is_private:

        def objective(mean, variance):
            of_rows = r @ norm(mean, np.sqrt(variance)).logpdf(rows[:, 0])
            of_mean = norm(0, np.sqrt(variance / KAPPA)).logpdf(mean)
            return of_rows + of_mean + invgamma(NU / 2, scale=1.0).logpdf(variance)

        best = objective(m, v)
        for step in (1e-3, -1e-3):
            assert objective(m + step, v) < best
            assert objective(m, v * (1 + step)) < best


def test_components_of_one_row_do_not_collapse():
    rows = np.array([[0.0, 0], [5, 5], [5, 5], [9, 0]])
    fit = mx.GaussianMixture(
        3, prior="default", reg_covar=0, responsibilities_init=[0, 1, 1, 2]
    ).fit(rows)
    assert not fit.history_[0].repairs
    assert np.linalg.eigvalsh(fit.covariances_).min() > 0.1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"shrinkage": -1}, "shrinkage must be finite and not negative"),
        ({"shrinkage": np.nan}, "shrinkage must be finite"),
        ({"shrinkage": 10**400}, "shrinkage must be finite"),
        ({"weight_count": -1}, "weight_count must be finite and not negative"),
        ({"dof": 0}, "dof must be finite and positive"),
        ({"dof": 10**400}, "dof must be finite and positive"),
        ({"mean": [1, 2, 3]}, "mean must be 2 finite numbers"),
        ({"mean": [1, np.nan]}, "mean must be 2 finite numbers"),
        ({"scale": [1, 2, 3]}, "scale must be a number, or have shape"),
        ({"scale": [[1, 0.5], [0, 1]]}, "scale must be finite and symmetric"),
        ({"scale": [[1, 2], [2, 1]]}, "scale must be positive definite"),
        ({"scale": 0}, "scale must be positive definite"),
    ],
)
def test_what_makes_no_prior(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.GaussianMixture(prior=mx.Prior(**settings)).fit(np.arange(8.0).reshape(4, 2) ** 2)


@by_family
def test_what_is_given_is_what_the_rows_would_give(name):
    """The defaults: kappa 0.01, nu = d + 2, the mean and covariance / K^(2 / d) of the rows."""
    rows, _ = problem()
    explicit = mx.Prior(rows.mean(axis=0), 0.01, D + 2, np.cov(rows.T) / K ** (2 / D))
    one, other = (
        mx.GaussianMixture(K, covariance_type=name, prior=prior, random_state=0).fit(rows)
        for prior in ("default", explicit)
    )
    assert_close(one.covariances_, other.covariances_, 1e-10)
    assert one.log_posterior_ == pytest.approx(other.log_posterior_, rel=1e-12)


def test_weights_are_rows_to_the_defaults():
    rows, _ = problem()
    twice = mx.GaussianMixture(K, prior="default", random_state=0, init_params="random_from_data")
    labels = np.arange(N) % K
    settings = {"prior": "default", "responsibilities_init": labels}
    weighted = mx.GaussianMixture(K, **settings).fit(rows, sample_weight=np.full(N, 2.0))
    settings["responsibilities_init"] = np.repeat(labels, 2)
    repeated = mx.GaussianMixture(K, **settings).fit(np.repeat(rows, 2, axis=0))
    assert_close(weighted.covariances_, repeated.covariances_, 1e-10)
    with pytest.raises(ValueError, match="The weights sum to 1"):
        twice.fit(rows, sample_weight=np.full(N, 1 / N))


def test_the_posterior_is_told_beside_the_likelihood(tmp_path):
    rows, _ = problem()
    fit = mx.GaussianMixture(K, prior="default", random_state=0).fit(rows)
    trace = fit.history_[0]
    assert trace.log_posteriors[-1] == fit.log_posterior_ != fit.lower_bound_
    assert len(trace.log_posteriors) == fit.n_iter_
    free = mx.GaussianMixture(K, random_state=0).fit(rows)
    assert free.history_[0].log_posteriors == ()
    assert free.log_posterior_ == free.lower_bound_

    mx.save(fit, tmp_path / "m.json")
    back = mx.load(tmp_path / "m.json")
    assert back.history_ == fit.history_
    assert back.prior == "default"
    mx.save(fit.set_params(prior=mx.Prior(scale=2, dof=9)).fit(rows), tmp_path / "m.json")
    back = mx.load(tmp_path / "m.json")
    assert back.prior.record() == fit.prior.record()
    assert back.fit(rows).log_posterior_ == fit.log_posterior_


def test_scales_of_any_units_are_kept_to_their_digits():
    """Features whose variances differ by 1e24, and one that does not vary."""
    factors = np.array([1e-6, 1, 1e6, 0])
    scale = SCALE * np.outer(factors, factors)
    vectors = Conjugate.of(Prior(), FAMILIES["full"], K, MEAN, scale).vectors
    units = np.outer(factors, factors) + (factors == 0) + (factors[:, None] == 0)
    assert_close(vectors.T @ vectors / units, scale / units, 1e-13)
    settings = {"scale": SCALE * np.outer(factors + 1e-9, factors + 1e-9)}
    assert mx.Prior(**settings).checked_scale(D).shape == (D, D)
