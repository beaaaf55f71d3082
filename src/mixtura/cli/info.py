"""`mixtura info`: what a model file holds."""

from typing import Any

from mixtura.cli import console
from mixtura.cli.inputs import load_model
from mixtura.cli.options import Json, Model
from mixtura.cli.tables import components_record, print_components
from mixtura.distribution import Savable, as_mixture
from mixtura.em import Outcome
from mixtura.uses import summarize

LABELS = {
    "n_components": "components",
    "n_features": "features",
    "covariance_type": "covariance type",
    "n_parameters": "free parameters",
    "n_rows": "rows fitted",
    "n_iter": "iterations",
}


def info(model: Model, json: Json = False) -> None:
    """Print the components of a model, how it was fitted, and what sets each component apart.

    **Example**

    `mixtura info faithful.json`
    """
    loaded = load_model(model)
    mixture = as_mixture(loaded)
    facts: dict[str, Any] = {
        "n_components": mixture.n_components,
        "n_features": mixture.n_features,
        "covariance_type": mixture.covariance_type,
    }
    if isinstance(loaded, Savable):
        record = loaded.fit_record()
        run = record["runs"][record["best_run"]]
        facts |= {
            "estimator": type(loaded).__name__,
            "family": record["family"],
            "n_parameters": record["n_parameters"],
            "n_rows": record["n_rows"],
            "n_iter": len(run["lower_bounds"]),
            "outcome": run["outcome"].lower(),
        }
    if json:
        console.print_json({**facts, "components": components_record(mixture)})
        return
    print_components(mixture, title=model.name)
    if "outcome" in facts:
        facts["outcome"] += f": {Outcome[facts['outcome'].upper()].sentence}"
    console.print_facts((LABELS.get(name, name), str(value)) for name, value in facts.items())
    if mixture.n_components > 1:
        for sentence in summarize(mixture).sentences:
            console.out.print(f"\n{console.escaped(sentence)}")
