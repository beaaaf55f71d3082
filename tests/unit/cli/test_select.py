"""`mixtura select`: what it prints is what the estimator finds; the choice is a model to use."""

import io
import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from rich.console import Console
from rich.live import Live

import mixtura as mx
from mixtura.cli import console, grid, progress
from mixtura.cli.options import split_numbers
from mixtura.cli.select import choice_in_words
from support.paths import FAITHFUL

FAST = ("--effort", "fast")
NAN = float("nan")


def record(number, family, bic, *, admissible=True, status="fitted", reason=""):
    """A cell of the table, with the parts that are printed."""
    return SimpleNamespace(
        n_components=number,
        covariance_type=family,
        bic=bic,
        cv=-bic,
        admissible=admissible,
        status=status,
        reason=reason,
    )


def test_the_choice_is_printed_saved_drawn_and_labels_rows(mixtura, tmp_path):
    files = ("-o", "model.json", "--plot", "scores.png")
    result = mixtura("select", FAITHFUL, "-k", "2:4", "--families", "EEE,VVV", *FAST, *files)
    assert result.code == 0, result.err
    assert "BIC chooses EEE with 3 components; the next, EEE with 4" in result.out
    assert "2314.296" in result.out
    assert result.err.splitlines() == ["written: model.json", "written: scores.png"]
    assert (tmp_path / "scores.png").read_bytes().startswith(b"\x89PNG")
    model = mx.load(tmp_path / "model.json")
    rows = csv.read_csv(FAITHFUL)
    assert model.bic(rows) == pytest.approx(2314.296, abs=1e-3)
    assert mixtura("predict", "model.json", FAITHFUL, "-o", "labels.csv").code == 0
    np.testing.assert_array_equal(csv.read_csv("labels.csv")["label"], model.predict(rows))


def test_json_is_the_table_of_the_estimator(mixtura):
    arguments = ("-k", "1,3", "--families", "sklearn", "--criterion", "icl", "--seed", 3, *FAST)
    result = mixtura("select", FAITHFUL, *arguments, "--json")
    auto = mx.AutoGaussianMixture(
        [1, 3], covariance_types="sklearn", criterion="icl", effort="fast", random_state=3
    )
    table = auto.fit(csv.read_csv(FAITHFUL)).table_
    told = json.loads(result.out)
    assert result.err == ""
    assert told["criterion"] == "icl"
    assert len(told["table"]) == len(table) == 8
    for name in table.columns:
        expected = [None if value != value else value for value in table[name]]
        assert [row[name] for row in told["table"]] == expected


def test_weights_count_rows_and_missing_entries_are_told(mixtura):
    rows = csv.read_csv(FAITHFUL).to_pandas()
    rows["count"] = np.arange(272) % 3
    rows.loc[::9, "waiting"] = np.nan
    csv.write_csv(pa.Table.from_pandas(rows), "weighted.csv")
    arguments = ("-k", "1:2", "--families", "EEE", "--weights", "count", *FAST)
    result = mixtura("select", "weighted.csv", *arguments, "-o", "m.json")
    assert result.code == 0, result.err
    assert "31 of 544 entries, integrated out" in result.out
    model = mx.load("m.json")
    assert model.mixture_.feature_names == ("eruptions", "waiting")
    bic = model.bic(rows[["eruptions", "waiting"]], rows["count"])
    assert f"{bic:.3f}" in result.out


