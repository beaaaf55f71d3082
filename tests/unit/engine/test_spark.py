"""Spark frames give what arrays give: with a real session, whose executor has two threads."""

import gc
import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from mixtura.engine import collection_of, scanned
from support.closeness import assert_close, assert_mixtures_close

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession, functions

from mixtura.engine.spark import Spark
from mixtura.engine.spark import engine as spark_engine

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
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
FEATURES = list("abcd")


@pytest.fixture(scope="module")
def spark():
    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def framed(spark):
    """Rows as a frame of five partitions, in their order, with null for NaN."""

    def frame(rows, **columns):
        table = pd.DataFrame(rows, columns=FEATURES).assign(**columns)
        records = table.astype(object).where(table.notna(), None).values.tolist()
        kinds = ", ".join(f"{name} double" for name in table.columns)
        return spark.createDataFrame(spark.sparkContext.parallelize(records, 5), kinds)

    return frame


def fitted(X, sample_weight=None, start=None, **settings):
    """Some iterations, by default from what a few rows tell."""
    brief = {"tol": 0, "max_iter": 3, "random_state": 0, "reg_covar": 0} | settings
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        if start is None:
            start = mx.GaussianMixture(3, **brief).fit(ROWS[:100]).mixture_
        gm = mx.GaussianMixture(3, mixture_init=start, **brief)
        return gm.fit(X, sample_weight=sample_weight)


def n_kept(spark):
    """How many blocks Spark keeps."""
    return spark.sparkContext._jsc.getPersistentRDDs().size()


@pytest.mark.parametrize(
    ("rows", "weighted", "settings"),
    [
        (ROWS, False, {}),
        (HOLES, True, {"prior": "default"}),
        (ROWS, True, {"covariance_type": "tied"}),
        (HOLES, False, {"covariance_type": "diag"}),
        (ROWS, True, {"covariance_type": "factor", "n_factors": 1}),
        (ROWS, False, {"covariance_type": "VEE", "accelerate": True}),
    ],
)
def test_a_fit_is_that_of_the_rows_in_memory(framed, rows, weighted, settings):
    weights = {"w": WEIGHTS} if weighted else {}
    there = fitted(framed(rows, **weights), "w" if weighted else None, **settings)
    here = fitted(rows, weights.get("w"), **settings)
    assert_mixtures_close(there.mixture_, here.mixture_, 1e-10)
    assert there.feature_names_in_.tolist() == FEATURES
    assert there.n_samples_fit_ == len(rows) - np.isnan(rows).all(axis=1).sum()


def test_a_fit_begins_from_a_sample_as_that_of_a_scan(framed, monkeypatch):
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", 0)
    settings = {"init_params": "kmeans", "random_state": 0, "tol": 1e-6}
    there = mx.GaussianMixture(3, **settings).fit(framed(ROWS))
    here = mx.GaussianMixture(3, **settings).fit(mx.scan([ROWS[:100], ROWS[100:]]))
    assert_mixtures_close(there.mixture_, here.mixture_, 1e-9)
    assert there.n_iter_ == here.n_iter_


def test_sums_of_many_partitions_are_added_by_executors(framed, monkeypatch):
    frame = framed(ROWS)
    few = fitted(frame)
    monkeypatch.setattr(spark_engine, "SUMMANDS", 1)
    assert_mixtures_close(fitted(frame).mixture_, few.mixture_, 1e-12)


def test_blocks_are_the_rows_in_order_every_time(framed):
    source, _ = collection_of(framed(HOLES, w=WEIGHTS)).without("w").counted("w")
    is_there = ~np.isnan(HOLES).all(axis=1)
    for _ in range(2):
        blocks = list(source)
        np.testing.assert_array_equal(np.concatenate([b.rows for b in blocks]), HOLES[is_there])
        weights = np.concatenate([block.weights for block in blocks])
        np.testing.assert_array_equal(weights, WEIGHTS[is_there])
        starts = [block.start for block in blocks]
        assert starts == [0, *np.cumsum([len(block.rows) for block in blocks])[:-1]]
    assert (source.n_rows, source.n_features) == (is_there.sum(), 4)
    assert source.is_incomplete


def test_blocks_that_are_lost_are_made_again(framed):
    source, _ = collection_of(framed(ROWS)).counted(None)
    before = Spark().sum(lambda block: block.rows.sum(), source)
    source.kept.unpersist(blocking=True)
    assert Spark().sum(lambda block: block.rows.sum(), source) == before


def test_blocks_are_kept_no_longer_than_a_fit(spark, framed):
    gc.collect()
    frame, before = framed(ROWS), n_kept(spark)
    fitted(frame)
    assert n_kept(spark) == before
    with pytest.raises(ValueError, match="infinity"):
        fitted(framed(np.where(ROWS.mean() < ROWS, np.inf, ROWS)))
    assert n_kept(spark) == before


