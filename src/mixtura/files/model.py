"""Save and load a mixture or a fitted estimator.

A file holds one JSON object: `format` and `version`; the `mixture`, with the names of its features;
and, for an estimator, its class and the record of its fit. Floats are written so that they come
back to the bit.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mixtura._atomic import replacing
from mixtura._linalg import inverse_lower, transpose
from mixtura.covariance import Dense, LowRank, Storage
from mixtura.distribution import SAVABLE, Mixture, Record, Savable
from mixtura.errors import ModelFileError
from mixtura.typing import Float

FORMAT = "mixtura-model"
VERSION = 1


def save(model: Mixture | Savable, path: str | os.PathLike[str]) -> None:
    """Write a mixture or a fitted estimator to a JSON file.

    Of an estimator the settings are kept that JSON can hold; arrays, functions and generators,
    which only served the start, come back at their defaults.

    Parameters
    ----------
    model : Mixture or fitted estimator
    path : path-like

    Raises
    ------
    TypeError
        For anything else, or an estimator that is not fitted.
    OSError
        Where the file cannot be written; a file that was there before stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import mixtura as mx
    >>> mixture = mx.Mixture([1], [[0, 0]], [[[2, 1], [1, 2]]])
    >>> path = Path(tempfile.mkdtemp()) / "model.json"
    >>> mx.save(mixture, path)
    >>> mx.load(path).means
    array([[0., 0.]])
    """
    record: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if isinstance(model, Mixture):
        record["mixture"] = _mixture_record(model)
    elif type(model).__name__ in SAVABLE and isinstance(model, Savable):
        record["mixture"] = _mixture_record(model.mixture_)
        record["estimator"] = type(model).__name__
        record["fit"] = model.fit_record()
    else:
        raise TypeError(
            f"A model file holds a Mixture or a fitted estimator, not {type(model).__name__}."
        )
    text = json.dumps(record, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def load(path: str | os.PathLike[str]) -> Mixture | Savable:
    """Read what `save` wrote, and check it.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    model : Mixture or fitted estimator
        As it was saved, ready to predict.

    Raises
    ------
    ModelFileError
        Where the file is not a valid model: the sentence says why.
    OSError
        Where it cannot be read.
    """
    try:
        return _model(_parsed(Path(path).read_bytes()))
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"{os.fspath(path)!r} is not a Mixtura model: {error}") from error
    except KeyError as error:
        raise ModelFileError(f"{os.fspath(path)!r} lacks the entry {error}.") from error


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode("utf-8")
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise ValueError("it is not text.") from None
    except RecursionError:
        raise ValueError("it is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON (line {error.lineno}: {error.msg}).") from None


def _model(record: Any) -> Mixture | Savable:
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise ValueError(f'it has no "format": "{FORMAT}".')
    if record["version"] != VERSION:
        raise ValueError(
            f"its version is {record['version']!r}, and this Mixtura reads version {VERSION}; "
            "a newer Mixtura may read it."
        )
    mixture = _mixture(record["mixture"])
    if "estimator" not in record:
        return mixture
    if record["estimator"] not in SAVABLE:
        raise ValueError(f"it holds an unknown estimator, {record['estimator']!r}.")
    return SAVABLE[record["estimator"]].from_fit_record(mixture, record["fit"])


def _mixture_record(mixture: Mixture) -> Record:
    record = {
        "covariance_type": mixture.covariance_type,
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        **_stored(mixture),
        "feature_names": None if mixture.feature_names is None else list(mixture.feature_names),
    }
    if isinstance(mixture.storage, Dense):
        # Kept so that a model gives the same bits wherever it is opened.
        record["inverse_factors"] = mixture.storage.inverse_factors.tolist()
    return record


def _stored(mixture: Mixture) -> Record:
    """The covariances, as they are kept."""
    storage = mixture.storage
    if isinstance(storage, LowRank):
        return {
            "loadings": storage.loadings.tolist(),
            "noise_variances": storage.noise_variances.tolist(),
        }
    return {"covariances": mixture.covariances.tolist()}


def _mixture(record: Mapping[str, Any]) -> Mixture:
    if record["covariance_type"] in ("factor", "tied_factor"):
        return Mixture.from_factors(
            record["weights"],
            record["means"],
            record["loadings"],
            record["noise_variances"],
            shared=record["covariance_type"] == "tied_factor",
            feature_names=record["feature_names"],
        )
    mixture = Mixture(
        record["weights"],
        record["means"],
        record["covariances"],
        covariance_type=record["covariance_type"],
        feature_names=record["feature_names"],
    )
    storage = _with_factors(mixture.storage, record.get("inverse_factors"))
    return Mixture.of(mixture.weights, mixture.means, storage, mixture.feature_names)


def _with_factors(storage: Storage, factors: Any) -> Storage:
    if factors is None or not isinstance(storage, Dense):
        return storage
    kept = np.array(factors, dtype=np.float64)
    if kept.shape == storage.covariances.shape:
        triangular = (np.triu(kept, 1) == 0).all()
        positive = (np.diagonal(kept, axis1=1, axis2=2) > 0).all()
        if triangular and positive and _belong(kept, storage):
            return replace(storage, inverse_factors=kept)
    raise ValueError("its inverse_factors do not belong to its covariances.")


def _belong(inverse_factors: Float, storage: Dense) -> bool:
    """Whether W^-1 W^-T is Sigma, on the scale of its diagonal: that holds for any condition."""
    deviations = np.sqrt(storage.variances())
    with np.errstate(over="ignore", invalid="ignore"):
        lower = inverse_lower(inverse_factors)
        error = np.abs(lower @ transpose(lower) - storage.covariances)
        return bool((error <= 1e-6 * deviations[:, :, None] * deviations[:, None, :]).all())


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"it holds {digits}, which is beyond float64.")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"it holds {name}, which is no number.")
