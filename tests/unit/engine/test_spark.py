"""Spark frames give what arrays give: with a real session, whose executor has two threads."""

import gc
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from mixtura._array import patterns_of
from mixtura.data.inspection import Inspection
from mixtura.em import Steps
from mixtura.engine import collection_of, open_rows, scanned
from mixtura.family import FAMILIES
from support.closeness import assert_close, assert_mixtures_close
from support.spark import WARNING
from support.strategies import random_mixture

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession, functions

from mixtura.engine.spark import Spark
from mixtura.engine.spark import engine as spark_engine

pytestmark = pytest.mark.filterwarnings(WARNING)

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.default.parallelism": "3",
    "spark.sql.shuffle.partitions": "2",
}

RNG = np.random.default_rng(0)
TRUTH = mx.Mixture(
    [0.5, 0.3, 0.2], 3 * RNG.normal(size=(3, 4)), np.stack([np.eye(4), 2 * np.eye(4), np.eye(4)])
)
ROWS = TRUTH.sample(300, 1)[0]
ROWS[:, 0] += 1e5
HOLES = np.where(RNG.random(ROWS.shape) < 0.1, np.nan, ROWS)
HOLES[7] = np.nan
WEIGHTS = RNG.integers(0, 4, len(ROWS)).astype(float)
HELD, HELD_WEIGHTS = np.delete(HOLES, 7, axis=0), np.delete(WEIGHTS, 7)
FEATURES = list("abcd")
TABLE = pd.DataFrame(HOLES, columns=FEATURES)


@pytest.fixture(scope="module")
def spark():
    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def framed(spark):
    """Makes a frame of three partitions, with null for NaN."""

    def frame(rows, **columns):
        table = pd.DataFrame(rows, columns=FEATURES).assign(**columns)
        records = table.astype(object).where(table.notna(), None).values.tolist()
        return spark.createDataFrame(records, ", ".join(f"{name} double" for name in table))

    return frame


@pytest.fixture(scope="module")
def complete(framed):
    return framed(ROWS)


@pytest.fixture(scope="module")
def incomplete(framed):
    return framed(HOLES, w=WEIGHTS)


@pytest.fixture(scope="module")
def opened(incomplete):
    source, _ = collection_of(incomplete).without("w").counted("w")
    return source


def fitted(X, sample_weight=None, start=None, **settings):
    """Some iterations, by default from what a few rows tell."""
    brief = {"n_components": 3, "tol": 0, "max_iter": 3, "random_state": 0, "reg_covar": 0}
    brief |= settings
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        if start is None:
            start = mx.GaussianMixture(**brief).fit(ROWS[:100]).mixture_
        gm = mx.GaussianMixture(mixture_init=start, **brief)
        return gm.fit(X, sample_weight=sample_weight)


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical", "VEE", "factor"])
def test_a_step_is_that_of_the_rows_in_memory(opened, name):
    family = FAMILIES[name]
    here = Steps(*open_rows(HELD, HELD_WEIGHTS, patterns_of(HELD), floats_per_row=12), family, 0.1)
    there = replace(here, engine=Spark(), source=opened)
    start = random_mixture(np.random.default_rng(0), name, 3, 4, offset=[1e5, 0, 0, 0])
    ours, theirs = (steps.maximize(steps.expect(start), start)[0] for steps in (there, here))
    assert_mixtures_close(ours, theirs, 1e-10)


def test_a_fit_is_that_of_the_rows_in_memory(incomplete):
    settings = {"prior": "default", "accelerate": True}
    there, here = fitted(incomplete, "w", **settings), fitted(HOLES, WEIGHTS, **settings)
    assert_mixtures_close(there.mixture_, here.mixture_, 1e-10)
    assert there.feature_names_in_.tolist() == FEATURES
    assert there.n_samples_fit_ == here.n_samples_fit_ == len(HELD)


def test_a_fit_begins_from_a_sample_as_that_of_a_scan(complete, monkeypatch):
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", 0)
    settings = {"init_params": "kmeans", "random_state": 0, "tol": 1e-6}
    there = mx.GaussianMixture(3, **settings).fit(complete)
    here = mx.GaussianMixture(3, **settings).fit(mx.scan([ROWS[:100], ROWS[100:]]))
    assert_mixtures_close(there.mixture_, here.mixture_, 1e-9)
    assert there.n_iter_ == here.n_iter_


