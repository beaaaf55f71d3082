"""The same numbers as scikit-learn: from the same start, after the same iterations, in each answer.

Weights agree within 1e-9, means within 1e-9 of the feature's standard deviation, covariances within
1e-9 sqrt(S_ii S_jj); log-likelihoods and criteria to 1e-9 relative, responsibilities to 1e-8. What
is whole (labels, iterations, messages, printed lines) is equal.

Once, scikit-learn is not followed: see `test_tied_from_seeds`.
"""

import inspect
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn import mixture as sklearn_mixture
from sklearn.cluster import KMeans

import mixtura as mx
from mixtura.family import FAMILY_NAMES
from support.data import LOADERS, data
from support.threads import one_thread  # noqa: F401

TOLERANCE = 1e-9
FAMILIES = ["full", "tied", "diag", "spherical"]
STARTS = ["kmeans", "k-means++", "random", "random_from_data"]
SEEDED = ["k-means++", "random_from_data"]  # these give one row to each component
FOLLOWED = [
    (family, start)
    for family in FAMILIES
    for start in STARTS
    if family != "tied" or start not in SEEDED  # test_tied_from_seeds
]
SEEDS = range(20)
BOTH = [mx.GaussianMixture, sklearn_mixture.GaussianMixture]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(X, **settings):
    """Our fit, and scikit-learn's."""
    return [GaussianMixture(**settings).fit(X) for GaussianMixture in BOTH]


def matrices(covariances, family, n_components, n_features):
    """Covariances or precisions of any family as matrices, (K, d, d)."""
    if family == "tied":
        return np.broadcast_to(covariances, (n_components, n_features, n_features))
    if family == "full":
        return covariances
    return np.reshape(covariances, (n_components, -1, 1)) * np.eye(n_features)


def scaled_error(actual, expected):
    """The largest error of (K, d, d) in units of sqrt(S_ii S_jj)."""
    unit = np.sqrt(np.diagonal(expected, axis1=1, axis2=2))
    return np.max(np.abs(actual - expected) / (unit[:, :, None] * unit[:, None, :]))


def assert_same_parameters(ours, theirs, X, tolerance=TOLERANCE):
    shape = ours.covariance_type, *theirs.means_.shape
    assert np.abs(ours.weights_ - theirs.weights_).max() <= tolerance
    assert np.max(np.abs(ours.means_ - theirs.means_) / X.std(axis=0)) <= tolerance
    assert ours.covariances_.shape == theirs.covariances_.shape
    covariances = [matrices(fit.covariances_, *shape) for fit in (ours, theirs)]
    assert scaled_error(*covariances) <= tolerance


def assert_same_answers(ours, theirs, X):
    same = {"rtol": TOLERANCE, "atol": TOLERANCE}
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    np.testing.assert_allclose(ours.lower_bound_, theirs.lower_bound_, **same)
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, **same)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)
    np.testing.assert_allclose(
        ours.score_samples(X), theirs.score_samples(X), rtol=TOLERANCE, atol=1e-8
    )
    for criterion in ("score", "bic", "aic"):
        ours_says, theirs_says = (getattr(fit, criterion)(X) for fit in (ours, theirs))
        assert ours_says == pytest.approx(theirs_says, rel=TOLERANCE)
    # Inverting multiplies an error by the condition number, which reaches 1e7 in raw wine.
    shape = ours.covariance_type, *theirs.means_.shape
    precisions = [matrices(fit.precisions_, *shape) for fit in (ours, theirs)]
    assert scaled_error(*precisions) <= 1e-8
    factors = theirs.precisions_cholesky_
    np.testing.assert_allclose(
        ours.precisions_cholesky_, factors, rtol=1e-8, atol=1e-8 * np.abs(factors).max()
    )


@cache
def labels_of_kmeans(name, n_components):
    return KMeans(n_components, n_init=1, random_state=0).fit(data(name)).labels_


def given_start(name, n_components, family):
    """Parameters of a k-means partition, with covariances halfway to what they have in common."""
    X, labels = data(name), labels_of_kmeans(name, n_components)
    weights = np.bincount(labels) / len(X)
    own = np.array([np.cov(X[labels == k].T, bias=True) for k in range(n_components)])
    pooled = np.einsum("k,kij->ij", weights, own)
    covariances = (own + pooled) / 2
    precisions = {
        "full": np.linalg.inv(covariances),
        "tied": np.linalg.inv(pooled),
        "diag": 1 / np.diagonal(covariances, axis1=1, axis2=2),
        "spherical": X.shape[1] / np.trace(covariances, axis1=1, axis2=2),
    }[family]
    if family in ("full", "tied"):
        precisions = (precisions + np.swapaxes(precisions, -1, -2)) / 2
    return {
        "weights_init": weights,
        "means_init": np.array([X[labels == k].mean(axis=0) for k in range(n_components)]),
        "precisions_init": precisions,
    }


