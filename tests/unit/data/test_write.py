"""`Scan.write`: all columns, and what models say of the rows beside them."""

import errno
import os
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mixtura as mx
from mixtura.data import batches
from mixtura.data.arrow import files, formats, writing
from mixtura.data.arrow.writing import WRITERS, write_table

ROWS = np.random.default_rng(0).normal(size=(500, 3))
TABLE = pa.table(
    {
        "word": [f"row {i}" for i in range(500)],
        **{name: ROWS[:, j] for j, name in enumerate("cab")},
        "id": np.arange(500),
    }
)
FRAME = TABLE.select(["a", "b"]).to_pandas()
BACK = {
    ".csv": csv.read_csv,
    ".tsv": lambda path: csv.read_csv(path, parse_options=csv.ParseOptions(delimiter="\t")),
    ".parquet": parquet.read_table,
    ".feather": feather.read_table,
    ".arrow": feather.read_table,
}

each_format = pytest.mark.parametrize("suffix", WRITERS)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of some dozen rows, so that files have many."""
    monkeypatch.setattr(batches, "BLOCK_NUMBERS", 200)
    for module in (formats, files):
        monkeypatch.setattr(module, "CSV_BYTES", 1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(scope="module")
def model():
    return mx.GaussianMixture(2, random_state=0).fit(FRAME)


@each_format
def test_answers_come_beside_all_columns(suffix, model, tmp_path):
    write_table(TABLE, tmp_path / f"rows{suffix}")
    path = tmp_path / f"out{suffix}"
    mx.scan(tmp_path / f"rows{suffix}").write(
        path, label=model.predict, density=model.score_samples, p=model.predict_proba
    )
    written = BACK[suffix](path)
    assert written.column_names == [*TABLE.column_names, "label", "density", "p_0", "p_1"]
    assert written.select(TABLE.column_names).equals(TABLE)
    np.testing.assert_array_equal(written["label"], model.predict(FRAME))
    np.testing.assert_allclose(written["density"], model.score_samples(FRAME))
    np.testing.assert_allclose(written["p_1"], model.predict_proba(FRAME)[:, 1])


@each_format
def test_a_folder_becomes_one_file_of_another_format(suffix, model, tmp_path):
    (tmp_path / "in").mkdir()
    for i, start in enumerate((0, 123)):
        write_table(TABLE.slice(start, 123), tmp_path / "in" / f"{i}.parquet")
    mx.scan(tmp_path / "in").write(tmp_path / f"out{suffix}", label=model.predict)
    written = BACK[suffix](tmp_path / f"out{suffix}")
    np.testing.assert_array_equal(written["id"], np.arange(246))
    assert written["word"].to_pylist() == TABLE["word"].to_pylist()[:246]
    np.testing.assert_array_equal(written["label"], model.predict(FRAME)[:246])


@pytest.mark.parametrize(
    "source",
    [
        TABLE,
        TABLE.to_pandas(),
        pl.from_arrow(TABLE),
        TABLE.select(["a", "b"]).to_reader(max_chunksize=9),
    ],
    ids=["Arrow", "pandas", "polars", "record batches"],
)
def test_what_is_in_memory_is_written(source, model, tmp_path):
    mx.scan(source).write(tmp_path / "out.parquet", label=model.predict)
    written = parquet.read_table(tmp_path / "out.parquet")
    np.testing.assert_array_equal(written["label"], model.predict(FRAME))


def test_arrays_get_names(tmp_path):
    nameless = mx.GaussianMixture(2, random_state=0).fit(ROWS)
    mx.scan([ROWS[:100], ROWS[100:]]).write(tmp_path / "out.parquet", label=nameless.predict)
    written = parquet.read_table(tmp_path / "out.parquet")
    assert written.column_names == ["x0", "x1", "x2", "label"]
    np.testing.assert_array_equal(np.asarray(written.select(["x0", "x1", "x2"])), ROWS)
    np.testing.assert_array_equal(written["label"], nameless.predict(ROWS))


def test_any_callable_may_answer(model, tmp_path):
    pipeline = make_pipeline(StandardScaler(), mx.GaussianMixture(2, random_state=0)).fit(FRAME)
    nameless = mx.GaussianMixture(2, random_state=0).fit(FRAME.to_numpy())
    mx.scan(TABLE, ["a", "b"]).write(
        tmp_path / "out.parquet",
        pipeline=pipeline.predict,
        nameless=nameless.predict,
        mixture=model.mixture_.log_prob,
        total=lambda rows: np.asarray(rows).sum(axis=1),
        words=lambda rows: np.where(np.asarray(rows)[:, 0] > 0, "above", "below"),
    )
    written = parquet.read_table(tmp_path / "out.parquet")
    np.testing.assert_array_equal(written["pipeline"], pipeline.predict(FRAME))
    np.testing.assert_array_equal(written["nameless"], nameless.predict(FRAME.to_numpy()))
    np.testing.assert_allclose(written["mixture"], model.score_samples(FRAME))
    np.testing.assert_allclose(written["total"], FRAME.sum(axis=1))
    assert written["words"].to_pylist() == np.where(FRAME["a"] > 0, "above", "below").tolist()


def test_every_estimator_answers_block_by_block(tmp_path):
    y = FRAME["a"] > 0
    detector = mx.MixtureOutlierDetector(false_alarm_rate=0.1, random_state=0).fit(FRAME)
    classifier = mx.MixtureClassifier(covariance_types=["VVV"], random_state=0).fit(FRAME, y)
    imputer = mx.MixtureImputer().fit(FRAME)
    auto = mx.AutoGaussianMixture((1, 2), covariance_types=["full"], random_state=0).fit(FRAME)
    answers = {
        "outlier": detector.predict,
        "p_value": detector.p_values,
        "decision": classifier.decision_function,
        "class": classifier.predict,
        "filled": imputer.transform,
        "label": auto.predict,
    }
    holes = FRAME.mask(np.random.default_rng(0).random(FRAME.shape) < 0.2)
    mx.scan(holes).write(tmp_path / "out.parquet", **answers)
    written = parquet.read_table(tmp_path / "out.parquet")
    for name, answer in answers.items():
        expected = np.asarray(answer(holes))
        if expected.ndim == 2:
            found = np.column_stack([written[f"{name}_{k}"] for k in range(2)])
        else:
            found = written[name].to_numpy()
        for said in (found, np.asarray(answer(mx.scan(holes)))):
            np.testing.assert_allclose(said.astype(float), expected.astype(float), rtol=1e-9)


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        (["0.5"], pa.float64()),
        (["9007199254740993"], pa.int64()),
        (["word"], pa.string()),
        (["0.5", "word"], pa.string()),
        ([""], pa.int64()),
    ],
)
def test_text_that_comes_late_keeps_its_column_whole(entries, kind, tmp_path):
    head = [str(i) for i in range(400)]
    lines = [f"{entry},{i}" for i, entry in enumerate([*head, *entries])]
    (tmp_path / "rows.csv").write_text("\n".join(["id,a", *lines]) + "\n")
    mean = mx.Mixture([1], [[0]], [1], covariance_type="spherical", feature_names=["a"])
    mx.scan(tmp_path / "rows.csv").write(tmp_path / "out.parquet", density=mean.log_prob)
    written = parquet.read_table(tmp_path / "out.parquet")
    assert written.schema.field("id").type == kind
    back = written["id"].cast(pa.string()).to_pylist()
    assert back == [entry or None for entry in [*head, *entries]]


@pytest.mark.parametrize(
    ("path", "answers", "sentence"),
    [
        ("out.txt", {}, "must end in one of .csv"),
        ("rows.parquet", {}, "is read: it would be overwritten"),
        ("out.csv", {"word": len}, "There is a column 'word' already"),
        ("out.csv", {"n": len}, "must say one value"),
        ("out.csv", {"n": lambda rows: np.zeros(3)}, r"what it gives has shape \(3,\)"),
        ("nowhere/out.csv", {}, "nowhere"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(path, answers, sentence, tmp_path):
    write_table(TABLE, tmp_path / "rows.parquet")
    before = (tmp_path / "rows.parquet").read_bytes()
    with pytest.raises((mx.DataFileError, ValueError, OSError), match=sentence):
        mx.scan(tmp_path / "rows.parquet", ["a", "b"]).write(tmp_path / path, **answers)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.parquet"]
    assert (tmp_path / "rows.parquet").read_bytes() == before


class FullDisk:
    """A writer for whose third table there is no room."""

    def __init__(self, writer):
        self.writer, self.n_tables = writer, 0

    def __enter__(self):
        self.writer.__enter__()
        return self

    def __exit__(self, *error):
        return self.writer.__exit__(*error)

    def write_table(self, table):
        self.n_tables += 1
        if self.n_tables == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.writer.write_table(table)


@each_format
def test_a_disk_that_fills_up_leaves_what_was_there(suffix, tmp_path, monkeypatch):
    opened = WRITERS[suffix]
    monkeypatch.setitem(
        writing.WRITERS, suffix, lambda path, schema: FullDisk(opened(path, schema))
    )
    (tmp_path / f"out{suffix}").write_bytes(b"precious")
    with pytest.raises(OSError, match="No space left"):
        mx.scan(TABLE).write(tmp_path / f"out{suffix}")
    assert [file.name for file in tmp_path.iterdir()] == [f"out{suffix}"]
    assert (tmp_path / f"out{suffix}").read_bytes() == b"precious"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_answer_that_fails_leaves_nothing(error, tmp_path):
    answered = []

    def answer(rows):
        answered.append(len(np.asarray(rows)))
        if len(answered) == 3:
            raise error
        return np.zeros(answered[-1])

    write_table(TABLE, tmp_path / "rows.feather")
    with pytest.raises(error):
        mx.scan(tmp_path / "rows.feather", "a").write(tmp_path / "out.feather", zero=answer)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.feather"]


def test_categories_of_many_blocks_are_written(tmp_path):
    kinds = np.repeat(list("xyz"), 200)
    frame = pd.DataFrame({"kind": pd.Categorical(kinds), "a": np.arange(600.0)})
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=70)
    for suffix in WRITERS:
        mx.scan(tmp_path / "rows.parquet", "a").write(tmp_path / f"out{suffix}")
        written = BACK[suffix](tmp_path / f"out{suffix}")
        assert written["kind"].cast(pa.string()).to_pylist() == kinds.tolist()


def test_files_of_other_types_are_written_as_one(tmp_path):
    (tmp_path / "in").mkdir()
    write_table(pa.table({"a": [1, 2], "b": [0.5, 1]}), tmp_path / "in" / "1.parquet")
    write_table(pa.table({"b": [2, 3], "a": [0.5, None]}), tmp_path / "in" / "2.parquet")
    mx.scan(tmp_path / "in").write(tmp_path / "out.csv")
    assert csv.read_csv(tmp_path / "out.csv").to_pydict() == {
        "a": [1, 2, 0.5, None],
        "b": [0.5, 1, 2, 3],
    }
    for other, sentence in [
        ({"a": ["x"], "b": [1]}, "2.parquet"),
        ({"a": [1], "b": [1], "c": [1]}, "2.parquet' has a column 'c', as .* has not"),
        ({"a": [1]}, "2.parquet' has no column 'b', as .* has"),
    ]:
        write_table(pa.table(other), tmp_path / "in" / "2.parquet")
        with pytest.raises(mx.DataFileError, match=sentence):
            mx.scan(tmp_path / "in").write(tmp_path / "out.csv")
