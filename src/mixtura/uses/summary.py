"""What each component is like: its size, its spread, its neighbour and what sets it apart."""

import re
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from textwrap import fill
from typing import Any

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture, as_mixture, posterior
from mixtura.distribution.checks import check_rows
from mixtura.engine import open_rows
from mixtura.selection.weights import check_weights
from mixtura.typing import AnyArray, ArrayK, ArrayKD, Float, Indices
from mixtura.uses.distances import bhattacharyya
from mixtura.uses.overlap import overlap_matrix
from mixtura.uses.traits import Traits

HARDLY = 5e-4
"""An overlap that is rounded to 0.0 %."""


@dataclass(frozen=True, eq=False, repr=False)
class MixtureSummary:
    """The components of a mixture, described. Printed, it is a sentence or two for each.

    Attributes
    ----------
    mixture : Mixture
    n_rows : ndarray of shape (K,) or None
        How many rows are labelled as each, by their weights; None where no rows were given.
    spreads : ndarray of shape (K,)
        (|Sigma_k| / |Sigma|)^(1 / 2d), how wide a component is beside the whole: the ratio of their
        standard deviations, if it is the same along all axes.
    overlap : ndarray of shape (K, K)
        At [i, j] how often a row of component i is taken for one of component j, of the two alone;
        see `overlap_matrix`.
    nearest : ndarray of shape (K,)
        The component that each overlaps with most (or where it overlaps with none, that of the
        smallest Bhattacharyya distance); -1 for a sole one.
    differences : ndarray of shape (K, d)
        By how many standard deviations of the whole the mean of each feature is above that of the
        other components together.
    traits : tuple of tuple of str
        What sets each component apart from the others, in words, at most three: the features whose
        densities are most unlike, of those whose means differ by half a standard deviation or whose
        spreads differ by half; or, where there is none, a correlation that differs.
    """

    mixture: Mixture
    n_rows: ArrayK | None
    spreads: ArrayK
    overlap: Float
    nearest: Indices
    differences: ArrayKD
    traits: tuple[tuple[str, ...], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to say of each component."""
        return tuple(self._sentence(k) for k in range(self.mixture.n_components))

    def to_frame(self) -> Any:
        """The summary as a pandas frame, a row for each component.

        Returns
        -------
        frame : pandas.DataFrame
            With columns weight, n_rows (where rows were given), spread, nearest, taken_for_nearest
            and taken_from_nearest (probabilities), and traits.
        """
        each = np.arange(self.mixture.n_components)
        columns = {
            "weight": self.mixture.weights,
            "n_rows": self.n_rows,
            "spread": self.spreads,
            "nearest": self.nearest,
            "taken_for_nearest": self.overlap[each, self.nearest],
            "taken_from_nearest": self.overlap[self.nearest, each],
            "traits": ["; ".join(traits) for traits in self.traits],
        }
        frames = import_module("mixtura.selection.frame")
        told = {name: column for name, column in columns.items() if column is not None}
        return frames.frame_of_columns(told, index="component")

    def _sentence(self, k: int) -> str:
        size = f"{100 * self.mixture.weights[k]:.1f} %"
        if self.n_rows is not None:
            size += f", {_counted(self.n_rows[k], 'row')}"
        nearest = int(self.nearest[k])
        if nearest < 0:
            return f"Component {k} ({size}) is the only one."
        traits = ", ".join(self.traits[k]) or "much like the others"
        there, back = self.overlap[k, nearest], self.overlap[nearest, k]
        if max(there, back) < HARDLY:
            neighbour = f"It hardly overlaps with component {nearest}, the nearest."
        else:
            neighbour = (
                f"{_share(there)} of its rows would be taken for those of component {nearest}, "
                f"the nearest, and {_share(back)} the other way."
            )
        spread = f"Its spread is {self.spreads[k]:.2f} of the whole's."
        return f"Component {k} ({size}): {traits}. {spread} {neighbour}"

    def __repr__(self) -> str:
        K, d = self.mixture.means.shape
        rows = "" if self.n_rows is None else f", {_counted(self.n_rows.sum(), 'row')}"
        head = f"{_counted(K, 'component')} in {_counted(d, 'feature')}{rows}"
        return "\n\n".join([head, *(_lines(sentence) for sentence in self.sentences)])


def summarize(
    model: object, X: AnyArray | None = None, *, sample_weight: AnyArray = None
) -> MixtureSummary:
    """Describe the components of a mixture, in numbers and in words.

    Parameters
    ----------
    model : Mixture or fitted estimator
    X : array-like of shape (n, d), optional
        Rows, to count how many are labelled as each component; all else is told by the mixture
        alone. NaN where an entry is missing.
    sample_weight : array-like of shape (n,), optional
        How many times each row counts.

    Returns
    -------
    summary : MixtureSummary
        Units do not matter: differences are in standard deviations of the whole mixture.

    Raises
    ------
    ValueError
        For rows or weights of other shapes, infinity, or where no row that counts has an entry.

    See Also
    --------
    overlap_matrix : how often components are taken for each other.
    discriminant_projection : the directions along which components differ most.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture(
    ...     [0.6, 0.4],
    ...     [[20, 170], [40, 171]],
    ...     [[9, 100], [36, 100]],
    ...     covariance_type="diag",
    ...     feature_names=["age", "height"],
    ... )
    >>> mx.summarize(m)
    2 components in 2 features
    <BLANKLINE>
    Component 0 (60.0 %): smaller age (-1.9 sd). Its spread is 0.53 of the whole's.
    0.6 % of its rows would be taken for those of component 1, the nearest, and
    2.0 % the other way.
    <BLANKLINE>
    Component 1 (40.0 %): larger age (+1.9 sd). Its spread is 0.75 of the whole's.
    2.0 % of its rows would be taken for those of component 0, the nearest, and
    0.6 % the other way.
    """
    mixture = as_mixture(model)
    n_rows = None if X is None else _n_rows(mixture, X, sample_weight)
    covariance, K = mixture.covariance(), mixture.n_components
    log_det = np.linalg.slogdet(covariance).logabsdet
    spreads = np.exp((mixture.storage.log_det() - log_det) / (2 * mixture.n_features))
    own = np.sqrt(np.broadcast_to(mixture.storage.variances(), mixture.means.shape))
    deviations = own / np.sqrt(np.diagonal(covariance))
    traits, overlap = Traits.of(mixture), overlap_matrix(mixture)
    names = mixture.feature_names or [f"feature {j}" for j in range(mixture.n_features)]
    return MixtureSummary(
        mixture,
        n_rows,
        np.broadcast_to(spreads, K),
        overlap,
        _nearest(mixture, overlap),
        traits.differences,
        tuple(traits.in_words(k, names, deviations[k]) for k in range(K)),
    )


def _n_rows(mixture: Mixture, X: AnyArray, sample_weight: AnyArray) -> ArrayK:
    """The weight of the rows whose most probable component is each."""
    rows = check_rows(X, mixture.n_features, mixture.feature_names)
    weights = check_weights(sample_weight, rows)
    engine, source = open_rows(
        rows, floats_per_row=mixture.means.size, kinds=(mixture.storage.kind,)
    )
    labels = on_host(engine.map(partial(posterior.labels, mixture), source))
    counts = np.bincount(labels, weights, mixture.n_components)
    return np.asarray(counts, dtype=np.float64)


def _nearest(mixture: Mixture, overlap: Float) -> Indices:
    """The largest overlap, and the smallest distance where none overlaps; -1 for a sole one."""
    if mixture.n_components == 1:
        return np.array([-1])
    distances = bhattacharyya(mixture, mixture)
    np.fill_diagonal(distances, np.inf)
    together = overlap + overlap.T
    np.fill_diagonal(together, -1)
    return np.asarray(np.lexsort((distances, -together), axis=1)[:, 0])


def _lines(sentence: str) -> str:
    """Lines of at most 80 letters, in which numbers stay with their units."""
    kept = re.sub(r" (?=%|sd\b)", "\N{NO-BREAK SPACE}", sentence)
    return fill(kept, 80).replace("\N{NO-BREAK SPACE}", " ")


def _share(probability: float) -> str:
    return f"{100 * probability:.1f} %" if probability >= HARDLY else "under 0.1 %"


def _counted(n: float, noun: str) -> str:
    return f"{n:.10g} {noun}{'' if n == 1 else 's'}"
