"""Every benchmark runs, on a few rows."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mixtura import _machine
from support.paths import ROOT
from support.spark import WARNING, skip_without_spark

FOLDER = ROOT / "benchmarks"

if not _machine.instruction_sets():
    pytest.skip("Mixtura was installed without a compiler.", allow_module_level=True)


@pytest.fixture
def table(monkeypatch, capsys):
    """The cells that a benchmark prints, without the head; all of it in this process."""
    monkeypatch.syspath_prepend(FOLDER)

    def here(function, *arguments):
        return function(*arguments)

    def table(name, *arguments):
        monkeypatch.setattr(importlib.import_module("measure"), "SHORTEST", 0.0)
        for module in ("measure", "memory"):
            monkeypatch.setattr(importlib.import_module(module), "in_child", here)
        importlib.import_module(name).main(arguments)
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]

    return table


def test_iterations(table):
    rows = table("iterations", "F", "--turns", "1", "--iterations", "1", "--threads", "1")
    assert [row[6] for row in rows[:2]] == ["mixtura", "scikit-learn"]
    assert all(abs(float(row[-1])) < 1e-6 for row in rows)


def test_iterations_of_other_kinds(table):
    arguments = "--scale", "0.002", "--turns", "1", "--iterations", "1", "--threads", "1"
    for more in (["B", "T"], ["B", "G", "--overlap", "--dtype", "float32"]):
        rows = table("iterations", *more, *arguments)
        assert {row[0] for row in rows} == set(more[:2])


def test_fits(table):
    rows = table("fits", "F", "G", "--scale", "0.002", "--turns", "1", "--threads", "1")
    assert {row[5] for row in rows} >= {"mixtura", "scikit-learn"}


def test_threads(table):
    rows = table("threads", "B", "--scale", "0.002", "--turns", "1")
    assert [row[0] for row in rows] == ["B"]


def test_families(table):
    rows = table(
        "families", "EII", "VVV", "VVE", "--scale", "0.01", "--turns", "1", "--threads", "1"
    )
    assert [row[0] for row in rows] == ["VVV (full)", "EII", "VVE"]


def test_places(table):
    arguments = "--scale", "0.002", "--iterations", "1", "--turns", "1"
    rows = table("places", "--places", "in memory", "memory map", "Parquet file", *arguments)
    assert len({row[-1] for row in rows}) == 1


def test_scaling(table):
    rows = table("scaling", "--features", "3", "--components", "2")
    assert [row[0] for row in rows] == ["1e+09"] * 2 + ["1e+10"] * 2 + ["1e+11"] * 2
    workers = [int(row[4]) for row in rows[::2]]
    assert workers == sorted(workers)


def test_classification(table, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    classification = importlib.import_module("classification")
    make = classification.classifier
    monkeypatch.setattr(
        classification, "classifier", lambda **given: make(covariance_types=["EEE"], **given)
    )
    monkeypatch.setattr(classification, "LARGER", {"iris": classification.DATA["iris"]})
    monkeypatch.setattr(classification, "N_FOLDS", 2)
    rows = table("classification", "--repetitions", "1")
    assert [row[0] for row in rows if len(row) == 4][:4] == ["iris", "iris", "iris", "wine"]


def test_missing(table, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    missing = importlib.import_module("missing")
    monkeypatch.setattr(missing, "CASES", [(3, 0.2, "full"), (4, 0.3, "factor")])
    monkeypatch.setattr(missing, "seconds", lambda act, *arguments: act(*arguments).total_weight)
    rows = table("missing", "--scale", "0.01", "--turns", "1", "--threads", "1")
    assert [row[:3] for row in rows] == [["3", "20%", "full"], ["4", "30%", "factor"]]


@pytest.mark.skipif(sys.platform == "win32", reason="peaks are POSIX's")
def test_factors(table, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(
        importlib.import_module("factors"), "in_child", lambda fit, *size: fit(*size)
    )
    ((n, d, *_, converged),) = table("factors", "60", "8", "2", "1")
    assert (n, d, converged) == ("60", "8", "True")


def test_recovery(table):
    rows = table("recovery", "--scale", "0.02", "--sets", "1", "--knn", "20")
    assert [row[0] for row in rows if "%" in row[0]] == 1 * ["20%", "40%"] + 4 * ["20%"] + 4 * [
        "40%"
    ]


def test_regression(table, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    regression = importlib.import_module("regression")
    monkeypatch.delitem(regression.METHODS, "GaussianProcessRegressor")
    rows = table("regression", "sine", "--sets", "1")
    assert [row[1] for row in rows] == list(regression.METHODS)
    assert float(rows[0][2]) > 0.7 > 0.2 > float(rows[3][2])


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_killed(table, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    killed = importlib.import_module("killed")
    monkeypatch.setattr(killed, "KILLED", {"accelerated": killed.KILLED["accelerated"]})
    monkeypatch.setattr(killed, "COSTS", [(100_000, 2, 2, 2)])
    fit, _, cost = table("killed", "--scale", "0.002", "--kills", "1", "--turns", "1")
    assert (fit[0], fit[3]) == ("accelerated", "yes")
    assert cost[:4] == ["200", "2", "2", "2"]


def test_best_known(table, tmp_path):
    chosen = "--data", "faithful", "--families", "EEE", "VVI", "--components", "2", "3"
    arguments = *chosen, "--seeds", "1", "--processes", "0", "--keep", str(tmp_path)
    rows = table("best_known", *arguments)
    assert [row[:4] for row in rows] == [
        ["faithful", "EEE", "2", "100.0%"],
        ["faithful", "VVI", "2", "100.0%"],
        ["all", "", "4", "100.0%"],
    ]
    kept = (tmp_path / "normal.csv").read_text()
    assert table("best_known", *arguments) == rows  # of what was kept, seconds and all
    assert (tmp_path / "normal.csv").read_text() == kept


def test_outliers(table):
    ((name, *precisions),) = table("outliers", "wine", "--splits", "1")
    assert name == "wine"
    assert all(0 < float(precision) <= 1 for precision in precisions)


def test_calibration_of_outliers(table):
    rows = table("outliers", "--calibration", "--replications", "2")
    assert [row[0] for row in rows] == ["0.1%", "1.0%", "5.0%"]


def test_overlap(table):
    sizes = "--components", "3", "--features", "2", "--units", "1"
    *sets, _, units = table("overlap", *sizes, "--effort", "fast", "--processes", "0")
    assert [row[:3] for row in sets] == [["3", "2", "5%"], ["3", "2", "15%"]]
    assert all(abs(float(error)) < 1e-6 for error in units[3:])


def test_selection(table, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    selection = importlib.import_module("selection")
    X = np.random.default_rng(0).normal(size=(100, 2))
    X[50:] += 8
    two_balls = selection.FamilySet("EII", 2, X, np.arange(100) // 50)
    monkeypatch.setattr(selection, "drawn", lambda _: two_balls)
    monkeypatch.setattr(selection, "MOST", 3)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    arguments = "--sets", "1", "--most", "1", "--processes", "0", "--effort", "fast"
    rows = table("selection", "--tables", "drawn", "sweep", *arguments)
    assert rows[0][:4] == ["100", "2", "EII,2", "EII,2"]
    assert rows[-1][1] == "not measured: R and mclust are not at hand"


def test_memory(table):
    rows = table("memory", "--rows", "20000", "--threads", "1")
    cells = [(where, start) for where in ("in memory", "mapped") for start in ("given", "default")]
    assert [tuple(row[4:6]) for row in rows] == cells


def test_cluster_dask(table):
    pytest.importorskip("distributed")
    ((*_, bytes_of_all, between_workers, _),) = table(
        "cluster_dask", "--rows", "4000", "--partitions", "2", "--turns", "1", "--iterations", "1"
    )
    assert int(bytes_of_all) > int(between_workers) > 0


@pytest.mark.filterwarnings(WARNING)
def test_cluster_spark(table):
    skip_without_spark()
    rows = table("cluster_spark", "--scale", "0.002", "--turns", "1", "--iterations", "1", "1")
    assert [row[4] for row in rows] == ["mixtura", "Spark MLlib"]


def test_segmentation(table, monkeypatch):
    pytest.importorskip("resource", reason="peaks of memory are told where it is")
    monkeypatch.syspath_prepend(FOLDER)
    segmentation = importlib.import_module("segmentation")
    monkeypatch.setattr(segmentation, "in_child", lambda segmented, *size: segmented(*size))
    arguments = "--scale", "0.05", "--images", "stripes of 16", "--threads", "1"
    *noisy, _, first, _, _, last, _, _ = table("segmentation", *arguments)
    assert [row[1] for row in noisy] == ["75%", "80%", "85%"]
    assert all(float(row[5]) > float(row[2]) + 5 for row in noisy)
    assert (first[-1], last[-1]) == ("100.0%", "100.0%")


def test_peaks_are_those_of_another_process(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    assert importlib.import_module("measure").in_child(os.getpid) != os.getpid()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux tells peaks")
def test_a_peak_is_seen():
    code = (
        "import numpy as np; from measure import peak_beyond; "
        "print(peak_beyond(lambda: np.ones((40, 1 << 17))))"  # 40 MiB, gone again
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    assert 38 < float(done.stdout) < 60


def test_instructions_need_valgrind(monkeypatch, capsys):
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    importlib.import_module("instructions").main([])
    assert "Valgrind is not installed" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forking is POSIX's")
def test_what_instructions_counts(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    command = [sys.executable, FOLDER / "instructions.py", "--inside", "--isa", "baseline"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    instructions = importlib.import_module("instructions")
    told = [tuple(line.split()[1:]) for line in out.splitlines()]
    assert told == [tuple(map(str, work)) for work in instructions.work(["baseline"])]


def test_history(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    history = importlib.import_module("history")
    for key in ("F", "A"):
        history.test_five_iterations(lambda f, *arguments: f(*arguments), key)


def test_stream(table):
    rows = table("stream", "--scale", "0.05", "--seeds", "1")
    assert {row[1] for row in rows} >= {"partial_fit", "scikit-learn, warm_start"}
    assert all(float(row[2]) > -0.1 for row in rows)


def test_passes_saved(table):
    rows = table("stream", "--passes", "--scale", "0.05", "--seeds", "1")
    assert [row[1] for row in rows[:3]] == ["none", "by cluster", "by a feature"]


def test_scan(table, monkeypatch, tmp_path):
    if not Path("/proc/self/status").exists():
        pytest.skip("Linux tells memory.")
    monkeypatch.syspath_prepend(FOLDER)
    scan = importlib.import_module("scan")
    monkeypatch.setattr(scan, "in_child", lambda measured, *arguments: measured(*arguments))
    rows = table("scan", "--rows", "20000", "--turns", "1", "--folder", str(tmp_path))
    assert [row[0] for row in rows] == list(scan.SOURCES)
    assert all(float(row[-1]) > 0 for row in rows)
