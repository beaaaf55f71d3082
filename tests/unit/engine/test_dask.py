"""Dask arrays and data frames: fitted where they are, with the parameters that memory gives."""

import os
import signal

import numpy as np
import pandas as pd
import pytest

import mixtura as mx
from mixtura.em import watching
from mixtura.errors import LostRowsError
from support.closeness import assert_mixtures_close

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

from mixtura.engine.dask.job import Reading  # noqa: E402 - where Dask is installed
from mixtura.engine.dask.scheduler import threads_of_a_task  # noqa: E402

N, D, K = 600, 3, 2
RNG = np.random.default_rng(0)
ROWS = np.concatenate([RNG.normal(0, 1, (N // 2, D)), RNG.normal(3, 2, (N // 2, D))])
RNG.shuffle(ROWS)
WEIGHTS = RNG.exponential(size=N)
HOLES = np.where(RNG.random((N, D)) < 0.2, np.nan, ROWS)
START = mx.Mixture([0.5, 0.5], [[0, 0, 0], [2, 2, 2]], [1, 1], covariance_type="spherical")
NAMES = list("abc")


@pytest.fixture(autouse=True)
def scheduler():
    """Whatever has no cluster runs here."""
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture(scope="module")
def cluster():
    settings = {"distributed.comm.timeouts.connect": "5s", "distributed.admin.log-format": ""}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster):
    cluster.scale(2)
    with distributed.Client(cluster) as client, dask.config.set(scheduler=None):
        client.wait_for_workers(2)
        yield client


def array(rows=ROWS):
    return da.from_array(rows, chunks=(77, 2))


def frame(rows=ROWS, weights=WEIGHTS, names=NAMES):
    table = pd.DataFrame(rows, columns=names).assign(w=weights)
    return dd.from_pandas(table, npartitions=5)


def after_300(frame):
    """Whose first partitions are empty."""
    return frame.map_partitions(lambda part: part[part.index > 300])


def fit(X, weights=None, **settings):
    settings = {"mixture_init": START, "max_iter": 8, "tol": 0} | settings
    return mx.GaussianMixture(K, **settings).fit(X, sample_weight=weights)


def assert_same(one, other):
    assert_mixtures_close(one.mixture_, other.mixture_, 1e-10)
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=1e-10)
    assert one.n_samples_fit_ == other.n_samples_fit_


class TestFits:
    """The same in memory and in partitions, from the same start."""

    @pytest.mark.parametrize("family", ["full", "tied", "diag", "factor", "VVE"])
    @pytest.mark.parametrize("rows", [ROWS, HOLES], ids=["complete", "with holes"])
    def test_families(self, family, rows):
        expected = fit(rows, WEIGHTS, covariance_type=family)
        assert_same(fit(frame(rows), "w", covariance_type=family), expected)

    @pytest.mark.parametrize(
        ("X", "weights"),
        [
            (array(), WEIGHTS),
            (array(), da.from_array(WEIGHTS, chunks=100)),
            (array()[da.from_array(ROWS[:, 0], chunks=77) > -np.inf], WEIGHTS),
            (frame(), "w"),
            (frame()[NAMES], frame().w),
            (frame()[NAMES], WEIGHTS),
            (frame()[NAMES], frame().w.to_dask_array()),
        ],
    )
    def test_holders_of_rows_and_weights(self, X, weights):
        expected = fit(ROWS, WEIGHTS)
        made = fit(X, weights)
        assert_same(made, expected)
        for name in ("score", "bic", "aic", "icl"):
            told = getattr(made, name)(X, sample_weight=weights)
            assert told == pytest.approx(getattr(expected, name)(ROWS, sample_weight=WEIGHTS))

    @pytest.mark.parametrize(
        "settings",
        [
            {"prior": "default"},
            {"reg_covar": "auto"},
            {"accelerate": True},
            {"equal_weights": True},
            {"max_eigenvalue_ratio": 4},
        ],
        ids=lambda settings: next(iter(settings)),
    )
    def test_settings(self, settings):
        assert_same(fit(array(HOLES), WEIGHTS, **settings), fit(HOLES, WEIGHTS, **settings))

    def test_single_precision(self):
        single = ROWS.astype(np.float32)
        made = fit(array(single))
        assert made.means_.dtype == np.float32
        assert_same(made, fit(single))

    def test_partitions_without_rows_or_entries(self):
        rows = HOLES.copy()
        rows[:160] = np.nan
        assert_same(fit(array(rows)), fit(rows))
        some = after_300(frame())
        assert_same(fit(some, "w"), fit(ROWS[301:], WEIGHTS[301:]))

    @pytest.mark.parametrize("kind", ["Float64", "double[pyarrow]"])
    def test_columns_of_other_kinds(self, kind):
        table = pd.DataFrame(HOLES, columns=NAMES).astype(kind)
        assert_same(fit(dd.from_pandas(table, npartitions=2)), fit(HOLES))

    def test_starts_are_made_from_a_sample(self):
        """That of the same rows in the same order, however they are cut."""
        fits = [
            mx.GaussianMixture(K, random_state=0, n_init=2).fit(X)
            for X in (array(), frame()[NAMES], array().rechunk((200, 3)))
        ]
        for made in fits[1:]:
            assert_same(made, fits[0])
        here = mx.GaussianMixture(K, random_state=0).fit(ROWS).score(ROWS)
        assert fits[0].score(ROWS) == pytest.approx(here, abs=1e-3)


def test_rows_that_came_over_the_wire_go_to_the_kernel_too():
    """There they may begin at any byte."""
    sent = np.frombuffer(b"-" + ROWS.tobytes(), dtype=float, offset=1).reshape(ROWS.shape)
    assert not sent.flags.aligned
    block = Reading(None, np.dtype(float)).block(sent, WEIGHTS, 0, is_plain=True)
    assert block.rows.flags.aligned
    np.testing.assert_array_equal(block.rows, ROWS)


@pytest.mark.parametrize(
    ("n_tasks", "of_workers", "expected"),
    [(1, (1, 1), 1), (2, (4, 4), 4), (4, (4, 4), 2), (100, (4, 4), 1), (1, (8, 2), 2)],
)
def test_tasks_take_no_more_threads_than_workers_have(n_tasks, of_workers, expected):
    assert threads_of_a_task(n_tasks, of_workers) == expected


class TestAnswers:
    @pytest.mark.parametrize("name", ["predict", "predict_proba", "score_samples", "impute"])
    @pytest.mark.parametrize("make", [array, frame])
    def test_answers_are_dask_arrays(self, name, make):
        gm = fit(frame(HOLES), "w")
        expected = getattr(gm, name)(pd.DataFrame(HOLES, columns=NAMES))
        answer = getattr(gm, name)(make(HOLES))
        assert isinstance(answer, da.Array)
        assert answer.dtype == expected.dtype
        assert answer.shape[1:] == expected.shape[1:]
        np.testing.assert_allclose(answer.compute(), expected, rtol=1e-10)

    def test_chunks_are_those_of_the_rows(self):
        gm = fit(ROWS)
        X = array()
        assert gm.predict(X).chunks == X.chunks[:1]
        assert gm.predict_proba(X).chunks == (X.chunks[0], (K,))
        np.testing.assert_array_equal(gm.predict(X)[100:130].compute(), gm.predict(ROWS[100:130]))
        assert np.isnan(fit(frame(), "w").predict(frame()).shape[0])

    def test_nothing_is_computed_until_asked_for(self):
        gm = fit(ROWS)

        def fails(part):
            raise AssertionError

        X = da.map_blocks(fails, array().rechunk((77, 3)), dtype=float)
        for name in ("predict", "predict_proba", "score_samples", "impute"):
            getattr(gm, name)(X)

    def test_rows_without_entries_and_empty_partitions_are_answered(self):
        gm = fit(frame(HOLES), "w")
        some = after_300(frame(np.full((N, D), np.nan)))
        assert gm.predict_proba(some).compute().shape == (299, K)
        np.testing.assert_allclose(gm.impute(some).compute(), np.tile(gm.mixture_.mean(), (299, 1)))


class TestRefusals:
    @pytest.mark.parametrize(
        ("X", "weights", "sentence"),
        [
            (frame().assign(t="x"), None, "Column 't' holds .*, not numbers"),
            (frame(), "v", "There is no column 'v'"),
            (array(), "w", "arrays do not name their columns"),
            (array(np.where(ROWS > 4, np.inf, ROWS)), None, "infinity"),
            (frame(np.where(ROWS > 4, np.inf, ROWS)), "w", "Column '.' holds infinity"),
            (frame(weights=-WEIGHTS), "w", "Column 'w' holds the weight -"),
            (frame(weights=np.nan), "w", "Column 'w' lacks weights"),
            (array(), da.from_array(-WEIGHTS, chunks=100), "sample_weight holds the weight -"),
            (array(), WEIGHTS[1:], "600 rows and 599 sample weights"),
            (array(), da.ones(601), "600 rows and 601 sample weights"),
            (array(), da.ones((600, 1)), "must be 1D"),
            (frame(), da.ones(600, chunks=300), "5 partitions, and their weights in 2"),
            (frame(), da.ones(600, chunks=(100, 100, 100, 100, 200)), "A partition has 120 rows"),
            (frame().a, None, "not in a Series"),
            (array()[:, 0], None, "not with 1 axes"),
            (array().astype(complex), None, "of complex128"),
            (array(np.full((N, D), np.nan)), None, "no rows to read"),
            (array()[:1], None, "minimum of 2"),
        ],
    )
    def test_what_cannot_be_fitted(self, X, weights, sentence):
        with pytest.raises((ValueError, TypeError), match=sentence):
            fit(X, weights)

    def test_columns_that_were_fitted_must_be_there(self):
        gm = fit(frame(), "w")
        with pytest.raises(ValueError, match="There is no column 'c'"):
            gm.predict(frame()[["a", "b"]])

    def test_weights_elsewhere_than_their_rows(self):
        with pytest.raises(TypeError, match="not in a Array"):
            mx.GaussianMixture().fit(mx.scan(ROWS), sample_weight=da.from_array(WEIGHTS))


class Killer:
    """Kills a worker in the third iteration."""

    def __init__(self, pid):
        self.pid = pid

    def begin(self, run, n_runs, stopping): ...

    def searched(self, generation, n_runs, best): ...

    def iteration(self, n_iter, lower_bound, change):
        if n_iter == 3:
            os.kill(self.pid, signal.SIGKILL)

    def end(self, trace): ...


class TestClusters:
    @pytest.mark.parametrize("persisted", [True, False])
    def test_a_worker_is_lost(self, client, persisted):
        X = array(HOLES).persist() if persisted else array(HOLES)
        worker, pid = next(iter(client.run(os.getpid).items()))
        with watching(Killer(pid)):
            made = fit(X, WEIGHTS)
        assert_same(made, fit(HOLES, WEIGHTS))
        assert client.run(os.getpid).get(worker) != pid

    def test_scattered_rows_are_lost(self, client):
        worker, pid = next(iter(client.run(os.getpid).items()))
        held = client.scatter(ROWS, workers=[worker])
        X = da.from_delayed(dask.delayed(held), ROWS.shape, ROWS.dtype)
        with watching(Killer(pid)), pytest.raises(LostRowsError, match="lost with their worker"):
            fit(X)

    def test_frames(self, client):
        X = frame(HOLES).persist()
        made = fit(X, "w")
        assert_same(made, fit(HOLES, WEIGHTS))
        np.testing.assert_array_equal(made.predict(X).compute(), made.predict(X.compute()[NAMES]))
