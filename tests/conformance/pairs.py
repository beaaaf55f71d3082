"""Features, each as a small change of one case, and what all pairs of them are expected to do.

A pair works, refuses with a sentence, or is no pair, because both are values of one choice.
`test_pairs.py` tries every pair; `python tests/conformance/pairs.py` prints docs/combinations.md.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import combinations
from unittest.mock import patch

import numpy as np

import mixtura as mx
from mixtura.covariance import LAYOUTS, Dense
from mixtura.data.arrays import ArrayReader
from mixtura.em import STARTS
from mixtura.engine import scanned
from mixtura.family import FAMILIES, is_boundable

K, N_ROWS = 3, 90
CENTRES = np.array([[0.0, 0, 0], [3, 1.5, 0], [-1, 2.5, 2]])
LABELS = np.arange(N_ROWS) % K
FOLDERS = tempfile.TemporaryDirectory()
ROWS = CENTRES[LABELS] + np.random.default_rng(0).standard_normal((N_ROWS, 3))


@dataclass(frozen=True)
class Case:
    """A fit: its settings, rows, weights, and labels from which starts are given."""

    settings: dict = field(default_factory=lambda: {"n_components": K, "random_state": 0})
    rows: np.ndarray = field(default_factory=ROWS.copy)
    weights: np.ndarray | None = None
    labels: np.ndarray = field(default_factory=LABELS.copy)
    hold: Callable = lambda array: array
    open: Callable = lambda rows: rows
    n_fits: int = 1
    verb: str = "fit"

    def with_settings(self, **settings):
        return replace(self, settings=self.settings | settings)

    def fit(self):
        """The fitted estimator, and the rows and weights as it got them; all arrays are held."""
        settings = {
            name: self.hold(value) if isinstance(value, np.ndarray) else value
            for name, value in self.settings.items()
        }
        rows = self.open(self.hold(self.rows))
        weights = None if self.weights is None else self.hold(self.weights)
        estimator = mx.GaussianMixture(**settings)
        with patch.object(scanned, "KEPT_NUMBERS", 0):
            for _ in range(self.n_fits):
                getattr(estimator, self.verb)(rows, sample_weight=weights)
        return estimator, rows, weights


@dataclass(frozen=True)
class Feature:
    """One change of a case.

    Attributes
    ----------
    name : str
    change : callable
        Case -> Case.
    choice : str
        Features of one choice are alternatives, and no pair.
    tolerance : float, optional
        The feature changes no numbers, up to this relative error.
    blur : float
        Numbers are known up to this relative error, where so much work lies behind them that
        rounding adds up.
    needs : str, optional
        A library that may not be installed.
    """

    name: str
    change: Callable[[Case], Case]
    choice: str = ""
    tolerance: float | None = None
    blur: float = 0.0
    needs: str | None = None


def means_of(case):
    n_components = case.settings["n_components"]
    return np.array([np.nanmean(case.rows[case.labels == k], axis=0) for k in range(n_components)])


def mixture_of(case):
    means = means_of(case)
    weights = np.full(len(means), 1 / len(means))
    return mx.Mixture(weights, means, np.ones(len(means)), covariance_type="spherical")


def fixed_weights(case):
    n_components = case.settings["n_components"]
    shares = np.arange(1.0, n_components + 1)
    return {"fixed": ("weights",), "weights_init": shares / shares.sum()}


def fixed_means(case):
    return {"fixed": ("means",), "means_init": means_of(case)}


def fixed_covariances(case):
    """Unit covariances; those that are loadings and noise come from a mixture."""
    d = case.rows.shape[1]
    name = case.settings.get("covariance_type", "full")
    if name == "factor":
        means = means_of(case)
        weights, noise = np.full(len(means), 1 / len(means)), np.ones(means.shape)
        mixture = mx.Mixture.from_factors(weights, means, np.zeros((*means.shape, 1)), noise)
        return {"fixed": ("covariances",), "mixture_init": mixture}
    layout = LAYOUTS[FAMILIES[name].layout]
    shape = layout.shape(case.settings["n_components"], d)
    unit = np.eye(d) if layout.storage is Dense else 1.0
    return {"fixed": ("covariances",), "precisions_init": np.ones(shape) * unit}


def repeated(case):
    third = N_ROWS // 3
    rows, labels = (np.repeat(each[:third], 3, axis=0) for each in (case.rows, case.labels))
    return replace(case, rows=rows, labels=labels)


def with_nan(case):
    """A fifth of the entries are missing, at random."""
    is_missing = np.random.default_rng(1).random(case.rows.shape) < 0.2
    return replace(case, rows=np.where(is_missing, np.nan, case.rows).astype(case.rows.dtype))


def as_settings(name, make_settings, **about):
    return Feature(name, lambda case: case.with_settings(**make_settings(case)), **about)


def in_container(name, hold, tolerance=1e-9, **about):
    def change(case):
        return replace(case, hold=hold)

    return Feature(name, change, choice="container", tolerance=tolerance, **about)


def in_memory_map(array):
    with tempfile.TemporaryFile() as file:
        mapped = np.memmap(file, array.dtype, "w+", shape=array.shape)
    mapped[...] = array
    return mapped


def in_passes(rows):
    """Rows that are read in several batches, and never held."""
    return mx.Scan(ArrayReader.of([rows[:40], rows[40:]], batch_rows=17))


def in_frame(library):
    """A frame of rows, or a series of anything with one dimension; no frame has three."""

    def hold(array):
        frames = import_module(library)
        if array.ndim == 1:
            return frames.Series(array)
        if array.ndim == 3:
            return array
        return frames.DataFrame({f"x{j}": column for j, column in enumerate(array.T)})

    return hold


# In this order they are applied: rows first, then what is derived from them, containers last.
FEATURES = [
    Feature("one column", lambda case: replace(case, rows=case.rows[:, :1].copy())),
    Feature("repeated rows", repeated),
    Feature(
        "one component",
        lambda case: replace(case, labels=0 * case.labels).with_settings(n_components=1),
    ),
    Feature(
        "sample weights", lambda case: replace(case, weights=np.arange(len(case.rows)) % 4 + 0.0)
    ),
    Feature(
        "float32",
        lambda case: replace(case, rows=case.rows.astype(np.float32)),
        tolerance=1e-3,
    ),
    Feature("NaN", with_nan),
    *(
        as_settings(
            f"{name} covariances",
            lambda _, name=name: {"covariance_type": name},
            choice="covariance_type",
        )
        for name in FAMILIES
    ),
    *(
        as_settings(
            f"{name} start", lambda _, name=name: {"init_params": name}, choice="init_params"
        )
        for name in STARTS
    ),
    as_settings(
        "search start",
        lambda _: {"init_params": "search", "effort": "fast"},
        choice="init_params",
        blur=1e-4,  # where the likelihood is flat to 1e-9, up to the root of that
    ),
    as_settings(
        "callable start",
        lambda case: {"init_params": lambda rows, rng: case.labels},
        choice="init_params",
    ),
    as_settings(
        "given labels",
        lambda case: {"responsibilities_init": case.labels},
        choice="responsibilities_init",
    ),
    as_settings(
        "given responsibilities",
        lambda case: {"responsibilities_init": mixture_of(case).responsibilities(case.rows)},
        choice="responsibilities_init",
    ),
    as_settings("means_init", lambda case: {"means_init": means_of(case)}),
    as_settings("mixture_init", lambda case: {"mixture_init": mixture_of(case)}),
    as_settings("reg_covar=0", lambda _: {"reg_covar": 0}, choice="reg_covar"),
    as_settings("automatic reg_covar", lambda _: {"reg_covar": "auto"}, choice="reg_covar"),
    as_settings("prior", lambda _: {"prior": "default"}),
    as_settings("max_eigenvalue_ratio", lambda _: {"max_eigenvalue_ratio": 4}),
    as_settings("equal weights", lambda _: {"equal_weights": True}),
    as_settings("fixed weights", fixed_weights, choice="fixed"),
    as_settings("fixed means", fixed_means, choice="fixed"),
    as_settings("fixed covariances", fixed_covariances, choice="fixed"),
    as_settings("n_init=3", lambda _: {"n_init": 3}),
    as_settings("accelerate", lambda _: {"accelerate": True}),
    as_settings("aitken stopping", lambda _: {"stopping": "aitken"}),
    as_settings(
        "checkpoint", lambda _: {"checkpoint": tempfile.mkdtemp(dir=FOLDERS.name)}, tolerance=0.0
    ),
    Feature("warm_start", lambda case: replace(case, n_fits=2).with_settings(warm_start=True)),
    Feature("partial_fit", lambda case: replace(case, n_fits=2, verb="partial_fit")),
    in_container("Fortran order", np.asfortranarray),
    in_container("memory map", in_memory_map),
    in_container("lists", lambda array: array.tolist()),
    in_container("pandas", in_frame("pandas"), needs="pandas"),
    in_container("polars", in_frame("polars"), needs="polars"),
    in_container("torch", lambda array: import_module("torch").asarray(array), needs="torch"),
    in_container(
        "array-api-strict",
        lambda array: import_module("array_api_strict").asarray(array),
        needs="array_api_strict",
    ),
    Feature("read in passes", lambda case: replace(case, open=in_passes), choice="container"),
]

A_MIXTURE_IS_ALL = "a mixture gives weights, means and covariances, so that nothing else can"
EACH_GOES_ON_FROM_ITS_OWN = "each goes on from a fit of its own"
AITKEN_NEEDS_PLAIN_GAINS = "Aitken's estimate extrapolates the gains of plain EM"
A_PART_IS_SHARED = "the bound is exact where no covariances share a part"
FACTORS_HAVE_NO_BOUND = "loadings and noise have no exact bound"
FACTORS_HAVE_NO_PRIOR = "loadings and noise have no conjugate prior"
STAYS_OR_IS_BOUNDED = "what stays cannot be bounded"
ALL_WEIGHTS_ARE_EQUAL = "equal weights leave none to give"
ROWS_ARE_NOT_HELD = "labels go with rows in memory, and these are read in passes"
BATCHES_ARE_HELD = "batches are in memory, and rows that are read can be read again"
SEEDS_ARE_POINTS = "each component begins with one row, which has no extent without reg_covar"
SEARCH_FINDS_ALL = "a part that is given would replace a part of what the search finds"
REFUSALS = {
    ("given labels", "mixture_init"): A_MIXTURE_IS_ALL,
    ("given responsibilities", "mixture_init"): A_MIXTURE_IS_ALL,
    ("means_init", "mixture_init"): A_MIXTURE_IS_ALL,
    ("mixture_init", "fixed weights"): A_MIXTURE_IS_ALL,
    ("mixture_init", "fixed means"): A_MIXTURE_IS_ALL,
    ("mixture_init", "fixed covariances"): A_MIXTURE_IS_ALL,
    **{
        (f"{name} covariances", "max_eigenvalue_ratio"): A_PART_IS_SHARED
        for name, family in FAMILIES.items()
        if not is_boundable(family)
    },
    ("factor covariances", "max_eigenvalue_ratio"): FACTORS_HAVE_NO_BOUND,
    ("factor covariances", "prior"): FACTORS_HAVE_NO_PRIOR,
    ("max_eigenvalue_ratio", "fixed covariances"): STAYS_OR_IS_BOUNDED,
    ("equal weights", "fixed weights"): ALL_WEIGHTS_ARE_EQUAL,
    ("search start", "means_init"): SEARCH_FINDS_ALL,
    ("accelerate", "aitken stopping"): AITKEN_NEEDS_PLAIN_GAINS,
    ("given labels", "read in passes"): ROWS_ARE_NOT_HELD,
    ("given responsibilities", "read in passes"): ROWS_ARE_NOT_HELD,
    ("partial_fit", "read in passes"): BATCHES_ARE_HELD,
    ("checkpoint", "warm_start"): EACH_GOES_ON_FROM_ITS_OWN,
    ("k-means++ start", "reg_covar=0"): SEEDS_ARE_POINTS,
    ("random_from_data start", "reg_covar=0"): SEEDS_ARE_POINTS,
}


def are_alternatives(a, b):
    return a is b or (bool(a.choice) and a.choice == b.choice)


PAIRS = [pair for pair in combinations(FEATURES, 2) if not are_alternatives(*pair)]


def refusal(*features):
    """Why these features are refused together, or None."""
    return REFUSALS.get(tuple(feature.name for feature in features))


def case_of(*features):
    """The case that has these features, given in the order of the list."""
    case = Case()
    for feature in features:
        case = feature.change(case)
    return case


def title(features):
    """The names of features, with the word that all end with said once."""
    *first, last = (feature.name for feature in features)
    shared = last.rpartition(" ")[2]
    if all(name.endswith(f" {shared}") for name in first):
        first = [name.removesuffix(f" {shared}") for name in first]
    return ", ".join([*first, last])


def as_markdown():
    """The page that says what combines with what."""
    reasons = sorted(set(REFUSALS.values()))
    letters = dict(zip(reasons, "abcdefghijklmnopqrstuvwxyz", strict=False))

    def cell(a, b):
        if are_alternatives(a, b):
            return "·"
        why = refusal(*sorted((a, b), key=FEATURES.index))
        return "✓" if why is None else letters[why]

    alike: dict[object, list[Feature]] = {}
    for a in FEATURES:
        cells = tuple(cell(a, b) for b in FEATURES)
        alike.setdefault((a.choice or a.name, cells), []).append(a)
    groups = list(alike.values())
    numbers = range(1, len(groups) + 1)
    lines = [
        "# What combines with what",
        "",
        "Every pair of features was tried: it works (✓), or is refused with a sentence (a letter, "
        "explained below); a dot marks alternatives, and those that behave alike share a line. "
        "`python tests/conformance/pairs.py` prints this page, and the tests try what it says.",
        "",
        "| " + " | ".join(["", "", *map(str, numbers)]) + " |",
        "|" + "---|" * (len(groups) + 2),
    ]
    for number, group in zip(numbers, groups, strict=True):
        cells = [str(number), title(group), *(cell(group[0], other[0]) for other in groups)]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", *(f"- {letters[reason]}: {reason}." for reason in reasons)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
