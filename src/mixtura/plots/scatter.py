"""Rows in a plane: points by component, or where they are many, an image of their density."""

import numpy as np

from mixtura.plots.figure import Axes, AxesImage, inches, to_rgb
from mixtura.plots.look import INK, color, edge, grey, grey_map, marker, unstuck
from mixtura.plots.rows import Box, Labels, Rows
from mixtura.typing import Float


def draw_points(
    ax: Axes, rows: Rows, features: list[int], labels: Labels, n_components: int
) -> None:
    """Each row in the colour and with the marker of its component.

    Of many rows, each cell of a grid has the mean colour of its rows, and the stronger the more
    they are (in logarithms).
    """
    if rows.many:
        _draw_cells(ax, rows, features, labels, n_components)
        return
    shown = rows.columns(features)
    area = point_area(ax, len(rows))
    for component in range(n_components):
        shape, factor = marker(component)
        x, y = shown[labels == component].T
        ax.scatter(
            x,
            y,
            s=area * factor,
            marker=shape,
            facecolor=(color(component), 0.5),
            edgecolor=edge(ax, component),
            linewidth=0.04 * np.sqrt(area),
            zorder=1.5,
            rasterized=len(rows) > 2000,
        )


def draw_plain_points(ax: Axes, rows: Rows, features: list[int]) -> None:
    """Each row as a grey point; many rows as the grey image of their density."""
    if rows.many:
        box = rows.box(features)
        (counts,) = rows.sums(features, box, grid_shape(ax, len(rows)))
        shaded = np.ma.masked_equal(_strengths(counts), 0)
        draw_image(ax, shaded, box).set(cmap=grey_map(ax, 0.05, 0.45), clim=(0, 1))
        return
    x, y = rows.columns(features).T
    ax.scatter(
        x,
        y,
        s=0.6 * point_area(ax, len(rows)),
        color=(*grey(ax, INK), 0.55),
        linewidth=0,
        zorder=1.5,
        rasterized=len(rows) > 2000,
    )


def point_area(ax: Axes, n_rows: int) -> float:
    """Square points of a marker: together they would cover a tenth of the axes."""
    width, height = inches(ax)
    return float(np.clip(0.1 * 72**2 * width * height / n_rows, 2.5, 18))


def grid_shape(ax: Axes, n_rows: int) -> tuple[int, int]:
    """Cells along each axis: the more rows, the finer, but none smaller than a point."""
    side = int(np.clip(4 * n_rows**0.25, 50, 200))
    width, height = inches(ax)
    return min(side, int(72 * width) + 1), min(side, int(72 * height) + 1)


def draw_image(ax: Axes, cells: Float, box: Box) -> AxesImage:
    """Cells of a grid over a box, one image whatever the number of rows."""
    image = ax.imshow(
        cells, extent=box, origin="lower", aspect="auto", interpolation="nearest", zorder=1
    )
    unstuck(image)
    ax.autoscale(True)
    return image


def _draw_cells(
    ax: Axes, rows: Rows, features: list[int], labels: Labels, n_components: int
) -> None:
    box = rows.box(features)
    counts = rows.sums(
        features, box, grid_shape(ax, len(rows)), groups=labels, n_groups=n_components
    )
    total = counts.sum(axis=0)
    colors = np.array([to_rgb(color(component)) for component in range(n_components)])
    mean = np.einsum("kyx,kc->yxc", counts, colors) / np.maximum(total, 1)[:, :, None]
    draw_image(ax, np.dstack([mean, 0.85 * _strengths(total)]), box)


def _strengths(counts: Float) -> Float:
    """From 0.1 for a single row to 1 for the fullest cell, and 0 for none."""
    logs = np.log1p(counts)
    return np.where(counts > 0, 0.1 + 0.9 * logs / logs.max(), 0)