@pytest.mark.parametrize("n_components", [2, 3, 4, 5])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", LOADERS)
def test_numbers_from_a_given_start(name, family, n_components):
    X = data(name)
    settings = {"n_components": n_components, "covariance_type": family}
    settings |= given_start(name, n_components, family)
    for stopping in ({"max_iter": 1, "tol": 0}, {"max_iter": 20, "tol": 0}, {}):
        ours, theirs = fitted(X, **settings, **stopping)
        assert_same_parameters(ours, theirs, X)
        assert_same_answers(ours, theirs, X)
        assert not ours.history_[0].repairs


@pytest.mark.parametrize("given", ["weights_init", "means_init", "precisions_init"])
@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_where_one_parameter_is_given(family, given):
    """The others come from k-means, and the one given is not what it would say."""
    X = data("wine scaled")
    start = given_start("wine scaled", 3, family)
    start["weights_init"] = np.array([0.2, 0.3, 0.5])
    start["means_init"] = start["means_init"] + 0.3
    start["precisions_init"] = start["precisions_init"] / 2
    settings = {"n_components": 3, "covariance_type": family, "random_state": 0}
    ours, theirs = fitted(X, **settings, **{given: start[given]}, max_iter=2, tol=0)
    assert_same_parameters(ours, theirs, X)
    assert_same_answers(ours, theirs, X)
    from_kmeans = mx.GaussianMixture(**settings, max_iter=2, tol=0).fit(X)
    assert np.abs(ours.means_ - from_kmeans.means_).max() > 1e-6


def assert_same_labels(name, family, start):
    X = data(name)
    n_components = {"faithful": 2, "cancer scaled": 2, "digits": 5}.get(name, 3)
    settings = {"n_components": n_components, "covariance_type": family, "init_params": start}
    for seed in SEEDS:
        ours, theirs = fitted(X, **settings, random_state=seed)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X), err_msg=f"seed {seed}")
        assert ours.converged_ == theirs.converged_


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", LOADERS)
def test_labels_from_the_default_start(name, family):
    assert_same_labels(name, family, "kmeans")


@pytest.mark.parametrize(("family", "start"), [pair for pair in FOLLOWED if pair[1] != "kmeans"])
@pytest.mark.parametrize("name", ["iris", "wine", "wine scaled", "cancer scaled", "faithful"])
def test_labels_from_the_other_starts(name, family, start):
    assert_same_labels(name, family, start)


def start_itself(X, **settings):
    """Our start and scikit-learn's, whose weights after a start from seeds sum to K / n only."""
    ours, theirs = fitted(X, max_iter=0, **settings)
    if settings["init_params"] in SEEDED:
        assert theirs.weights_.sum() == pytest.approx(settings["n_components"] / len(X))
        theirs.weights_ = theirs.weights_ / theirs.weights_.sum()
    return ours, theirs


