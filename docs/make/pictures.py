"""The pictures of the documentation, each drawn by a function of its name.

Most are `mx.plots`; a picture that a page draws itself is drawn by the page's own code.
"""

import io
import re
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from functools import cache
from typing import Any

import matplotlib as mpl
from excerpts import ROOT
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.datasets import load_iris
from threadpoolctl import threadpool_limits

import mixtura as mx
from mixtura.cli.inputs import rows_to_show

PAPER = {"light": "#ffffff", "dark": "#1e2129"}
INK = {"light": "#000000", "dark": "#ffffff"}

PICTURES: dict[str, Callable[[], Figure]] = {}


def picture(draw: Callable[[], Figure]) -> Callable[[], Figure]:
    """Register a picture under the name of its function."""
    PICTURES[draw.__name__] = draw
    return draw


@cache
def drawn(name: str, scheme: str) -> str:
    """A picture as SVG, for light or dark pages; the same bytes each time, unless of seconds."""
    ink = INK[scheme]
    colors = {
        "figure.facecolor": PAPER[scheme],
        "axes.facecolor": PAPER[scheme],
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": ink,
        "xtick.color": ink,
        "ytick.color": ink,
        "svg.hashsalt": "mixtura",
    }
    with mpl.rc_context(colors), threadpool_limits(1):
        text = io.StringIO()
        PICTURES[name]().savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


@cache
def faithful() -> tuple[mx.GaussianMixture, Any]:
    """The eruptions of Old Faithful, and two components fitted to them."""
    rows = rows_to_show(mx.scan(ROOT / "examples" / "faithful.csv"))
    return mx.GaussianMixture(2, random_state=0).fit(rows), rows


@picture
def clusters() -> Figure:
    """The two kinds of eruption."""
    figure, ax = one()
    mx.plots.components(*faithful(), ax=ax)
    return figure


@picture
def uncertainty() -> Figure:
    """Which eruptions could be of either kind."""
    figure, ax = one()
    mx.plots.uncertainty(*faithful(), ax=ax)
    return figure


@picture
def density() -> Figure:
    """The density of eruptions."""
    figure, ax = one()
    mx.plots.density(*faithful(), ax=ax)
    return figure


@picture
def waiting() -> Figure:
    """The marginal distribution of one column."""
    figure, ax = one(height=3.2)
    fitted, rows = faithful()
    mx.plots.density_1d(fitted.mixture_.marginal("waiting"), rows.select(["waiting"]), ax=ax)
    return figure


@cache
def flowers() -> tuple[Any, mx.Mixture, mx.GaussianMixture]:
    """Iris flowers, their mixture from the default start, and the fit of eight random ones."""
    rows = load_iris().data
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    mixture = mx.GaussianMixture(3, random_state=0).fit(rows).mixture_.named(names)
    runs = mx.GaussianMixture(3, init_params="random_from_data", n_init=8, random_state=0)
    return rows, mixture, runs.fit(rows)


@picture
def pairs() -> Figure:
    """Flowers in four features."""
    figure, ax = one(width=8, height=7.2)
    rows, mixture, _ = flowers()
    mx.plots.pairs(mixture, rows, ax=ax)
    return figure


@picture
def history() -> Figure:
    """Eight runs of a fit to the flowers, one of which goes astray upwards."""
    figure, ax = one(height=3.2)
    mx.plots.history(flowers()[2], ax=ax).set_ylim(-3, 0)
    return figure


@picture
def families() -> Figure:
    """The shapes of all families."""
    figure, ax = one(width=7.2, height=6.5)
    mx.plots.families(ax=ax)
    return figure


@cache
def blobs() -> tuple[Any, dict[str, mx.GaussianMixture]]:
    """Rows of three shapes, and fits of the four types of covariance."""
    truth = mx.Mixture(
        [0.4, 0.35, 0.25],
        [[0, 0], [5, 3], [1, 5]],
        [[[1.6, 1.1], [1.1, 1]], [[0.3, 0], [0, 1.8]], [[0.5, -0.1], [-0.1, 0.2]]],
    )
    rows, _ = truth.sample(400, rng=4)
    kinds = ("full", "tied", "diag", "spherical")
    return rows, {
        kind: mx.GaussianMixture(3, covariance_type=kind, random_state=0).fit(rows)
        for kind in kinds
    }


