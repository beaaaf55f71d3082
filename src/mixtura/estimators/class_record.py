"""What a model file keeps of a `MixtureClassifier` beside its mixture."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixtura.distribution import Mixture, Record
from mixtura.estimators.class_fits import Found
from mixtura.estimators.class_labels import lacks
from mixtura.estimators.record import (
    count,
    kind_of,
    plain_settings,
    restored_selection,
    runs_record,
    selection_settings,
    solution_of,
)
from mixtura.family import FAMILY_NAMES
from mixtura.uses.class_model import ClassModel

NAN = {"missing": True}
"""What stands for `unlabelled=np.nan`, which JSON has not."""

PLAIN = (str, bool, int, float)
"""The labels that JSON can hold."""


def class_record(found: Found, settings: dict[str, Any], labels: NDArray[Any]) -> Record:
    """The fit of a classifier with these settings and labels."""
    unlabelled, priors = settings.pop("unlabelled"), settings.pop("priors")
    return {
        "settings": plain_settings(settings),
        "family": ", ".join(found.covariance_types),
        "n_parameters": found.n_parameters,
        "n_rows": found.n_rows,
        "dtype": found.precision,
        **runs_record(found.traces, found.traces[0]),
        "classes": {
            "settings": selection_settings(settings),
            "labels": _labels_record(labels),
            "unlabelled": _marker_record(unlabelled),
            "priors": None if priors is None else np.asarray(priors, dtype=float).tolist(),
            "class_of": found.model.class_of.tolist(),
            "temperature": found.model.temperature,
            "covariance_types": list(found.covariance_types),
            "criteria": found.criteria,
        },
    }


def restored_class_fit(
    mixture: Mixture, record: Record
) -> tuple[Found, dict[str, Any], NDArray[Any]]:
    """What `class_record` kept: the fit, the settings, and the labels."""
    own = record["classes"]
    labels = _labels(own["labels"])
    settings = restored_selection(own["settings"], mixture.n_features)
    settings["unlabelled"] = _marker(own["unlabelled"])
    settings["priors"] = None if own["priors"] is None else _numbers(own["priors"])
    class_of = np.array([count(c) for c in own["class_of"]])
    in_order = np.array_equal(np.unique(class_of), np.arange(len(labels)))
    if len(class_of) != mixture.n_components or not in_order or (np.diff(class_of) < 0).any():
        raise ValueError("its class_of does not belong to its mixture and labels.")
    temperature = own["temperature"]
    if not isinstance(temperature, float) or not 0 < temperature < math.inf:
        raise ValueError(f"its temperature is {temperature!r}.")
    families = own["covariance_types"]
    if len(families) != len(labels) or not set(families) <= set(FAMILY_NAMES):
        raise ValueError(f"its covariance_types are {families!r}.")
    found = Found(
        ClassModel(mixture.named(None), class_of, temperature),
        tuple(families),
        count(record["n_parameters"]),
        solution_of(mixture, record).traces,
        is_admissible=True,
        criteria=dict(zip(own["criteria"], _numbers([*own["criteria"].values()]), strict=True)),
        n_rows=count(record["n_rows"]),
        precision=kind_of(record).dtype.name,
    )
    return found, settings, labels


def _labels_record(labels: NDArray[Any]) -> Record:
    values = labels.tolist()
    if not all(isinstance(value, PLAIN) for value in values):
        raise TypeError(
            f"A model file holds labels that are numbers or words, not {type(values[0]).__name__}."
        )
    return {"dtype": labels.dtype.str if labels.dtype != object else "object", "values": values}


def _labels(record: Record) -> NDArray[Any]:
    values = record["values"]
    if not isinstance(values, list) or len(values) < 2 or not all(map(_is_plain, values)):
        raise ValueError(f"its labels are {values!r}.")
    labels = np.array(values, dtype=np.dtype(str(record["dtype"])))
    if labels.tolist() != values or len(set(map(str, values))) != len(values):
        raise ValueError(f"its labels are {values!r}, and of dtype {record['dtype']!r}.")
    return labels


def _is_plain(value: Any) -> bool:
    return isinstance(value, PLAIN)


def _marker_record(unlabelled: Any) -> Any:
    if lacks(unlabelled) and unlabelled is not None:
        return NAN
    plain = unlabelled.item() if isinstance(unlabelled, np.generic) else unlabelled
    if plain is not None and not isinstance(plain, PLAIN):
        raise TypeError(
            f"A model file holds labels that are numbers or words, not {type(plain).__name__}."
        )
    return plain


def _marker(record: Any) -> Any:
    if record == NAN:
        return np.nan
    if record is not None and not isinstance(record, PLAIN):
        raise ValueError(f"its unlabelled is {record!r}.")
    return record


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise ValueError(f"it holds {values!r} where a list of numbers was expected.")
    return [float(value) for value in values]
