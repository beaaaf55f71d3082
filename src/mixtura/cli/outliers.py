"""`mixtura outliers`: a model and a table in; which rows are unusual, how sure that is, and why."""

import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from mixtura.cli import console
from mixtura.cli.inputs import model_and_table
from mixtura.cli.options import Data, Model, Quiet, Seed, check_outputs
from mixtura.cli.tables import feature_names
from mixtura.data.arrow.table import check_format, with_columns, write_csv_to, write_table
from mixtura.distribution import as_mixture
from mixtura.errors import DataFileError
from mixtura.typing import Float
from mixtura.uses import Calibration, adjusted, explain_rows, log_typicality

N_DRAWS = 9999
RATE = 0.01


def outliers(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the table here; else CSV is printed."),
    ] = None,
    false_alarm_rate: Annotated[
        float | None,
        typer.Option(
            help="Flag rows with a p-value of at most this; else as a detector was fitted to, "
            f"or {RATE}."
        ),
    ] = None,
    false_discovery_rate: Annotated[
        float | None,
        typer.Option(help="Flag rows such that this share of those flagged is false on average."),
    ] = None,
    normal: Annotated[
        Path | None,
        typer.Option(help="Normal rows that were not fitted, to take p-values from."),
    ] = None,
    seed: Seed = 0,
    prefix: Annotated[
        str, typer.Option(help="Before the names of the new columns, where they are taken.")
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Find unusual rows: the table, then `score`, `p_value`, `outlier` and `explanation`.

    The score is the log-density. P-values are those among rows that were held out, of a detector
    with a false-alarm rate or in the table `--normal`; without either, among rows drawn from the
    model, which are right as far as the model is. The explanation names the features that are
    farthest from what the others of the row let expect.

    **Examples**

    `mixtura outliers faithful.json faithful.csv -o flagged.csv`

    `mixtura outliers model.json new.csv --normal old.csv --false-discovery-rate 0.1 -o flagged.csv`
    """
    _check_rates(false_alarm_rate, false_discovery_rate)
    if output is not None:
        check_format(output)
        check_outputs(output, inputs=[model, data, *([normal] if normal else [])])
    loaded, table, rows = model_and_table(model, data)
    mixture, entries = as_mixture(loaded), np.asarray(rows, dtype=np.float64)
    calibration, source = _calibration(loaded, model, normal, seed)
    scores = log_typicality(mixture, entries)
    p_values = calibration.p_values(scores)
    if false_discovery_rate is not None:
        is_outlier = adjusted(p_values) <= false_discovery_rate
    elif false_alarm_rate is None and normal is None and hasattr(loaded, "offset_"):
        is_outlier = scores < loaded.offset_
    else:
        rate = RATE if false_alarm_rate is None else false_alarm_rate
        is_outlier = scores < calibration.threshold(rate)
    columns: dict[str, NDArray[Any]] = {
        "score": scores,
        "p_value": p_values,
        "outlier": is_outlier,
        "explanation": np.array(
            explain_rows(mixture, entries).in_words(entries, feature_names(mixture))
        ),
    }
    flagged = with_columns(table, {prefix + name: values for name, values in columns.items()})
    if output is None:
        write_csv_to(flagged, sys.stdout.buffer)
        return
    write_table(flagged, output)
    if not quiet:
        n_outliers = int(is_outlier.sum())
        console.say(f"{n_outliers} of {len(scores)} rows flagged in {output}; p-values: {source}")


def _check_rates(false_alarm_rate: float | None, false_discovery_rate: float | None) -> None:
    """At most one rate, between 0 and 1."""
    if false_alarm_rate is not None and false_discovery_rate is not None:
        raise DataFileError("Give --false-alarm-rate or --false-discovery-rate, not both.")
    for name, rate in (("alarm", false_alarm_rate), ("discovery", false_discovery_rate)):
        if rate is not None and not 0 < rate < 1:
            raise DataFileError(f"--false-{name}-rate must lie between 0 and 1, but it is {rate}.")


def _calibration(
    loaded: Any, model: Path, normal: Path | None, seed: int
) -> tuple[Calibration, str]:
    """What p-values are taken from, and in words."""
    mixture = as_mixture(loaded)
    if normal is not None:
        _, _, rows = model_and_table(model, normal)
        scores: Float = log_typicality(mixture, np.asarray(rows, dtype=np.float64))
        return Calibration.of(scores, None), f"{len(scores)} rows of {normal}"
    held_out: Calibration | None = getattr(loaded, "calibration_", None)
    if held_out is not None:
        return held_out, f"{len(held_out.scores)} rows held out of the fit"
    return Calibration.drawn(mixture, N_DRAWS, seed), f"{N_DRAWS} rows drawn from the model"
