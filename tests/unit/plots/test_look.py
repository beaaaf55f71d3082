"""The look: colours and markers that tell components apart, captions, and the user's own style."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

import mixtura as mx
from mixtura.plots.look import broken, color, edge, grey, listed, marker


def contrast(first, second):
    """The contrast ratio of the Web Content Accessibility Guidelines 2.1."""
    bright, dark = sorted(
        (
            sum(
                weight * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
                for weight, c in zip((0.2126, 0.7152, 0.0722), rgb, strict=True)
            )
            for rgb in (first, second)
        ),
        reverse=True,
    )
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("paper", ["white", "black", "#fff8e0", "#002b36"])
def test_lines_and_words_contrast_with_the_paper(paper):
    ax = plt.figure().add_subplot(facecolor=paper)
    assert all(contrast(edge(ax, k), to_rgb(paper)) >= 3 for k in range(8))
    assert contrast(grey(ax, 0.87), to_rgb(paper)) > 7
    np.testing.assert_allclose(grey(ax, 0), to_rgb(paper))


def test_transparent_axes_are_seen_through():
    figure = plt.figure(facecolor="black")
    ax = figure.add_subplot(facecolor="none")
    np.testing.assert_allclose(grey(ax, 1), 1)
    figure.set_facecolor("none")
    np.testing.assert_allclose(grey(ax, 1), 0)


def test_components_differ_in_colour_or_marker():
    assert len({(color(k), marker(k)[0]) for k in range(72)}) == 72
    assert len({marker(k)[0] for k in range(9)}) == 9  # in greyscale


def test_the_title_is_the_users_and_stands_above_the_caption(tilted):
    ax = mx.plots.components(tilted)
    assert not ax.get_title()
    title = ax.set_title("Mine")
    ax.figure.canvas.draw()
    caption = ax.child_axes[0].xaxis.label
    assert title.get_window_extent().y0 >= caption.get_window_extent().y1 - 1


def test_captions_of_pictures_in_the_same_axes_follow_each_other(tilted):
    ax = mx.plots.density(tilted, levels=[0.9])
    for _ in range(2):
        mx.plots.components(tilted, ax=ax)
    (line,) = ax.child_axes
    assert line.get_xlabel().splitlines() == [
        "Regions hold 90\xa0%",
        "Ellipses hold 50 and 95\xa0% of each component",
    ]


@pytest.mark.parametrize("width", [3.4, 7.0])
@pytest.mark.parametrize("size", [8, 18])
def test_words_fit_into_the_figure(tilted, width, size):
    with plt.rc_context({"font.size": size}):
        figure, ax = plt.subplots(figsize=(width, 3), layout="constrained")
        mx.plots.components(tilted, ax=ax)
        figure.canvas.draw()
        assert figure.bbox.x1 >= ax.child_axes[0].xaxis.label.get_window_extent().x1
        assert figure.bbox.x0 <= ax.yaxis.label.get_window_extent().x0


def test_long_names_are_broken():
    assert broken("od280/od315_of_diluted_wines", 14) == ["od280/od315_", "of_diluted_", "wines"]
    assert broken("sepal length (cm)", 99) == ["sepal length (cm)"]
    assert broken("", 10) == [""]


def test_probabilities_in_words():
    assert listed([0.5]) == "50\xa0%"
    assert listed([0.999, 0.5, 0.123]) == "12.3, 50 and 99.9\xa0%"