def test_quiet_prints_nothing(mixtura):
    result = mixtura("select", FAITHFUL, "-k", 1, "--families", "EII", *FAST, "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", [3]),
        ("1:9", [*range(1, 10)]),
        ("2,4,6", [2, 4, 6]),
        ("6, 2:3,2", [2, 3, 6]),
        ("4:4", [4]),
    ],
)
def test_numbers_of_components(text, numbers):
    assert split_numbers(text) == numbers


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        *((("-k", bad), "-k must be a number such as 3") for bad in ("0", "3:1", "1:", "two", "")),
        (("--families", "round"), "'round'"),
        (("--families", "EEE,tied"), "which are one family"),
        (("--criterion", "luck"), "--criterion must be one of bic"),
        (("--effort", "none"), "--effort must be one of fast"),
        (("--columns", "height"), "There is no column 'height'"),
        (("--weights", "height"), "There is no column 'height'"),
        (("-o", "model.txt"), "must end in .json"),
        (("--plot", "scores.gif"), "must end in one of .png"),
        (("--plot", "nowhere/scores.png"), "There is no folder 'nowhere'"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_leaves_nothing_behind(
    mixtura, tmp_path, arguments, sentence
):
    result = mixtura("select", FAITHFUL, *arguments)
    assert result.code == 2
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1
    assert (result.out, [*tmp_path.iterdir()]) == ("", [])


@pytest.mark.parametrize(
    ("behind", "evidence"),
    [(1.9, "hardly worth"), (2.1, ": positive"), (6.5, ": strong"), (10.5, "very strong")],
)
def test_differences_of_bic_are_put_into_the_words_of_kass_and_raftery(behind, evidence):
    said = choice_in_words([record(2, "VVV", 100.0), record(1, "EEE", 100.0 + behind)], "bic")
    assert said.startswith("BIC chooses VVV with 2 components; the next, EEE with 1 component, ")
    assert f"is {behind} behind" in said
    assert evidence in said


def test_spurious_fits_are_no_runners_up():
    spurious = record(3, "VVV", 90.0, admissible=False, reason="1 of 3 components is bad")
    assert choice_in_words([record(2, "VVV", 100.0), spurious], "bic").endswith("2 components.")
    said = choice_in_words([spurious], "bic")
    assert said.endswith("but no fit is admissible: 1 of 3 components is bad.")


CELLS = [
    record(1, "EEE", 120.0),
    record(2, "EEE", 110.0),
    record(1, "VVV", 115.0),
    record(2, "VVV", 90.0, admissible=False),
    record(3, "VVV", NAN, admissible=False, status="failed", reason="there are only 2 rows"),
    record(3, "EEE", NAN, admissible=False, status="stopped", reason="it cannot win"),
]


def told(width, numbers, families, cells=CELLS, criterion="bic"):
    """What is on a screen after these cells."""
    written = io.StringIO()
    screen = Console(file=written, force_terminal=True, color_system=None, width=width)
    live = Live(console=screen, auto_refresh=False)
    watcher = grid.Grid(live, numbers, families)
    watcher.begin_sweep(len(numbers) * len(families), criterion)
    for cell in cells:
        watcher.cell(cell)
    watcher.end_sweep(tuple(cells))
    screen.print(live.get_renderable())
    return written.getvalue(), watcher


def test_the_table_shows_every_cell_and_explains_those_without_a_score():
    shown, watcher = told(60, [1, 2, 3], ["EEE", "VVV"])
    lines = [line.split() for line in shown.splitlines()]
    assert ["K", "1", "2", "3"] in lines
    assert ["EEE", "120.0", "110.0", "."] in lines
    assert ["VVV", "115.0", "(90.0)", "-"] in lines
    assert "6 of 6 cells; best so far: EEE with 2 components, BIC 110.0" in shown
    assert "-  failed: there are only 2 rows" in shown
    assert ".  stopped: it cannot win" in shown
    assert "( )  a component on too few rows, or too thin" in shown
    styles = {str(watcher.seen.text(k, f).style) for k, f in [(2, "EEE"), (1, "VVV")]}
    assert styles == {"bold reverse", ""}


def test_many_numbers_of_components_go_down_the_table():
    cells = [record(k, "EEE", 100.0 + k) for k in range(1, 21)]
    shown, _ = told(60, range(1, 21), ["EEE", "VVV"], cells)
    lines = [line.split() for line in shown.splitlines()]
    assert ["K", "EEE", "VVV"] in lines
    assert ["20", "120.0"] in lines


def test_a_cell_told_again_is_counted_once_and_of_held_out_rows_more_is_better():
    again = [record(1, "EEE", 5.0), record(2, "EEE", 4.0), record(1, "EEE", 3.0)]
    _, watcher = told(60, [1, 2], ["EEE"], again, "cv")
    assert watcher.seen.in_words().startswith("2 of 2 cells; best so far: EEE with 1 component")


def test_lines_tell_what_leads(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1.0)
    monkeypatch.setattr(console, "err", Console(stderr=True, highlight=False))
    lines = grid.Lines()
    lines.begin_sweep(6, "bic")
    for cell in CELLS[:2]:
        lines.cell(cell)
    lines.end_sweep(tuple(CELLS))
    assert capsys.readouterr().err.splitlines() == [
        "1 of 6 cells; best so far: EEE with 1 component, BIC 120.0",
        "2 of 6 cells; best so far: EEE with 2 components, BIC 110.0",
    ]


def test_an_unknown_family_is_told_by_the_option(mixtura):
    result = mixtura("select", FAITHFUL, "--families", "EEE,XXX")
    assert result.code == 2
    assert "--families must be one of all, sklearn, full" in result.err
    assert "not 'XXX'" in result.err
