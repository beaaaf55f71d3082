"""A kernel estimate beside the mixture: SciPy's, in regions that hold what they say."""

import matplotlib.path
import numpy as np
import pytest
from scipy.stats import gaussian_kde

import mixtura as mx


def test_its_regions_hold_what_they_say(tilted):
    rows, _ = tilted.sample(300, rng=0)
    ax = mx.plots.density(tilted, rows, levels=(0.5, 0.9), kde=True)
    assert ax.child_axes[0].get_xlabel().replace("\n", " ").endswith("those of a kernel estimate")
    dashed = ax.collections[-1]
    draws = gaussian_kde(rows.T).resample(20_000, seed=1).T
    for path, level in zip(dashed.get_paths(), (0.9, 0.5), strict=True):
        inside = sum(
            matplotlib.path.Path(loop).contains_points(draws).astype(int)
            for loop in path.to_polygons(closed_only=False)
        )
        assert (inside % 2).mean() == pytest.approx(level, abs=0.03)


def test_its_curve_is_scipys(curves):
    rows, _ = curves.sample(200, rng=0)
    ax = mx.plots.density_1d(curves, rows, kde=True)
    (dashed,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    x, y = dashed.get_data()
    np.testing.assert_allclose(y, gaussian_kde(rows[:, 0])(x))


def test_rows_that_lack_a_feature_are_left_out(tilted):
    rows, _ = tilted.sample(60, rng=0)
    rows[::3, 0] = np.nan
    ax = mx.plots.density(tilted, rows, kde=True)
    assert len(ax.collections) == 4


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        (None, "give X"),
        ([[0.0, 1.0]], "more rows"),
        ([[0, 0], [1, 1], [2, 2], [3, 3]], "on a line"),
    ],
)
def test_what_no_estimate_is_made_of(tilted, X, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.plots.density(tilted, X, kde=True)
