"""`mixtura outliers`: a model and a table in; which rows are unusual, how sure that is, and why."""

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from mixtura.cli import console
from mixtura.cli.inputs import blocks_of, model_and_rows
from mixtura.cli.options import Data, Model, Quiet, Seed, check_outputs
from mixtura.cli.outputs import write_beside
from mixtura.cli.tables import feature_names
from mixtura.data import Scan
from mixtura.data.arrow.table import Table
from mixtura.data.arrow.writing import check_format
from mixtura.distribution import Mixture, as_mixture
from mixtura.engine import Local
from mixtura.errors import DataFileError
from mixtura.typing import Block, Float
from mixtura.uses import Calibration, Tally, explain_rows, log_typicality

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
    loaded, rows = model_and_rows(model, data)
    calibration, source = _calibration(loaded, model, normal, seed)
    if false_discovery_rate is not None:
        rule = _discoveries(as_mixture(loaded), calibration, rows, false_discovery_rate)
    elif false_alarm_rate is None and normal is None and hasattr(loaded, "offset_"):
        rule = Rule(calibration, score=loaded.offset_)
    else:
        rate = RATE if false_alarm_rate is None else false_alarm_rate
        rule = Rule(calibration, score=calibration.threshold(rate))
    n_outliers = 0

    def said(some: Table) -> dict[str, NDArray[Any]]:
        nonlocal n_outliers
        columns = rule.columns(as_mixture(loaded), np.asarray(some, dtype=np.float64))
        n_outliers += int(columns["outlier"].sum())
        return columns

    n_rows = write_beside(rows, said, output, prefix)
    if output is not None and not quiet:
        console.say(f"{n_outliers} of {n_rows} rows flagged in {output}; p-values: {source}")


@dataclass(frozen=True)
class Rule:
    """Which rows are outliers.

    Attributes
    ----------
    calibration : Calibration
        What p-values are taken from.
    score : float
        Those whose score is below it.
    p_value : float
        And those whose p-value is at most this.
    """

    calibration: Calibration
    score: float = -math.inf
    p_value: float = -math.inf

    def columns(self, mixture: Mixture, entries: Float) -> dict[str, NDArray[Any]]:
        """What is written beside rows (n, d)."""
        scores = log_typicality(mixture, entries)
        p_values = self.calibration.p_values(scores)
        explained = explain_rows(mixture, entries).in_words(entries, feature_names(mixture))
        return {
            "score": scores,
            "p_value": p_values,
            "outlier": (scores < self.score) | (p_values <= self.p_value),
            "explanation": np.array(explained),
        }


def _discoveries(mixture: Mixture, calibration: Calibration, rows: Scan, rate: float) -> Rule:
    """What is flagged at a false-discovery rate, which all p-values have a say in."""

    def counted(block: Block) -> Tally:
        return Tally.of(calibration.p_values(log_typicality(mixture, block.rows)))

    tally: Tally = Local().sum(counted, blocks_of(rows))
    return Rule(calibration, p_value=tally.cutoff(rate))


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
        _, rows = model_and_rows(model, normal)
        scores: Float = Local().map(partial(log_typicality, mixture), blocks_of(rows))
        return Calibration.of(scores, None), f"{len(scores)} rows of {normal}"
    held_out: Calibration | None = getattr(loaded, "calibration_", None)
    if held_out is not None:
        return held_out, f"{len(held_out.scores)} rows held out of the fit"
    return Calibration.drawn(mixture, N_DRAWS, seed), f"{N_DRAWS} rows drawn from the model"
