"""mixtura outliers: what it writes is what the library computes, for detectors and for others."""

import numpy as np
import pytest
from pyarrow import compute, csv
from scipy.stats import false_discovery_control

import mixtura as mx
from mixtura.uses import Calibration
from support.paths import FAITHFUL


@pytest.fixture(scope="module")
def rows():
    return csv.read_csv(FAITHFUL)


@pytest.fixture(scope="module")
def detector(rows):
    return mx.MixtureOutlierDetector(false_alarm_rate=0.05, random_state=0).fit(rows)


@pytest.fixture(autouse=True)
def files(tmp_path, rows, detector):
    mx.save(detector, tmp_path / "detector.json")
    mx.save(detector.mixture_, tmp_path / "mixture.json")
    csv.write_csv(rows.slice(0, 100), tmp_path / "normal.csv")


def test_a_detector_flags_by_its_own_threshold(mixtura, rows, detector):
    result = mixtura("outliers", "detector.json", FAITHFUL, "-o", "out.csv")
    written = csv.read_csv("out.csv")
    assert written.column_names[2:] == ["score", "p_value", "outlier", "explanation"]
    np.testing.assert_allclose(written["score"], detector.score_samples(rows))
    np.testing.assert_allclose(written["p_value"], detector.p_values(rows))
    np.testing.assert_array_equal(written["outlier"], detector.predict(rows) == -1)
    n = compute.sum(written["outlier"]).as_py()
    assert (
        result.err
        == f"{n} of 272 rows flagged in out.csv; p-values: 136 rows held out of the fit\n"
    )


def test_a_plain_model_takes_p_values_from_its_own_draws(mixtura, rows, detector):
    result = mixtura("outliers", "mixture.json", FAITHFUL, "--seed", 3, "-o", "out.csv")
    written = csv.read_csv("out.csv")
    expected = Calibration.drawn(detector.mixture_, 9999, 3).p_values(detector.score_samples(rows))
    np.testing.assert_allclose(written["p_value"], expected)
    np.testing.assert_array_equal(written["outlier"], expected <= 0.01)
    assert "9999 rows drawn from the model" in result.err


def test_p_values_from_a_table_of_normal_rows(mixtura, rows, detector):
    command = "outliers", "mixture.json", FAITHFUL, "--normal", "normal.csv"
    mixtura(*command, "--false-discovery-rate", 0.3, "-o", "out.csv", "--quiet")
    written = csv.read_csv("out.csv")
    scores = detector.score_samples(rows)
    expected = Calibration.of(scores[:100], None).p_values(scores)
    np.testing.assert_allclose(written["p_value"], expected)
    np.testing.assert_array_equal(written["outlier"], false_discovery_control(expected) <= 0.3)


def test_missing_entries_are_scored_and_not_explained(mixtura, tmp_path, detector):
    (tmp_path / "holes.csv").write_text("eruptions,waiting\n3,\n,95\n9,50\n")
    printed = mixtura("outliers", "detector.json", "holes.csv").out.splitlines()
    assert "waiting" not in printed[1]
    assert "eruptions" not in printed[2]
    assert "eruptions" in printed[3]
    assert "true" in printed[3]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--false-alarm-rate", 0.001), "the smallest rate that they reach is 0.007299"),
        (("--false-alarm-rate", 1.5), "--false-alarm-rate must lie between 0 and 1"),
        (("--false-alarm-rate", 0.1, "--false-discovery-rate", 0.1), "not both"),
        (("--normal", "absent.csv"), "There is no file 'absent.csv'"),
        (("-o", "detector.json"), "must end in one of .csv"),
    ],
)
def test_bad_input_is_one_clear_sentence(mixtura, options, sentence):
    result = mixtura("outliers", "detector.json", FAITHFUL, *options)
    assert result.code == 2
    assert sentence in result.err
    assert result.err.count("\n") == 1
