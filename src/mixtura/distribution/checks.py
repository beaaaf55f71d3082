"""Checks of what users hand to a `Mixture`: each error tells what was found and expected."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixtura._array import has_infinity, is_array, namespace
from mixtura._linalg import EPS
from mixtura.covariance import LAYOUTS, Features, LowRank, Storage
from mixtura.distribution.entries import with_nan
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyArray, AnyND, ArrayK, ArrayKD, Float, RandomSource


def as_random_source(rng: RandomSource | int) -> RandomSource:
    """A generator from a generator or a seed."""
    if isinstance(rng, np.random.Generator | np.random.RandomState):
        return rng
    return np.random.default_rng(rng)


def check_weights(weights: ArrayLike) -> ArrayK:
    """Non-negative weights that sum to 1."""
    array = _finite(weights, "weights", n_dimensions=1)
    if len(array) == 0:
        raise ValueError("weights is empty; a mixture has at least one component.")
    if (array < 0).any():
        raise ValueError(f"weights must not be negative, but the smallest is {array.min():.6g}.")
    total = array.sum()
    if abs(total - 1) > 1e-6:
        raise ValueError(f"weights must sum to 1, but they sum to {total:.9g}.")
    is_rounded = abs(total - 1) > 8 * EPS * len(array)  # as thirds written to seven digits are
    return array / total if is_rounded else array


def check_means(means: ArrayLike, n_components: int) -> ArrayKD:
    """One mean per weight."""
    array = _finite(means, "means", n_dimensions=2)
    if len(array) != n_components or array.shape[1] == 0:
        raise ValueError(
            f"means must have shape (n_components, n_features) with n_components = {n_components} "
            f"and at least one feature, but its shape is {array.shape}."
        )
    return array


def check_covariances(covariances: ArrayLike, covariance_type: str, means: ArrayKD) -> Storage:
    """Positive definite covariances in the shape that `covariance_type` asks for."""
    if covariance_type not in LAYOUTS:
        raise ValueError(
            f"covariance_type must be one of {', '.join(map(repr, LAYOUTS))}, "
            f"but it is {covariance_type!r}."
        )
    layout = LAYOUTS[covariance_type]
    n_components, n_features = means.shape
    expected = layout.shape(n_components, n_features)
    array = _finite(covariances, "covariances", n_dimensions=len(expected))
    if array.shape != expected:
        raise ValueError(
            f"covariances must have shape {expected} for covariance_type={covariance_type!r}, "
            f"{n_components} components and {n_features} features, but its shape is {array.shape}."
        )
    array = array[None] if layout.drops_axis else array
    if array.ndim == 3:
        _check_symmetric(array)
    try:
        return layout.storage.from_covariances(
            array, shared=layout.shared, n_features=n_features, accurate=True
        )
    except CollapsedComponentsError as error:
        raise ValueError(
            "covariances must be positive definite, but that of component "
            f"{np.flatnonzero(error.collapsed)[0]} is not."
        ) from None


def check_factors(
    loadings: ArrayLike, noise_variances: ArrayLike, means: ArrayKD, *, shared: bool
) -> LowRank:
    """Loadings and positive noise variances for each component, or for all."""
    matrices = _finite(loadings, "loadings", n_dimensions=3)
    noise = _finite(noise_variances, "noise_variances", n_dimensions=2)
    shape = (1 if shared else len(means), means.shape[1])
    if matrices.shape[:2] != shape or noise.shape != shape:
        raise ValueError(
            f"loadings and noise_variances must have shapes {shape} + (n_factors,) and {shape}, "
            f"but their shapes are {matrices.shape} and {noise.shape}."
        )
    if not (noise > 0).all():
        raise ValueError(f"noise_variances must be positive, but the least is {noise.min():.6g}.")
    return LowRank(matrices, noise, shared)


def check_rows(X: AnyArray, n_features: int, names: tuple[str, ...] | None = None) -> AnyND:
    """Rows of the right width, NaN where entries are missing; what is not an array becomes one.

    A frame's columns are taken by name where the mixture has names.
    """
    entries = with_nan(_columns_by_name(X, names))
    is_foreign = is_array(entries) and not isinstance(entries, np.ndarray)
    rows: AnyND = entries if is_foreign else np.asarray(entries)
    xp = namespace(rows)
    if rows.ndim == 2 and xp.isdtype(rows.dtype, "complex floating"):
        raise ValueError("X holds complex numbers; densities are of real ones.")
    if isinstance(rows, np.ndarray) and rows.dtype.kind not in "fiub":
        rows = rows.astype(np.float64)  # words that are numbers; of others NumPy's error names one
    if rows.ndim != 2 or rows.shape[1] != n_features:
        raise ValueError(
            f"X must have shape (n, {n_features}), one column per feature of the mixture, "
            f"but its shape is {tuple(rows.shape)}."
        )
    if rows.dtype not in (xp.float64, xp.float32):
        rows = xp.astype(rows, xp.float64)
    if has_infinity(rows):
        raise ValueError("X contains infinity.")
    return rows


def _columns_by_name(X: AnyArray, names: tuple[str, ...] | None) -> AnyArray:
    """A frame with the columns in the order of the names."""
    columns = getattr(X, "column_names", getattr(X, "columns", None))
    if names is None or columns is None or list(columns) == list(names):
        return X
    if not all(isinstance(column, str) for column in columns):
        return X
    missing = [name for name in names if name not in columns]
    if missing:
        raise ValueError(f"X has no column {missing[0]!r}; its columns are {list(columns)}.")
    select = X.select if hasattr(X, "column_names") else X.__getitem__
    return select(list(names))


def check_feature_names(names: Sequence[str] | None, n_features: int) -> tuple[str, ...] | None:
    """One distinct name per feature, or None."""
    if names is None:
        return None
    checked = tuple(str(name) for name in names)
    if len(checked) != n_features or len(set(checked)) != n_features:
        raise ValueError(
            f"feature_names must be {n_features} distinct names, one per feature, "
            f"but they are {checked}."
        )
    return checked


def feature_indices(
    features: Sequence[int | str], names: tuple[str, ...] | None, n_features: int
) -> Features:
    """Distinct features, given by index or by name, as indices."""
    indices = [_feature_index(feature, names, n_features) for feature in features]
    if not indices:
        raise ValueError("No feature was given; name at least one.")
    if len(set(indices)) != len(indices):
        raise ValueError(f"A feature is given twice: {list(features)}.")
    return np.array(indices, dtype=np.intp)


def _feature_index(feature: object, names: tuple[str, ...] | None, n_features: int) -> int:
    if isinstance(feature, str):
        if names is None:
            raise ValueError(
                f"Feature {feature!r} is given by name, but this mixture has no feature_names; "
                "give its index."
            )
        if feature not in names:
            raise ValueError(f"There is no feature {feature!r}; the features are {list(names)}.")
        return names.index(feature)
    if isinstance(feature, int | np.integer) and not isinstance(feature, bool):
        if -n_features <= feature < n_features:
            return int(feature) % n_features
        raise ValueError(f"There is no feature {feature}; this mixture has {n_features} features.")
    raise TypeError(f"A feature is given by its index or its name, not by {feature!r}.")


def _finite(values: ArrayLike, name: str, n_dimensions: int) -> Float:
    array = np.array(values, dtype=np.float64)
    if array.ndim != n_dimensions:
        raise ValueError(
            f"{name} must have {n_dimensions} dimensions, but its shape is {array.shape}."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity.")
    return array


def _check_symmetric(matrices: Float) -> None:
    flipped = np.swapaxes(matrices, -1, -2)
    deviations: NDArray[np.float64] = np.sqrt(np.abs(np.diagonal(matrices, axis1=-2, axis2=-1)))
    tolerance = 1e9 * EPS * deviations[:, :, None] * deviations[:, None, :]
    if (np.abs(matrices - flipped) > tolerance).any():
        raise ValueError("covariances must be symmetric matrices, and they are not.")