@picture
def shapes() -> Figure:
    """The same rows under the four types of covariance."""
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True).flat
    rows, fits = blobs()
    for ax, (kind, fitted) in zip(panels, fits.items(), strict=True):
        mx.plots.components(fitted, rows, ax=ax)
        ax.set(title=kind, xlabel="", ylabel="")
    return figure


@picture
def ozone() -> Figure:
    """Ozone in New York, measured and imputed."""
    return drawn_by("missing.md", "ozone")


@picture
def stream() -> Figure:
    """Two clusters that begin to move, and means that follow them."""
    return drawn_by("streams.md", "stream")


@picture
def merged() -> Figure:
    """Six components in four clusters, and the elbow that says so."""
    return drawn_by("after.md", "merged")


@picture
def sure() -> Figure:
    """The density of waiting times, and those of bootstrap replicates."""
    return drawn_by("after.md", "sure")


@picture
def merging() -> Figure:
    """The entropy of the same clusters."""
    figure, ax = one(height=3.2)
    *before, _ = blocks_before("after.md", "merged")
    mx.plots.merging(names_of("".join(before))["clusters"], ax=ax)
    return figure


@picture
def unusual() -> Figure:
    """The least likely eruptions."""
    return drawn_by("outliers.md", "unusual")


@picture
def start() -> Figure:
    """The same rows from fifty seeds, by scikit-learn and by a search."""
    return drawn_by("start.md", "start")


@picture
def speed() -> Figure:
    """Seconds of fits, as this machine takes them."""
    return drawn_by("performance.md", "speed")


@picture
def how_many() -> Figure:
    """BIC of the eruptions, by family and number of components."""
    return drawn_by("how-many.md", "how_many")


@picture
def wines() -> Figure:
    """Wines in the plane where they are best apart, and what sets them apart."""
    return drawn_by("interpretation.md", "wines")


@picture
def tumours() -> Figure:
    """Tumours in the plane where two components are best apart."""
    return drawn_by("interpretation.md", "tumours")


@picture
def wine_pairs() -> Figure:
    """Wines in the planes of four features."""
    return drawn_by("interpretation.md", "wine_pairs")


@picture
def digits() -> Figure:
    """Digits that were drawn, and halves that were filled in."""
    return drawn_by("digits.md", "digits")


@picture
def dahlia() -> Figure:
    """A photograph, its segments in their colours, and their boundaries."""
    return drawn_by("images.md", "dahlia")


@picture
def photographs() -> Figure:
    """Both photographs in three to eight segments."""
    return drawn_by("images.md", "photographs")


@picture
def noise() -> Figure:
    """What smoothing makes of noise."""
    return drawn_by("images.md", "noise")


@picture
def decisions() -> Figure:
    """Where three families decide for which species."""
    return drawn_by("classification.md", "decisions")


@picture
def wave() -> Figure:
    """A regression whose noise grows."""
    return drawn_by("regression.md", "wave")


@picture
def inverse() -> Figure:
    """A regression with several values for one x."""
    return drawn_by("regression.md", "inverse")


@picture
def beside_kernels() -> Figure:
    """The density of eruptions, and kernel estimates of it."""
    return drawn_by("density.md", "beside_kernels")


def drawn_by(page: str, name: str) -> Figure:
    """A picture of a page, which the last block above it draws."""
    *before, drawing = blocks_before(page, name)
    names = names_of("".join(before))
    exec(drawing, {**names})  # noqa: S102 the documentation is ours
    figure = plt.gcf()
    plt.close(figure)
    return figure


def blocks_before(page: str, name: str) -> list[str]:
    """The Python blocks of a page above one of its pictures."""
    text = (ROOT / "docs" / page).read_text().partition(f"pictures/{name}.svg")[0]
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@cache
def names_of(code: str) -> dict[str, Any]:
    """What code of a page leaves behind, without what it prints."""
    names: dict[str, Any] = {}
    with chdir(ROOT), redirect_stdout(io.StringIO()):
        exec(code, names)  # noqa: S102 the documentation is ours
    return names


def one(width: float = 6.4, height: float = 4.0) -> tuple[Figure, Any]:
    """A figure with one pair of axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