def test_a_fit_goes_on_from_its_checkpoint(incomplete, framed, tmp_path):
    start = fitted(ROWS[:100]).mixture_
    kept = {"start": start, "checkpoint": tmp_path / "kept"}
    fitted(incomplete, "w", max_iter=2, **kept)
    resumed = fitted(incomplete, "w", max_iter=5, **kept)
    whole = fitted(incomplete, "w", start, max_iter=5)
    np.testing.assert_allclose(resumed.lower_bounds_, whole.lower_bounds_, rtol=1e-13)
    assert_mixtures_close(resumed.mixture_, whole.mixture_, 1e-12)
    with pytest.raises(mx.CheckpointError, match="of another fit: X has changed"):
        fitted(framed(HOLES + 1, w=WEIGHTS), "w", max_iter=9, **kept)


def test_sums_of_many_partitions_are_added_by_executors(opened, monkeypatch):
    few = Spark().sum(Inspection.of, opened)
    monkeypatch.setattr(spark_engine, "SUMMANDS", 2)
    many = Spark().sum(Inspection.of, opened)
    assert many.n_rows == few.n_rows == len(HELD)
    np.testing.assert_array_equal(many.first, few.first)
    assert many.total_weight == HELD_WEIGHTS.sum()


def test_blocks_are_the_rows_in_order_every_time(opened):
    for _ in range(2):
        blocks = list(opened)
        np.testing.assert_array_equal(np.concatenate([block.rows for block in blocks]), HELD)
        weights = np.concatenate([block.weights for block in blocks])
        np.testing.assert_array_equal(weights, HELD_WEIGHTS)
        starts = [block.start for block in blocks]
        assert starts == [0, *np.cumsum([len(block.rows) for block in blocks])[:-1]]
        assert len(blocks) == 3
    assert (opened.n_rows, opened.n_features, opened.is_incomplete) == (*HELD.shape, True)


def test_blocks_that_are_lost_are_made_again(opened):
    before = Spark().sum(Inspection.of, opened)
    opened.kept.unpersist(blocking=True)
    after = Spark().sum(Inspection.of, opened)
    assert (after.n_rows, after.total_weight) == (before.n_rows, before.total_weight)
    opened.kept.persist()


def test_blocks_are_kept_no_longer_than_they_are_needed(spark, complete, framed):
    def n_kept():
        gc.collect()
        return spark.sparkContext._jsc.getPersistentRDDs().size()

    before = n_kept()
    fitted(complete)
    assert n_kept() == before
    with pytest.raises(ValueError, match="infinity"):
        fitted(framed(np.where(ROWS > 10, np.inf, ROWS)))
    assert n_kept() == before


class TestAnswers:
    @pytest.fixture
    def gm(self):
        return fitted(TABLE)

    def test_answers_are_a_column_more(self, gm, incomplete):
        frame = incomplete.withColumn("id", functions.lit("x"))
        answered = gm.predict(gm.predict_proba(gm.score_samples(frame)))
        assert answered.columns == [*frame.columns, "log_density", "probability", "prediction"]
        rows = answered.collect()
        np.testing.assert_array_equal([row.prediction for row in rows], gm.predict(TABLE))
        assert_close([row.probability for row in rows], gm.predict_proba(TABLE), 1e-9)
        assert_close([row.log_density for row in rows], gm.score_samples(TABLE), 1e-9)
        assert {row.id for row in rows} == {"x"}
        np.testing.assert_array_equal([row.w for row in rows], WEIGHTS)

    def test_missing_entries_are_filled_in_where_they_are(self, gm, incomplete):
        filled = gm.impute(incomplete.select("w", *reversed(FEATURES)))
        assert filled.columns == ["w", *reversed(FEATURES)]
        filled = np.array([[row[name] for name in FEATURES] for row in filled.collect()])
        assert_close(filled, gm.impute(TABLE), 1e-9)

    def test_nothing_is_computed_before_it_is_asked_for(self, gm, spark):
        asked = spark.range(3).select(
            *(
                functions.raise_error(functions.lit(name)).cast("double").alias(name)
                for name in FEATURES
            )
        )
        assert gm.predict(asked).columns == [*FEATURES, "prediction"]

    def test_scores_are_those_in_memory(self, gm, incomplete):
        there = gm.icl(incomplete, sample_weight="w")  # which the BIC is part of
        assert there == pytest.approx(gm.icl(TABLE, sample_weight=WEIGHTS), rel=1e-10)

    def test_what_other_estimators_say_is_said_of_rows_in_memory(self, incomplete):
        with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            detector = mx.MixtureOutlierDetector(random_state=0).fit(TABLE.dropna())
        with pytest.raises(TypeError, match="said of rows in memory"):
            detector.score_samples(incomplete)

    def test_a_column_is_not_overwritten(self, gm, framed):
        with pytest.raises(mx.DataFileError, match="has a column 'prediction' already"):
            gm.predict(framed(ROWS, prediction=0.0))


