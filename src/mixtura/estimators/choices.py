"""Among which families and numbers of components to choose."""

from collections.abc import Iterable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import KFold, check_cv

from mixtura.family import FAMILY_NAMES, UNIVARIATE, family_named
from mixtura.family.nesting import LETTERS
from mixtura.selection.held_out import Fold
from mixtura.typing import Indices

FOURTEEN = tuple(dict.fromkeys(LETTERS.values()))
SETS = {"all": FOURTEEN, "sklearn": ("spherical", "diag", "tied", "full")}


def numbers_in(n_components: Any) -> tuple[int, ...]:
    """The checked numbers of components, each once."""
    numbers = list(n_components) if isinstance(n_components, Iterable) else [n_components]
    passes_once = isinstance(n_components, Iterator)  # and so serves neither clones nor another fit
    if passes_once or not numbers or not all(_is_number(each) for each in numbers):
        raise ValueError(
            "n_components must be a positive integer or some of them, such as range(1, 10), "
            f"but it is {n_components!r}."
        )
    return tuple(sorted({int(each) for each in numbers}))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and type(value) is not bool and int(value) >= 1


def families_named(covariance_types: Any, n_features: int) -> tuple[str, ...]:
    """The checked names of families, none of which is another's."""
    if isinstance(covariance_types, str) and covariance_types in SETS:
        if covariance_types == "all" and n_features == 1:
            return tuple(UNIVARIATE)
        return SETS[covariance_types]
    given = (covariance_types,) if isinstance(covariance_types, str) else tuple(covariance_types)
    unknown = [each for each in given if not isinstance(each, str) or each not in FAMILY_NAMES]
    if not given or unknown:
        raise ValueError(
            f"covariance_types must be 'all', 'sklearn' or names of families ("
            f"{', '.join(FAMILY_NAMES)}), but it is {covariance_types!r}."
        )
    families = [family_named(each, n_features) for each in given]
    for place, name in enumerate(given):
        twin = next((other for other in range(place) if families[other] is families[place]), None)
        if twin is not None:
            raise ValueError(
                f"covariance_types has {given[twin]!r} and {name!r}, which are one family."
            )
    return given


def folds_in(
    cv: Any, n_given: int, which: slice | Indices, rng: np.random.RandomState
) -> list[Fold]:
    """Training and test rows of each fold, of those that are fitted: which of all given.

    A number of folds is drawn by chance: rows are often sorted.
    """
    splitter = (
        KFold(cv, shuffle=True, random_state=rng) if isinstance(cv, Integral) else check_cv(cv)
    )
    places = np.full(n_given, -1)
    places[which] = np.arange(len(places[which]))
    splits = splitter.split(np.zeros((n_given, 1)))
    return [(_fitted(places[train]), _fitted(places[test])) for train, test in splits]


def _fitted(places: Indices) -> Indices:
    return places[places >= 0]
