"""Criterion: every score where it belongs, the choice marked, and nothing hidden."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura.plots.criterion import LEADERS
from mixtura.plots.ends import spread

FAMILIES = ["VVV", "EEE", "VVI", "EEI", "VII", "EII"]
NAN = float("nan")


def chosen_from(*cells, criterion="bic", **more):
    """What the estimator is after a search with this table: (K, family, score, admissible)."""
    numbers, families, values, admissible = zip(*cells, strict=True)
    status = ["failed" if np.isnan(value) else "fitted" for value in values]
    table = {
        "n_components": numbers,
        "covariance_type": families,
        criterion: values,
        "admissible": admissible,
        "status": status,
    }
    mixture = mx.Mixture([1], [[0]], [1], covariance_type="spherical")
    return SimpleNamespace(mixture_=mixture, criterion=criterion, table_=table | more)


@pytest.fixture
def auto():
    """Six families by four numbers; the score grows with the family and the distance from 2."""
    cells = [
        (k, family, 100.0 + 10 * rank + 7 * abs(k - 2), True)
        for rank, family in enumerate(FAMILIES)
        for k in (1, 2, 3, 4)
    ]
    return chosen_from(*sorted(cells, key=lambda cell: cell[2]))


def points(ax):
    """Places and faces of all points but the ring: {(K, score): face}."""
    return {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0])): line.get_markerfacecolor()
        for line in ax.lines
        if len(line.get_xdata()) == 1 and line.get_markerfacecolor() != "none"
    }


def ring(ax):
    (line,) = (line for line in ax.lines if line.get_markerfacecolor() == "none")
    return float(line.get_xdata()[0]), float(line.get_ydata()[0])


def words(ax):
    return [text.get_text() for text in ax.texts]


def caption(ax):
    (line,) = ax.child_axes
    return line.get_xlabel().replace("\n", " ")


def test_every_score_is_a_point_and_the_best_has_a_ring(auto):
    ax = mx.plots.criterion(auto)
    table = auto.table_
    assert set(points(ax)) == set(zip(table["n_components"], table["bic"], strict=True))
    assert ring(ax) == (2, 100)
    assert "VVV, 2" in words(ax)
    assert caption(ax).startswith("BIC chose VVV with 2 components; VVV with 1 component is 7.0")
    assert ax.get_ylabel() == "BIC (lower is better)"
    assert ax.get_xticks().tolist() == [1, 2, 3, 4]
    low, high = ax.get_ylim()
    assert low < 100 < high


def test_every_family_is_named_and_the_best_have_colours(auto):
    ax = mx.plots.criterion(auto)
    names = {text.get_text(): text for text in ax.texts}
    assert set(FAMILIES) <= set(names)
    colours = {names[family].get_color() for family in FAMILIES}
    assert len(colours) == LEADERS + 1
    heights = [names[family].xyann[1] for family in FAMILIES]
    assert heights == sorted(heights)


def test_spurious_fits_are_hollow_and_never_called_best():
    ax = mx.plots.criterion(
        chosen_from((1, "VVV", 50.0, True), (2, "VVV", 60.0, True), (3, "VVV", 45.0, False))
    )
    faces = points(ax)
    np.testing.assert_allclose(faces[3, 45], (1, 1, 1))
    assert not np.allclose(faces[1, 50], (1, 1, 1))
    assert ring(ax) == (1, 50)
    assert "VVV with 2 components is 10.0 behind. Hollow points" in caption(ax)


def test_cells_without_a_score_are_counted_below_the_axis():
    cells = [(1, "VVV", 50.0, True), (1, "EEE", 55.0, True), (2, "VVV", NAN, False)]
    auto = chosen_from(*cells, (2, "EEE", NAN, False), (3, "EEE", NAN, False))
    auto.table_["status"] = ["fitted", "fitted", "failed", "failed", "stopped"]
    ax = mx.plots.criterion(auto)
    counts = [(text.get_text(), text.xy[0]) for text in ax.texts if text.get_text().isdigit()]
    assert counts == [("2", 2), ("1", 3)]
    assert {"failed", "stopped"} <= set(words(ax))
    assert ax.get_xlim()[1] > 3


def test_scores_far_behind_are_outside_the_frame_and_counted():
    near = [(k, "VVV", 100.0 + k, True) for k in range(1, 8)]
    ax = mx.plots.criterion(chosen_from(*near, (8, "VVV", 1e6, True), (9, "EEE", 1e6, True)))
    assert ax.get_ylim()[1] < 200
    assert caption(ax).endswith("2 scores lie outside the frame.")
    assert {"VVV ↑", "EEE ↑"} <= set(words(ax))


def test_of_held_out_rows_higher_is_better():
    cells = [(2, "VVV", -3.0, True), (1, "VVV", -3.5, True), (3, "VVV", -4.0, True)]
    auto = chosen_from(*cells, criterion="cv", bic=[9.0, 8.0, 10.0])
    ax = mx.plots.criterion(auto)
    assert ax.get_ylabel().replace("\n", " ").endswith("held out (higher is better)")
    assert caption(ax).endswith("VVV with 1 component is 0.5 behind.")
    bottom, top = ax.get_ylim()
    assert bottom < top
    assert ring(ax) == (2, -3)
    by_bic = mx.plots.criterion(auto, criterion="bic")
    assert by_bic.get_ylabel() == "BIC (lower is better)"
    assert "would choose VVV with 1 component." in caption(by_bic)
    assert ring(by_bic) == (2, 9)


def test_one_cell_is_drawn(tmp_path):
    ax = mx.plots.criterion(chosen_from((1, "EII", 3.0, True)))
    ax.figure.savefig(tmp_path / "one.png")
    assert caption(ax) == "BIC chose EII with 1 component."


def test_small_axes_name_the_best_families_alone(auto):
    ax = plt.figure(figsize=(3, 1.2)).add_axes((0.2, 0.4, 0.6, 0.4))
    assert mx.plots.criterion(auto, ax=ax) is ax
    named = [family for family in FAMILIES if family in words(ax)]
    assert named == FAMILIES[: len(named)]
    assert 1 <= len(named) < len(FAMILIES)


def test_what_has_no_table_is_refused(curves, auto):
    with pytest.raises(TypeError, match="A Mixture was not chosen from a table"):
        mx.plots.criterion(curves)
    with pytest.raises(TypeError, match="SimpleNamespace has no table_"):
        mx.plots.criterion(SimpleNamespace(mixture_=curves))
    with pytest.raises(ValueError, match=r"criterion must be one of bic, .* not 'icl'"):
        mx.plots.criterion(auto, criterion="icl")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=14), st.floats(0, 1))
def test_names_keep_their_distance_and_their_order(wanted, share):
    distance = share / len(wanted)
    wanted = np.array(wanted)
    places = spread(wanted, distance)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(places[order]) >= distance - 1e-12).all()
    assert places.min() >= 0
    assert places.max() <= 1 + 1e-12
    if (np.diff(wanted[order]) >= distance).all():
        np.testing.assert_allclose(places, wanted, atol=1e-12)
