"""Families: a panel for each, whose covariances its letters allow and those of none narrower."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mixtura as mx
from mixtura.family import SAME
from mixtura.plots.families import TABLE, example
from support.letters import LETTERS, parts_of

NAMES = [name for row in TABLE for name in row if name]
LETTERS_OF = {letters: name for name, letters in LETTERS.items()}


def error(name, covariances):
    """How far covariances are from those of a family with its parts."""
    return np.abs(parts_of(LETTERS_OF[name], covariances).dense() - covariances).max()


def test_all_families_of_three_letters_are_there():
    assert sorted(NAMES) == sorted(LETTERS_OF)


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_of_its_family_and_of_none_narrower(name):
    assert error(name, example(name)) < 1e-12
    for position, letter in enumerate(name):
        for narrower in {"V": "E", "E": "I"}.get(letter, ""):
            other = name[:position] + narrower + name[position + 1 :]
            if other in LETTERS_OF:
                assert error(other, example(name)) > 0.01


def test_panels_have_names_and_three_ellipses():
    axes = mx.plots.families()
    for names, row in zip(TABLE, axes, strict=True):
        for name, ax in zip(names, row, strict=True):
            assert ax.get_title(loc="left") == name
            assert ax.get_title(loc="right") == SAME.get(name, "")
            assert len(ax.patches) == (3 if name else 0)
            for ellipse in ax.patches:
                low, high = ellipse.get_extents().get_points()
                inner = ax.get_window_extent()
                assert inner.x0 < low[0] < high[0] < inner.x1
                assert inner.y0 < low[1] < high[1] < inner.y1


def test_the_grid_stands_where_it_is_put():
    figure, ax = plt.subplots()
    axes = mx.plots.families(ax=ax)
    assert axes[3, 3].figure is figure
    assert figure._suptitle is None
    with pytest.raises(ValueError, match="4 x 4 Axes"):
        mx.plots.families(ax=plt.subplots(2, 2)[1])
