"""Which family the classes have: by BIC, or by rows that are held out.

    BIC = -2 log L + p log n                              L of rows with their classes
    CV  = sum_i w_i log p(x_i, c_i) / sum_i w_i           of each row under a fit without it

Both weigh the joint distribution. Of errors alone few rows make too few to tell families apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mixtura.family import Family
from mixtura.selection.held_out import Fold
from mixtura.uses.class_model import ClassModel
from mixtura.uses.edda import ClassFit, Rules, fitted
from mixtura.uses.held_out import HeldOut, held_out
from mixtura.uses.labelled import Labelled


@dataclass(frozen=True, eq=False)
class Choice:
    """The best fit.

    Attributes
    ----------
    family : str
    fit : ClassFit
    criteria : dict from str to float
        By family, the best first.
    """

    family: str
    fit: ClassFit
    criteria: dict[str, float]


def chosen(
    labelled: Labelled,
    families: Mapping[str, Family],
    rules: Rules,
    folds: Sequence[Fold],
    *,
    criterion: str,
    calibrate: bool,
) -> Choice | None:
    """The fit of the best family; None where no family has one.

    Parameters
    ----------
    labelled : Labelled
    families : mapping from str to Family
        By name.
    rules : Rules
    folds : sequence of Fold
        Of labelled rows, for "cv" and to calibrate; without any, BIC chooses.
    criterion : {"bic", "cv"}
    calibrate : bool
        Whether rows that are held out say how certain probabilities may be.
    """
    attempts = {name: fitted(labelled, family, rules) for name, family in families.items()}
    fits = {name: fit for name, fit in attempts.items() if fit is not None}
    criteria: dict[str, float] = {}
    for name, fit in fits.items():
        if criterion == "bic" or not folds:
            criteria[name] = fit.bic
        elif (tested := _held_out(labelled, families[name], rules, folds)) is not None:
            criteria[name] = -tested.mean_log_joint
    if not criteria:
        return None
    ranked = sorted(criteria, key=lambda name: (not fits[name].is_admissible, criteria[name]))
    best = fits[ranked[0]]
    if calibrate and folds:
        tested = _held_out(labelled, families[ranked[0]], rules, folds)
        if tested is not None:
            best = replace(best, model=best.model.at(tested.temperature))
    return Choice(ranked[0], best, {name: criteria[name] for name in ranked})


def _held_out(
    labelled: Labelled, family: Family, rules: Rules, folds: Sequence[Fold]
) -> HeldOut | None:
    def model(rows: Labelled) -> ClassModel | None:
        fit = fitted(rows, family, rules)
        return None if fit is None else fit.model

    return held_out(labelled, folds, model)
