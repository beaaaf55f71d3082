"""Wherever rows are read from, the same start leads to the end that it has in memory."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from conformance.pairs import FEATURES, ROWS, Case, mixture_of
from mixtura.data.arrays import ArrayReader
from mixtura.data.arrow.writing import write_table
from mixtura.engine import scanned
from support.closeness import assert_mixtures_close

NAMES = list("abc")


def table_of(rows):
    return pa.table(dict(zip(NAMES, rows.T, strict=False)))


def in_file(suffix):
    def source(rows, folder):
        write_table(table_of(rows), folder / f"rows{suffix}")
        return mx.scan(folder / f"rows{suffix}")

    return source


def mapped(rows, folder):
    np.save(folder / "rows.npy", rows)
    return mx.scan(folder / "rows.npy")


PLACES = {
    "batches": lambda rows, _: mx.Scan(ArrayReader.of([rows[:40], rows[40:]], batch_rows=17)),
    "record batches": lambda rows, _: mx.scan(table_of(rows).to_reader(max_chunksize=7)),
    "data frame": lambda rows, _: mx.scan(pd.DataFrame(rows, columns=NAMES[: rows.shape[1]])),
    "memory map": mapped,
    "CSV": in_file(".csv"),
    "Parquet": in_file(".parquet"),
    "Feather": in_file(".feather"),
}
CHOSEN = [
    feature
    for feature in FEATURES
    if feature.choice not in {"container", "init_params", "responsibilities_init"}
    and feature.name
    not in {"float32", "means_init", "mixture_init", "fixed covariances", "checkpoint"}
]


@pytest.fixture(autouse=True)
def _read_in_each_pass(monkeypatch):
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", 0)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("feature", CHOSEN, ids=lambda feature: feature.name)
def test_the_same_start_leads_to_the_same_end(feature, place, tmp_path):
    case = feature.change(Case())
    settings = {**case.settings, "mixture_init": mixture_of(case)}
    settings = {name: value for name, value in settings.items() if not name.endswith("s_init")}
    in_memory = mx.GaussianMixture(**settings).fit(case.rows, sample_weight=case.weights)
    scan = PLACES[place](case.rows, tmp_path)
    read = mx.GaussianMixture(**settings).fit(scan, sample_weight=case.weights)
    assert_mixtures_close(read.mixture_, in_memory.mixture_, 1e-10)
    assert read.n_iter_ == in_memory.n_iter_
    assert read.n_samples_fit_ == in_memory.n_samples_fit_
    assert read.score(scan) == pytest.approx(in_memory.score(case.rows), rel=1e-10)
    np.testing.assert_array_equal(read.predict(scan), in_memory.predict(case.rows))
    np.testing.assert_allclose(
        read.predict_proba(scan), in_memory.predict_proba(case.rows), atol=1e-9
    )
    np.testing.assert_allclose(read.impute(scan), in_memory.impute(case.rows), rtol=1e-8)


def test_a_memory_map_gives_the_same_bits(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    in_memory, from_map = (mx.GaussianMixture(3, random_state=0).fit(each) for each in (ROWS, rows))
    np.testing.assert_array_equal(from_map.means_, in_memory.means_)
    np.testing.assert_array_equal(from_map.covariances_, in_memory.covariances_)


def test_small_scans_are_kept_and_give_the_same_bits_as_arrays(monkeypatch):
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", ROWS.size)
    for settings in ({}, {"init_params": "search", "effort": "fast"}):
        gm = mx.GaussianMixture(3, random_state=0, **settings)
        in_memory = gm.fit(ROWS).means_
        kept = gm.fit(mx.scan([ROWS[:40], ROWS[40:]])).means_
        np.testing.assert_array_equal(kept, in_memory)


def test_a_fit_of_files_goes_on_from_its_checkpoint(tmp_path):
    write_table(table_of(ROWS), tmp_path / "rows.parquet")
    settings = {"n_components": 3, "random_state": 0, "tol": 0}

    def fit(max_iter, **more):
        gm = mx.GaussianMixture(max_iter=max_iter, **settings, **more)
        with pytest.warns(ConvergenceWarning):
            return gm.fit(mx.scan(tmp_path / "rows.parquet"))

    fit(4, checkpoint=tmp_path / "kept")
    resumed = fit(9, checkpoint=tmp_path / "kept")
    np.testing.assert_array_equal(resumed.lower_bounds_[:4], fit(4).lower_bounds_)
    assert len(resumed.lower_bounds_) == 9
    write_table(table_of(ROWS + 1), tmp_path / "rows.parquet")
    with pytest.raises(mx.CheckpointError, match="of another fit"):
        mx.GaussianMixture(max_iter=9, **settings, checkpoint=tmp_path / "kept").fit(
            mx.scan(tmp_path / "rows.parquet")
        )