class TestAnswers:
    @pytest.fixture(scope="class")
    def gm(self):
        return fitted(pd.DataFrame(ROWS, columns=FEATURES))

    def test_answers_are_a_column_more(self, gm, framed):
        frame = framed(HOLES).withColumn("id", functions.lit("x"))
        answered = gm.predict(gm.predict_proba(gm.score_samples(frame)))
        own = [*frame.columns, "log_density", "probability", "prediction"]
        assert answered.columns == own
        table = answered.toPandas()
        np.testing.assert_array_equal(table["prediction"], gm.predict(HOLES))
        assert_close(np.stack(table["probability"]), gm.predict_proba(HOLES), 1e-12)
        assert_close(table["log_density"], gm.score_samples(HOLES), 1e-9)
        np.testing.assert_array_equal(table[FEATURES].astype(float), HOLES)

    def test_missing_entries_are_filled_in_where_they_are(self, gm, framed):
        filled = gm.impute(framed(HOLES).select(*reversed(FEATURES))).toPandas()
        assert list(filled) == FEATURES[::-1]
        assert_close(filled[FEATURES], gm.impute(HOLES), 1e-9)

    def test_nothing_is_computed_before_it_is_asked_for(self, gm, spark):
        asked = spark.range(3).select(
            *(
                functions.raise_error(functions.lit(name)).cast("double").alias(name)
                for name in FEATURES
            )
        )
        assert gm.predict(asked).columns == [*FEATURES, "prediction"]

    def test_scores_are_those_in_memory(self, gm, framed):
        frame = framed(HOLES, w=WEIGHTS)
        for name in ("score", "bic", "aic", "icl"):
            there = getattr(gm, name)(frame, sample_weight="w")
            assert there == pytest.approx(
                getattr(gm, name)(HOLES, sample_weight=WEIGHTS), rel=1e-10
            )

    def test_a_column_is_not_overwritten(self, gm, framed):
        with pytest.raises(mx.DataFileError, match="has a column 'prediction' already"):
            gm.predict(framed(ROWS, prediction=0.0))


class TestVectors:
    @pytest.fixture(params=["array", "vector"])
    def frame(self, request, spark):
        make = list if request.param == "array" else Vectors.dense
        records = [
            (i, make(map(float, row)), w)
            for i, (row, w) in enumerate(zip(ROWS, WEIGHTS, strict=True))
        ]
        return spark.createDataFrame(records, ["id", "features", "w"])

    def test_they_are_rows_as_in_spark_ml(self, frame):
        there, here = fitted(frame, "w"), fitted(ROWS, WEIGHTS)
        assert_mixtures_close(there.mixture_, here.mixture_, 1e-10)
        answered = there.predict(frame)
        assert answered.schema["features"] == frame.schema["features"]
        np.testing.assert_array_equal(answered.toPandas()["prediction"], here.predict(ROWS))

    def test_null_is_missing(self, spark):
        records = [([1.0, None],), (None,), ([2.0, 5.0],), ([4.0, 2.0],)]
        frame = spark.createDataFrame(records, "features array<double>")
        rows = np.array([[1, np.nan], [2, 5], [4, 2]])
        there = mx.GaussianMixture().fit(frame)
        assert_mixtures_close(there.mixture_, mx.GaussianMixture().fit(rows).mixture_, 1e-10)
        filled = np.stack(there.impute(frame).toPandas()["features"])
        assert_close(filled[[0, 2, 3]], there.impute(rows), 1e-12)
        assert_close(filled[1], there.means_[0], 1e-12)

    def test_rows_of_other_lengths_are_refused(self, spark):
        frame = spark.createDataFrame([([1.0, 2.0],), ([1.0],)], "features array<double>")
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
    frame = spark.createDataFrame(records, kinds)
    with pytest.raises((ValueError, TypeError), match=sentence) as told:
        mx.GaussianMixture().fit(frame, sample_weight=weights)
    assert "\n" not in str(told.value)


def test_what_spark_meets_is_told_in_a_sentence(spark):
    frame = spark.range(4).selectExpr("cast(concat('x', id) as double) a")
    with pytest.raises(mx.MixturaError, match=r"Spark gave up: .*'x0'.* cannot be cast") as told:
        mx.GaussianMixture().fit(frame)
    assert "\n" not in str(told.value)
    broken = frame.mapInArrow(fails, "a double")
    with pytest.raises(mx.MixturaError, match=r"Spark gave up: ZeroDivisionError: division"):
        mx.GaussianMixture().fit(broken)


def fails(batches):
    yield 1 / 0