@pytest.mark.parametrize("start", SEEDED)
@pytest.mark.parametrize("name", ["iris", "wine scaled", "faithful"])
def test_tied_from_seeds(name, start):
    """The one start in which scikit-learn is not followed, because it is degenerate there.

    Starts from seeds leave the other rows to nobody. scikit-learn's tied M-step counts them all the
    same, about the origin: Sigma = sum over them of x x^T / K + reg_covar I. That is n / K times
    wider than the data, changes when the data are moved, and EM "converges" at once on the plateau
    there. Ours is the seeds' own scatter, which leaves reg_covar I, as in the other families. From
    scikit-learn's start, given as parameters, its numbers follow.
    """
    X, n_components = data(name), 3
    settings = {"n_components": n_components, "covariance_type": "tied"}
    for seed in SEEDS:
        ours, theirs = start_itself(X, **settings, init_params=start, random_state=seed)
        np.testing.assert_allclose(ours.weights_, theirs.weights_, rtol=1e-14)
        np.testing.assert_allclose(ours.means_, theirs.means_, rtol=1e-14)
        nobodys = (X.T @ X - theirs.means_.T @ theirs.means_) / n_components
        np.testing.assert_allclose(theirs.covariances_, nobodys, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(ours.covariances_, 1e-6 * np.eye(X.shape[1]), atol=1e-15)
        ours = mx.GaussianMixture(
            **settings,
            weights_init=theirs.weights_,
            means_init=theirs.means_,
            precisions_init=theirs.precisions_,
            max_iter=10,
            tol=0,
        ).fit(X)
        theirs.set_params(max_iter=10, tol=0).fit(X)
        assert_same_parameters(ours, theirs, X)


@pytest.mark.parametrize(("family", "start"), FOLLOWED)
def test_the_start_itself(family, start):
    """max_iter=0 shows what EM begins from, here the last of three starts."""
    X = data("iris")
    ours, theirs = start_itself(
        X, n_components=3, covariance_type=family, init_params=start, n_init=3, random_state=0
    )
    # A seed's variance is reg_covar alone, and scikit-learn's x^2 - mean^2 leaves 1e-10 of it.
    assert_same_parameters(ours, theirs, X, 1e-6 if start in SEEDED else TOLERANCE)
    assert (ours.n_iter_, ours.lower_bounds_, ours.converged_) == (0, [], False)
    assert (theirs.n_iter_, theirs.lower_bounds_, theirs.converged_) == (0, [], False)
    assert ours.lower_bound_ == theirs.lower_bound_ == -np.inf


@pytest.mark.parametrize("family", FAMILIES)
def test_the_best_of_several_starts(family):
    X = data("wine scaled")
    settings = {"n_components": 4, "covariance_type": family, "init_params": "random_from_data"}
    if family == "tied":
        settings["init_params"] = "random"
    ours, theirs = fitted(X, **settings, n_init=5, random_state=1)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("family", FAMILIES)
def test_warm_start(family):
    """Fits that continue: the first is compared with the last bound of the fit before."""
    X = data("iris")
    ours, theirs = (
        GaussianMixture(
            3, covariance_type=family, random_state=0, warm_start=True, max_iter=2, tol=1e-4
        )
        for GaussianMixture in BOTH
    )
    converged = []
    for _ in range(20):
        ours.fit(X), theirs.fit(X)
        assert_same_parameters(ours, theirs, X)
        assert_same_answers(ours, theirs, X)
        converged.append(ours.converged_)
    assert converged[-1]
    assert not converged[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_sample_draws_the_same_rows(family):
    X = data("iris")
    for random_state in (0, 7):
        ours, theirs = fitted(
            X, n_components=3, covariance_type=family, random_state=random_state, max_iter=3
        )
        for n_samples in (1, 50):
            rows, labels = ours.sample(n_samples)
            their_rows, their_labels = theirs.sample(n_samples)
            np.testing.assert_allclose(rows, their_rows, atol=1e-8)
            np.testing.assert_array_equal(labels, their_labels)


def test_one_generator_for_everything():
    """A RandomState that is shared stays in step: the same draws in the same order."""
    X = data("iris")
    shared = [np.random.RandomState(3), np.random.RandomState(3)]
    ours, theirs = (
        GaussianMixture(3, n_init=2, random_state=rng).fit(X)
        for GaussianMixture, rng in zip(BOTH, shared, strict=True)
    )
    np.testing.assert_allclose(ours.sample(20)[0], theirs.sample(20)[0], atol=1e-8)
    assert shared[0].uniform() == shared[1].uniform()


@pytest.mark.filterwarnings("ignore:covariance is not symmetric:RuntimeWarning")  # scikit-learn's
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(dtype, family):
    """Those of the rows, in float32 too, where scikit-learn's numbers are rough.

    scikit-learn also lets a float64 start promote the fit of float32 rows; here rows decide.
    """
    X = data("iris").astype(dtype)
    start = {name: value.astype(dtype) for name, value in given_start("iris", 3, family).items()}
    ours, theirs = fitted(X, n_components=3, covariance_type=family, max_iter=5, tol=0, **start)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        value, reference = getattr(ours, name), getattr(theirs, name)
        assert value.dtype == reference.dtype == dtype
        assert value.shape == reference.shape
        np.testing.assert_allclose(value, reference, rtol=2e-2, atol=2e-2)
    assert ours.sample(3)[0].dtype == theirs.sample(3)[0].dtype == np.float64
    for rows in (X, data("iris"), data("iris").astype(np.float32)):
        for method in ("predict", "predict_proba", "score_samples"):
            assert getattr(ours, method)(rows).dtype == getattr(theirs, method)(rows).dtype
        assert isinstance(ours.score(rows), float)


@pytest.mark.parametrize("verbose", [1, 2])
@pytest.mark.parametrize(
    "settings",
    [
        {"n_init": 2, "verbose_interval": 1},
        {"verbose_interval": 3, "max_iter": 4},
        {"max_iter": 0},
    ],
    ids=str,
)
def test_verbose_prints_the_same_lines(capsys, settings, verbose):
    printed = []
    for GaussianMixture in BOTH:
        GaussianMixture(3, random_state=0, verbose=verbose, **settings).fit(data("iris"))
        printed.append(re.sub(r"time lapse [\d.]+s", "time lapse", capsys.readouterr().out))
    assert printed[0] == printed[1]
    assert printed[1].startswith("Initialization 0\n")


def test_parameters_and_their_defaults():
    """scikit-learn's parameters come first, in its order and with its defaults."""
    ours, theirs = (inspect.signature(each).parameters.values() for each in BOTH)
    expected = [(parameter.name, parameter.kind, parameter.default) for parameter in theirs]
    assert [(p.name, p.kind, p.default) for p in ours][: len(expected)] == expected


ROWS = data("iris")
FRAME = pd.DataFrame(ROWS, columns=list("abcd"))
WITH_INFINITY = np.array(ROWS)
WITH_INFINITY[3, 1] = np.inf
SIDEWAYS = np.array([[1.0, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
INDEFINITE = np.diag([1.0, 1, 1, -1])

BAD_SETTINGS = [
    {"n_components": 0},
    {"n_components": 1.5},
    {"n_components": "3"},
    {"covariance_type": "cube"},
    {"covariance_type": None},
    {"init_params": "everywhere"},
    {"tol": -1e-3},
    {"tol": "small"},
    {"reg_covar": -1e-6},
    {"max_iter": -1},
    {"n_init": 0},
    {"random_state": "lucky"},
    {"warm_start": "yes"},
    {"verbose": -1},
    {"verbose_interval": 0},
    {"weights_init": 0.5},
    {"weights_init": np.full((2, 1), 0.5)},
    {"weights_init": [0.3, 0.3, 0.4]},
    {"weights_init": [1.5, -0.5]},
    {"weights_init": [0.5, 0.4]},
    {"weights_init": [0.5, np.nan]},
    {"weights_init": ["a", "b"]},
    {"means_init": np.zeros((3, 4))},
    {"means_init": np.zeros((2, 3))},
    {"means_init": np.zeros(4)},
    {"means_init": np.full((2, 4), np.inf)},
    {"precisions_init": np.ones((3, 4, 4))},
    {"precisions_init": np.ones((4, 4))},
    {"precisions_init": np.array([SIDEWAYS, np.eye(4)])},
    {"precisions_init": np.array([INDEFINITE, np.eye(4)])},
    {"precisions_init": np.zeros((2, 4, 4))},
    {"precisions_init": np.full((2, 4, 4), np.nan)},
    {"precisions_init": np.ones((5, 5)), "covariance_type": "tied"},
    {"precisions_init": np.ones((2, 4, 4)), "covariance_type": "tied"},
    {"precisions_init": SIDEWAYS, "covariance_type": "tied"},
    {"precisions_init": INDEFINITE, "covariance_type": "tied"},
    {"precisions_init": np.ones((3, 4)), "covariance_type": "diag"},
    {"precisions_init": np.ones((2, 4, 4)), "covariance_type": "diag"},
    {"precisions_init": np.zeros((2, 4)), "covariance_type": "diag"},
    {"precisions_init": -np.ones((2, 4)), "covariance_type": "diag"},
    {"precisions_init": np.ones((2, 4)), "covariance_type": "spherical"},
    {"precisions_init": np.zeros(2), "covariance_type": "spherical"},
    {"precisions_init": [np.inf, 1], "covariance_type": "spherical"},
]
BAD_ROWS = {
    "too few": ROWS[:1],
    "fewer than components": ROWS[:2],
    "none": ROWS[:0],
    "no columns": ROWS[:, :0],
    "one-dimensional": ROWS[0],
    "three-dimensional": ROWS[None],
    "a number": 3.0,
    "None": None,
    "words": [["a", "b"], ["c", "d"], ["e", "f"]],
    "complex": ROWS + 1j,
    "ragged": [[1, 2], [3]],
    "infinity": WITH_INFINITY,
    "minus infinity": -WITH_INFINITY,
    "infinity in a frame": pd.DataFrame(WITH_INFINITY),
}
METHODS = ["predict", "predict_proba", "score_samples", "score", "bic", "aic"]


BEYOND = {*FAMILY_NAMES, "hierarchical", "search"} - {*FAMILIES}


def in_order(braces):
    """A set in order, without the families and starts that scikit-learn has not."""
    return str(sorted(set(braces[1].split(", ")) - {repr(name) for name in BEYOND}))


def mistake_of(act):
    """What both say when `act` is done with their class; sets are put in order."""
    said = []
    for GaussianMixture in BOTH:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is compared
            act(GaussianMixture)
        message = str(caught.value)
        for beyond in (" or a callable", " or a str among {'auto'}"):  # what only ours takes
            message = message.replace(f"{beyond}.", ".")
        ordered = re.sub(r"\{(.*)\}", in_order, message)
        said.append((caught.type, ordered))
    return said


@pytest.mark.parametrize("settings", BAD_SETTINGS, ids=" and ".join)
def test_the_same_complaint_of_settings(settings):
    ours, theirs = mistake_of(
        lambda GaussianMixture: GaussianMixture(**{"n_components": 2} | settings).fit(ROWS)
    )
    assert ours == theirs


@pytest.mark.parametrize("rows", BAD_ROWS)
def test_the_same_complaint_of_rows_to_fit(rows):
    ours, theirs = mistake_of(lambda GaussianMixture: GaussianMixture(3).fit(BAD_ROWS[rows]))
    assert ours == theirs


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "rows", [name for name in BAD_ROWS if not name.startswith(("too few", "fewer"))]
)
def test_the_same_complaint_of_rows_to_judge(rows, method):
    ours, theirs = mistake_of(
        lambda GaussianMixture: getattr(GaussianMixture().fit(ROWS), method)(BAD_ROWS[rows])
    )
    assert ours == theirs


def test_missing_entries_are_refused_by_scikit_learn_alone():
    """The one complaint of rows that we have not."""
    holes = np.array(ROWS)
    holes[3, 1] = np.nan
    ours, theirs = (GaussianMixture() for GaussianMixture in BOTH)
    for act in (lambda model: model.fit(holes), lambda model: model.fit(ROWS).predict(holes)):
        with pytest.raises(ValueError, match="Input X contains NaN"):
            act(theirs)
        act(ours)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("seen", "rows"),
    [
        (ROWS, ROWS[:, :3]),
        (FRAME, FRAME[["a", "b", "c"]]),
        (FRAME, FRAME[["b", "a", "c", "d"]]),
        (FRAME, FRAME.rename(columns={"a": "z"})),
    ],
    ids=["narrow", "column missing", "columns swapped", "column renamed"],
)
def test_the_same_complaint_of_other_columns(seen, rows, method):
    ours, theirs = mistake_of(
        lambda GaussianMixture: getattr(GaussianMixture().fit(seen), method)(rows)
    )
    assert ours == theirs


@pytest.mark.parametrize("method", METHODS)
def test_the_same_complaint_before_fit(method):
    ours, theirs = mistake_of(lambda GaussianMixture: getattr(GaussianMixture(), method)(ROWS))
    assert ours == theirs
    ours, theirs = mistake_of(lambda GaussianMixture: GaussianMixture().sample())
    assert ours == theirs


def test_the_same_complaint_of_no_samples():
    """scikit-learn's sentence names n_components where it means n_samples; ours names that."""
    ours, theirs = mistake_of(lambda GaussianMixture: GaussianMixture(3).fit(ROWS).sample(0))
    assert ours == (theirs[0], theirs[1].replace(": 3 .", ": 0 ."))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_complaint_of_collapse(family):
    """Ten components on two distinct rows cannot be fitted without `reg_covar`, nor repaired."""
    rows = np.repeat([[0.0, 0], [1, 1]], 5, axis=0)
    ours, theirs = mistake_of(
        lambda GaussianMixture: GaussianMixture(
            10, covariance_type=family, reg_covar=0, init_params="random_from_data"
        ).fit(rows)
    )
    assert issubclass(ours[0], theirs[0])
    assert ours[1] == theirs[1]


def test_the_same_warning_of_max_iter():
    messages = []
    for GaussianMixture in BOTH:
        with pytest.warns() as caught:
            GaussianMixture(3, max_iter=1, random_state=0).fit(ROWS)
        messages.append([(warning.category, str(warning.message)) for warning in caught])
    assert messages[0] == messages[1]
    assert len(messages[0]) == 1
