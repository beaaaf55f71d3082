"""`mixtura select`: a table in; the family and the number of components that describe it out."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mixtura.cli import console, grid
from mixtura.cli.criteria import sums
from mixtura.cli.drawing import draw
from mixtura.cli.inputs import rows_to_fit
from mixtura.cli.options import (
    Columns,
    Data,
    Effort,
    Json,
    Quiet,
    Seed,
    Weights,
    check_choice,
    check_model_name,
    check_outputs,
    check_picture,
    split_names,
    split_numbers,
)
from mixtura.cli.tables import missing_fact
from mixtura.em import EFFORTS
from mixtura.estimators import AutoGaussianMixture
from mixtura.estimators.choices import SETS, families_named
from mixtura.family import FAMILY_NAMES
from mixtura.files import save
from mixtura.selection.criteria import CRITERIA
from mixtura.selection.record import CellRecord

TOP = 10
"""So many rows of the table are printed."""

EVIDENCE = (
    (2, "hardly worth a mention"),
    (6, "positive evidence"),
    (10, "strong evidence"),
    (math.inf, "very strong evidence"),
)
"""What a difference of BIC means (Kass and Raftery 1995)."""


def select(
    data: Data,
    components: Annotated[
        str,
        typer.Option("-k", "--components", help="How many components: 3, from 1:9, or 2,4,6."),
    ] = "1:9",
    families: Annotated[
        str,
        typer.Option(help="all, sklearn, or names separated by commas, as in fit --family."),
    ] = "all",
    criterion: Annotated[str, typer.Option(help=f"What is best: {', '.join(CRITERIA)}.")] = "bic",
    columns: Columns = None,
    weights: Weights = None,
    effort: Effort = "normal",
    seed: Seed = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the best model, a JSON file.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write a picture of the scores: .png, .pdf or .svg.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Choose a family and a number of components.

    **Examples**

    `mixtura select faithful.csv`

    `mixtura select iris.csv -k 1:5 --criterion icl -o iris.json --plot scores.png`

    `mixtura select big.parquet -k 2,4,8 --families sklearn --effort fast --json`
    """
    check_choice("--criterion", criterion, CRITERIA)
    check_choice("--effort", effort, EFFORTS)
    numbers, given = split_numbers(components), _families_in(families)
    check_model_name(output)
    check_picture(plot)
    check_outputs(output, plot, inputs=[data])
    rows = rows_to_fit(data, columns)
    features = rows.without(weights)
    known = families_named(given, rows.n_features if features is None else len(features))
    model = AutoGaussianMixture(
        numbers, covariance_types=known, criterion=criterion, effort=effort, random_state=seed
    )
    with console.notes(), grid.shown(numbers, known, quiet=quiet or json) as kept:
        model.fit(rows, sample_weight=weights)
    records = kept.records
    if json:
        rows_of_table = [_without_nan(asdict(record)) for record in records]
        console.print_json({"criterion": criterion, "table": rows_of_table})
    elif not quiet:
        _print_top(records, criterion, title=data.name)
        told = sums(model, rows, weights)
        if facts := missing_fact(told.n_missing, told.n_entries):
            console.print_facts(facts)
        console.out.print(console.escaped(choice_in_words(records, criterion)), soft_wrap=True)
    if output is not None:
        save(model.best_estimator_, output)
    if plot is not None:
        draw("criterion", model, plot)
    if not (quiet or json):
        for path in filter(None, (output, plot)):
            console.say(f"written: {path}")


def _families_in(text: str) -> str | list[str]:
    """A set of families by its name, or names of some."""
    if text in SETS:
        return text
    names = split_names([text]) or []
    for name in names:
        check_choice("--families", name, (*SETS, *FAMILY_NAMES))
    return names


def choice_in_words(records: Sequence[CellRecord], criterion: str) -> str:
    """What was chosen, how far the next is behind, and for BIC what that means."""
    best, *others = grid.ranked(records, criterion)
    choice = f"{grid.NAMES[criterion]} chooses {grid.cell_in_words(best)}"
    if not best.admissible:
        return f"{choice}, but no fit is admissible: {best.reason}."
    if not others or not others[0].admissible:
        return f"{choice}."
    behind = abs(grid.score_of(others[0], criterion) - grid.score_of(best, criterion))
    choice += f"; the next, {grid.cell_in_words(others[0])}, is {behind:.3g} behind"
    if criterion != "bic":
        return f"{choice}."
    evidence = next(words for most, words in EVIDENCE if behind < most)
    return f"{choice}: {evidence} (Kass and Raftery 1995)."


def _print_top(records: Sequence[CellRecord], criterion: str, title: str) -> None:
    """The best rows of the table, and by how much each is behind."""
    best = grid.ranked(records, criterion)[:TOP]
    name = "held out" if criterion == "cv" else criterion.upper()
    table = console.plain_table(title)
    for heading in ("family", "components", name, "behind", "log-likelihood", "parameters"):
        table.add_column(heading, justify="left" if heading == "family" else "right")
    for record in best:
        score = grid.score_of(record, criterion)
        behind = abs(score - grid.score_of(best[0], criterion))
        table.add_row(
            record.covariance_type,
            str(record.n_components),
            f"{score:.3f}",
            f"{behind:.3f}",
            f"{record.log_likelihood:.3f}",
            str(record.n_parameters),
        )
    console.out.print(table)


def _without_nan(record: dict[str, Any]) -> dict[str, Any]:
    """With None, JSON's null, for scores that there are not."""
    return {name: None if value != value else value for name, value in record.items()}
