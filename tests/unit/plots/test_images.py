"""The pixels: the same picture twice, and beside drawings from plain primitives."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from scipy.stats import chi2, norm

import mixtura as mx
from mixtura.plots.look import color, edge, grey, quiet, shades

MEAN, COVARIANCE = np.array([1.0, 2.0]), np.array([[2.0, 0.9], [0.9, 1.0]])
CIRCLE = np.linspace(0, 2 * np.pi, 721)


@pytest.fixture
def gaussian():
    return mx.Mixture([1], [MEAN], [COVARIANCE])


def new_axes():
    return plt.figure(figsize=(4, 3), dpi=100).add_axes((0.1, 0.1, 0.8, 0.8))


def saved(ax, path):
    """Without words, whose shapes depend on the fonts of the machine."""
    for text in ax.figure.findobj(Text):
        text.set_visible(False)
    ax.figure.savefig(path)
    return str(path)


def frame_like(ax, other):
    """The axes of another picture, without its drawing."""
    other.figure.canvas.draw()  # which settles the limits of equal scales
    quiet(ax)
    ax.set(xlim=other.get_xlim(), ylim=other.get_ylim())
    ax.set_aspect(other.get_aspect(), adjustable=other.get_adjustable())


def outline(level):
    """The ellipse that holds a share of the Gaussian, as points."""
    unit = np.column_stack([np.cos(CIRCLE), np.sin(CIRCLE)])
    return MEAN + np.sqrt(chi2.ppf(level, 2)) * unit @ np.linalg.cholesky(COVARIANCE).T


@pytest.mark.parametrize("picture", ["components", "density", "uncertainty", "pairs"])
@pytest.mark.parametrize("n", [60, 30_000])
def test_the_same_picture_twice(tilted, picture, n, tmp_path):
    rows, _ = tilted.sample(n, rng=0)
    paths = []
    for name in ("first.png", "second.png"):
        axes = getattr(mx.plots, picture)(tilted, rows)
        paths.append(tmp_path / name)
        np.ravel(axes)[0].figure.savefig(paths[-1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_ellipses_beside_their_outlines(gaussian, tmp_path):
    ax = mx.plots.components(gaussian, ax=new_axes())
    ax.lines[0].remove()
    plain = new_axes()
    frame_like(plain, ax)
    for level in (0.5, 0.95):
        plain.fill(
            *outline(level).T, facecolor=(color(0), 0.07), edgecolor=edge(plain, 0), linewidth=1.3
        )
    expected, drawn = saved(plain, tmp_path / "plain.png"), saved(ax, tmp_path / "drawn.png")
    assert compare_images(expected, drawn, tol=2) is None
    plain.patches[0].remove()
    assert compare_images(saved(plain, tmp_path / "other.png"), drawn, tol=2) is not None


def test_regions_beside_their_outlines(gaussian, tmp_path):
    levels = (0.5, 0.95)
    ax = mx.plots.density(gaussian, levels=levels, ax=new_axes())
    plain = new_axes()
    frame_like(plain, ax)
    fills, lines = shades(plain, 2), shades(plain, 2, 0.5, 1)
    for k, level in enumerate(levels[::-1]):
        plain.fill(*outline(level).T, facecolor=fills[k], edgecolor=lines[k], linewidth=0.8)
    expected, drawn = saved(plain, tmp_path / "plain.png"), saved(ax, tmp_path / "drawn.png")
    assert compare_images(expected, drawn, tol=2) is None


def test_curves_beside_their_formula(curves, tmp_path):
    ax = mx.plots.density_1d(curves, ax=new_axes())
    for disc in ax.lines[3:]:
        disc.remove()
    plain = new_axes()
    frame_like(plain, ax)
    shares = []
    for k, (weight, mean, sigma) in enumerate([(0.3, -2, 1), (0.7, 1, np.sqrt(0.5))]):
        x = np.linspace(mean - 4 * sigma, mean + 4 * sigma, 1000)
        share = weight * norm.pdf(x, mean, sigma)
        plain.fill_between(x, share, color=(color(k), 0.22), linewidth=0)
        plain.plot(x, share, color=edge(plain, k), linewidth=1.4)
        shares.append((weight, mean, sigma))
    x = np.linspace(-6, 1 + 4 * np.sqrt(0.5), 1000)
    total = sum(weight * norm.pdf(x, mean, sigma) for weight, mean, sigma in shares)
    plain.plot(x, total, color=grey(plain, 0.87), linewidth=1.4)
    expected, drawn = saved(plain, tmp_path / "plain.png"), saved(ax, tmp_path / "drawn.png")
    assert compare_images(expected, drawn, tol=1) is None


def test_points_beside_their_places(gaussian, tmp_path):
    rows, _ = gaussian.sample(50, rng=0)
    ax = mx.plots.components(gaussian, rows, ax=new_axes())
    ax.lines[0].remove()
    for patch in [*ax.patches]:
        patch.remove()
    (points,) = ax.collections
    plain = new_axes()
    frame_like(plain, ax)
    plain.plot(
        *rows.T,
        linestyle="",
        marker="o",
        markersize=np.sqrt(points.get_sizes()[0]),
        markerfacecolor=(color(0), 0.5),
        markeredgecolor=edge(plain, 0),
        markeredgewidth=points.get_linewidth()[0],
    )
    expected, drawn = saved(plain, tmp_path / "plain.png"), saved(ax, tmp_path / "drawn.png")
    assert compare_images(expected, drawn, tol=1) is None
