"""Checks of what users hand to an estimator, with scikit-learn's sentences for its mistakes."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from mixtura._array import has_infinity, is_array, on_host
from mixtura.covariance import LAYOUTS, Storage
from mixtura.distribution import Mixture
from mixtura.distribution.entries import with_nan
from mixtura.errors import CollapsedComponentsError
from mixtura.typing import AnyN, AnyND, ArrayK, ArrayKD, Assignment, Float


def check_sample_weight(sample_weight: Any, X: AnyND, *, some: bool = True) -> Float | None:
    """One finite weight per row, none negative; None for no weights.

    With `some`, not all are zero.
    """
    if sample_weight is None:
        return None
    n_rows = int(X.shape[0])
    if isinstance(sample_weight, str):
        raise TypeError(
            f"sample_weight={sample_weight!r} names a column, which only rows that are read have, "
            "as of mx.scan; give the weights themselves."
        )
    if isinstance(sample_weight, Real):
        weights = np.full(n_rows, float(sample_weight))
    else:
        weights = _weights_of(sample_weight)
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {weights.ndim}D array. "
            f"Expected either a scalar value or a 1D array of length {n_rows}."
        )
    if weights.shape != (n_rows,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n_rows,)}!")
    _check_not_negative(weights)
    if some and not weights.any():
        raise ValueError("All sample weights are zero, so that no row is left to fit.")
    return weights


def check_weights_of_read(sample_weight: Any) -> str | Float | None:
    """Weights of rows that are read: the name of their column, or one for each row."""
    if sample_weight is None or isinstance(sample_weight, str):
        return sample_weight
    weights = _weights_of(sample_weight)
    if weights.ndim != 1:
        raise ValueError(
            "Sample weights of rows that are read must be a 1D array, or the name of the column "
            f"that holds them, not a {weights.ndim}D array."
        )
    _check_not_negative(weights)
    return weights


def _weights_of(sample_weight: Any) -> Float:
    weights: Float = check_array(
        on_host_or_same(sample_weight),
        ensure_2d=False,
        dtype=np.float64,
        input_name="sample_weight",
    )
    return weights


def _check_not_negative(weights: Float) -> None:
    if (weights < 0).any():
        raise ValueError(
            "Negative values in data passed to `sample_weight`: "
            f"a weight counts rows, but the smallest is {weights.min():.6g}."
        )


def check_no_infinity(rows: AnyND) -> None:
    """Infinity is an error, also where NaN is none."""
    if has_infinity(rows):
        raise ValueError("Input X contains infinity or a value too large for float64.")


def check_n_factors(estimator: Any, n_features: int) -> None:
    """Fewer factors than features, where there are factors at all."""
    n_factors = estimator.n_factors
    if estimator.covariance_type != "factor" or n_factors is None or n_factors < n_features:
        return
    raise ValueError(
        f"n_factors must be less than the number of features, but n_factors={n_factors} and there "
        f"{'is 1 feature' if n_features == 1 else f'are {n_features} features'}."
    )


def check_given_weights(weights: ArrayLike, n_components: int) -> ArrayK:
    """`weights_init`: in [0, 1] and summing to 1."""
    given = check_array(on_host_or_same(weights), dtype=[np.float64, np.float32], ensure_2d=False)
    _check_shape(given, (n_components,), "weights")
    if (given < 0).any() or (given > 1).any():
        # The sentence is scikit-learn's to the letter, which calls the smaller value the larger.
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got "
            f"max value {given.min():.5f}, min value {given.max():.5f}"
        )
    total = given.astype(np.float64).sum()
    if abs(total - 1) > (1e-6 if given.dtype == np.float32 else 1e-8):
        raise ValueError(
            "The parameter 'weights' should be normalized, "
            f"but got sum(weights) = {given.sum():.5f}"
        )
    return np.array(given, dtype=np.float64)


def check_given_means(means: ArrayLike, n_components: int, n_features: int) -> ArrayKD:
    """`means_init`: one mean per component."""
    given = check_array(on_host_or_same(means), dtype=[np.float64, np.float32], ensure_2d=False)
    _check_shape(given, (n_components, n_features), "means")
    return np.array(given, dtype=np.float64)


def check_given_precisions(
    precisions: ArrayLike, covariance_type: str, n_components: int, n_features: int
) -> Storage:
    """`precisions_init`: positive definite, in the shape of the covariances."""
    layout = LAYOUTS[covariance_type]
    shape = layout.shape(n_components, n_features)
    given = check_array(
        on_host_or_same(precisions),
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        allow_nd=len(shape) > 2,
    )
    _check_shape(given, shape, f"{covariance_type} precision")
    matrices = np.array(given, dtype=np.float64)
    dense = matrices.ndim == 3 or layout.drops_axis
    sentence = "symmetric, positive-definite" if dense else "positive"
    matrices = matrices[None] if layout.drops_axis else matrices
    error = ValueError(f"'{covariance_type} precision' should be {sentence}")
    symmetric = np.allclose(matrices, np.swapaxes(matrices, 1, 2)) if dense else True
    if not symmetric or not (dense or (matrices > 0).all()):
        raise error
    try:
        return layout.storage.from_precisions(matrices, shared=layout.shared, n_features=n_features)
    except CollapsedComponentsError:
        raise error from None


def check_assignment(assignment: Any, n_rows: int, n_components: int, name: str) -> Assignment:
    """Labels (n,) from 0 to K - 1, or responsibilities (n, K) whose rows sum to 1."""
    given = np.asarray(on_host_or_same(assignment))
    if given.shape == (n_rows,):
        labels = given.astype(np.int64)
        if not (labels == given).all() or labels.min() < 0 or labels.max() >= n_components:
            raise ValueError(
                f"{name} must hold labels from 0 to n_components - 1 = {n_components - 1}, "
                f"but it holds {given.min()} to {given.max()}."
            )
        return labels
    if given.shape == (n_rows, n_components):
        responsibilities = given.astype(np.float64)
        sums = responsibilities.sum(axis=1)
        if not (responsibilities >= 0).all() or not np.allclose(sums, 1, atol=1e-6):
            raise ValueError(
                f"{name} must hold responsibilities: not negative, and summing to 1 in each row."
            )
        return responsibilities
    raise ValueError(
        f"{name} must have shape (n_samples,) = ({n_rows},) for labels or (n_samples, "
        f"n_components) = ({n_rows}, {n_components}) for responsibilities, "
        f"but its shape is {given.shape}."
    )


def check_given_mixture(mixture: object, n_components: int, n_features: int, name: str) -> Mixture:
    """A mixture of the right number of components and features."""
    if not isinstance(mixture, Mixture):
        raise TypeError(f"{name} must be a Mixture, not {type(mixture).__name__}.")
    if (mixture.n_components, mixture.n_features) != (n_components, n_features):
        raise ValueError(
            f"{name} must have {n_components} components and {n_features} features, "
            f"but it has {mixture.n_components} and {mixture.n_features}."
        )
    return mixture


def on_host_or_same(values: Any) -> Any:
    """Arrays of any library on the host, NaN where one is masked; what is no array as it is."""
    return on_host(with_nan(values)) if is_array(values) else values


def _check_shape(given: AnyN, shape: tuple[int, ...], name: str) -> None:
    if given.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {given.shape}"
        )