class TestVectors:
    @pytest.mark.parametrize("make", [list, Vectors.dense], ids=["array", "vector"])
    def test_they_are_rows_as_in_spark_ml(self, spark, make):
        rows = ROWS.tolist()
        records = [(make(row), w, "x") for row, w in zip(rows, WEIGHTS.tolist(), strict=True)]
        frame = spark.createDataFrame(records, ["features", "w", "id"])
        there, here = fitted(frame, "w", max_iter=1), fitted(ROWS, WEIGHTS, max_iter=1)
        assert_mixtures_close(there.mixture_, here.mixture_, 1e-10)
        answered = there.predict(there.predict_proba(frame))
        assert answered.schema["features"].dataType == frame.schema["features"].dataType
        labels = [row.prediction for row in answered.collect()]
        np.testing.assert_array_equal(labels, here.predict(ROWS))

    def test_null_is_missing(self, spark):
        records = [([1.0, None],), (None,), ([2.0, 5.0],), ([4.0, 2.0],)]
        frame = spark.createDataFrame(records, "features array<double>").coalesce(1)
        rows = np.array([[1, np.nan], [2, 5], [4, 2]])
        start = mx.Mixture([1], [[2, 3]], [[[2, 1], [1, 3]]])
        settings = {"n_components": 1, "start": start, "max_iter": 1}
        there, here = fitted(frame, **settings), fitted(rows, **settings)
        assert_mixtures_close(there.mixture_, here.mixture_, 1e-10)
        filled = np.array([row.features for row in there.impute(frame).collect()])
        assert_close(filled[[0, 2, 3]], here.impute(rows), 1e-9)
        assert_close(filled[1], here.means_[0], 1e-9)

    def test_rows_of_other_lengths_are_refused(self, spark):
        frame = spark.createDataFrame([([1.0, 2.0],), ([1.0],)], "features array<double>")
        frame = frame.coalesce(1)
        with pytest.raises(ValueError, match="rows of 2 numbers and of 1"):
            mx.GaussianMixture().fit(frame)


@pytest.mark.parametrize(
    ("kinds", "records", "weights", "sentence"),
    [
        ("a double, b int", [(float("inf"), 1), (2.0, 2)], None, "Column 'a' holds infinity"),
        ("a int, w double", [(1, 1.0), (2, -1.0)], "w", "Column 'w' holds the weight -1"),
        ("a int, w double", [(1, 1.0), (2, None)], "w", "Column 'w' lacks weights"),
        ("a int, b string", [(1, "x"), (2, "y")], None, "'b' holds values of type string"),
        ("a int, b int", [(1, 2), (2, 2)], "w", "no column 'w'; the columns are a, b"),
        ("a double", [(None,), (None,)], None, "no rows to read that have an entry"),
        ("a int, b int", [(1, 2), (2, 2)], [1, 2], "sample_weight is its name"),
        ("a array<int>, b array<int>", [([1], [2])], None, "Columns 'a' and 'b' hold vectors"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(spark, kinds, records, weights, sentence):
    frame = spark.createDataFrame(records, kinds).coalesce(1)
    with pytest.raises((ValueError, TypeError), match=sentence) as told:
        mx.GaussianMixture().fit(frame, sample_weight=weights)
    assert "\n" not in str(told.value)


def test_what_spark_meets_is_told_in_a_sentence(spark):
    one = spark.range(1)
    frame = one.selectExpr("cast(concat('x', id) as double) a")
    with pytest.raises(mx.MixturaError, match=r"Spark gave up: .*The value 'x0'") as told:
        mx.GaussianMixture().fit(frame)
    assert "\n" not in str(told.value)

    def fails(batches):  # of this function, so that workers need not find this file
        yield 1 / 0

    broken = one.mapInArrow(fails, "a double")
    with pytest.raises(mx.MixturaError, match="Spark gave up: ZeroDivisionError: division"):
        mx.GaussianMixture().fit(broken)
