"""What the letters of a family's name mean, apart from the code that fits it.

Sigma_k = volume_k D_k diag(shape_k) D_k^T with |shape_k| = 1; a letter each for volume, shape and
axes D says whether it is Equal in all components, Variable, or the Identity.
"""

from dataclasses import dataclass

import numpy as np

from mixtura.covariance import LAYOUTS
from mixtura.family import FAMILIES, SAME

LETTERS = {name: name for name in FAMILIES if name.isupper()}
LETTERS |= {name: letters for letters, name in SAME.items()}


BALLS = {name for name, letters in LETTERS.items() if letters[1] == "I"}

AFFINE = {"VVV", "EEE", "VEE", "EVV"}
"""Families whose covariances are still of the family after any linear map."""


def has_units(family):
    """Whether its covariances are still of the family after each feature is scaled by itself."""
    letters = LETTERS.get(family, "")
    return family == "factor" or letters in AFFINE or letters[1] != "I" == letters[2]


def is_nested(narrow, wide):
    """Whether every covariance of one family is one of the other, by their letters."""
    order = "IEV"
    pairs = zip(LETTERS[narrow], LETTERS[wide], strict=True)
    return narrow != wide and all(order.index(a) <= order.index(b) for a, b in pairs)


def n_parameters(name, n_components, d):
    """Free numbers of volumes, shapes and axes."""
    numbers = [1, d - 1, d * (d - 1) // 2]
    times = {"I": 0, "E": 1, "V": n_components}
    return sum(
        times[letter] * number for letter, number in zip(LETTERS[name], numbers, strict=True)
    )


@dataclass(frozen=True)
class Parts:
    """Volumes (K,), shapes (K, d) as logarithms that sum to 0, and axes (K, d, d)."""

    volumes: np.ndarray
    log_shapes: np.ndarray
    axes: np.ndarray

    def dense(self):
        """Sigma_k, shape (K, d, d)."""
        variances = self.volumes[:, None] * np.exp(self.log_shapes)
        matrices = (self.axes * variances[:, None]) @ self.axes.swapaxes(1, 2)
        return (matrices + matrices.swapaxes(1, 2)) / 2


def parts_of(name, dense):
    """The parts of covariances of the family, equal where its letters say so.

    Of covariances that are not of the family they make others.
    """
    n_components, d, _ = dense.shape
    volume, shape, orientation = LETTERS[name]
    volumes = np.exp(np.linalg.slogdet(dense)[1] / d)
    if orientation == "I":
        axes = np.broadcast_to(np.eye(d), dense.shape)
    elif orientation == "E":
        mixed = np.tensordot(np.sqrt(1 + np.arange(n_components)) / volumes, dense, 1)
        axes = np.broadcast_to(np.linalg.eigh(mixed)[1], dense.shape)
    else:
        axes = np.linalg.eigh(dense)[1]
    along = np.einsum("kji,kjl,kli->ki", axes, dense, axes)
    log_shapes = np.log(along / volumes[:, None])
    if shape == "I":
        log_shapes = np.zeros_like(log_shapes)
    elif shape == "E":
        log_shapes = np.broadcast_to(log_shapes.mean(axis=0), log_shapes.shape)
    if volume == "E":
        volumes = np.full_like(volumes, np.exp(np.log(volumes).mean()))
    return Parts(volumes, log_shapes, axes)


def turned(rng, name, parts, size):
    """Other parts of the same family, about `size` away in each of them."""
    n_components, d = parts.log_shapes.shape
    steps = [
        _steps(rng, letter, n_components, numbers) * size
        for letter, numbers in zip(LETTERS[name], (1, d, d * d), strict=True)
    ]
    log_shapes = parts.log_shapes + steps[1] - steps[1].mean(axis=1, keepdims=True)
    skew = steps[2].reshape(n_components, d, d)
    skew = (skew - skew.swapaxes(1, 2)) / 2
    turns = np.linalg.solve(np.eye(d) - skew / 2, np.eye(d) + skew / 2)  # Cayley's rotations
    return Parts(parts.volumes * np.exp(steps[0][:, 0]), log_shapes, parts.axes @ turns)


def _steps(rng, letter, n_components, numbers):
    """Normal steps (K, numbers): none for I, one for all components for E, and one each for V."""
    drawn = rng.standard_normal((n_components if letter == "V" else 1, numbers))
    return np.broadcast_to(drawn * (letter != "I"), (n_components, numbers))


def random_dense(rng, name, n_components, d, condition):
    """Covariances of the family around 1, with eigenvalues about a factor `condition` apart."""
    unit = Parts(
        np.ones(n_components),
        np.zeros((n_components, d)),
        np.broadcast_to(np.eye(d), (n_components, d, d)),
    )
    parts = turned(rng, name, unit, np.log(condition) / 3 + 0.1)
    return parts.dense()


def in_layout(dense, layout):
    """Covariances (K, d, d) in the shape of a layout that can hold them; K is 1 where shared."""
    if layout == "factor":
        return dense
    variances = np.diagonal(dense, axis1=1, axis2=2)
    n_components, d = variances.shape
    forms = {"full": dense, "tied": dense[0], "spherical": variances[:, 0]}
    forms |= {"diag": variances, "tied_diag": variances[:1], "tied_spherical": variances[0, :1]}
    return forms[layout].reshape(LAYOUTS[layout].shape(n_components, d))
