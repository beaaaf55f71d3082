"""Which families are nested in which: each covariance of the narrower is one of the wider.

The letters tell it. A part of the covariances, volume, shape or axes, that is the Identity is also
Equal in all components, and one that is Equal may also be Variable; so a family is nested in each
whose letters are nowhere earlier in I, E, V (Celeux and Govaert 1995). Factor analyzers are full
covariances, equal where loadings and noise are shared, and without loadings, noise alone:

    EII - VII       noise      of each component, or of all
     |     |
    EEI - VEI - EVI - VVI      the axes are the features
     |                 |
    EEE - VEE - ...   VVE      the axes are equal
     |                 |
    EEV - VEV - ...   VVV      the axes vary

A mixture of the narrower family is where EM in the wider may begin, to end no lower.
"""

from collections.abc import Sequence

import numpy as np

from mixtura.covariance import LAYOUTS, Diagonal, LowRank, Spherical, Storage
from mixtura.distribution import Mixture
from mixtura.family.base import Family
from mixtura.family.factor import Factor
from mixtura.typing import ArrayKDD

LETTERS = {
    **{name: name for name in ("EII", "VII", "EEI", "VEI", "EVI", "VVI")},
    **{name: name for name in ("EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV")},
    "spherical": "VII",
    "diag": "VVI",
    "tied": "EEE",
    "full": "VVV",
    "E": "EII",
    "V": "VII",
}
"""Of each family that has them, by all its names."""

NOISE = {"CC": "EII", "UC": "VII", "CU": "EEI", "UU": "VVI"}
"""What factor analyzers are without loadings, by the last two letters of their model."""


def is_nested(narrow: str, wide: str, factor_model: str = "UUU") -> bool:
    """Whether each mixture of the first family is one of the second, which is another.

    Parameters
    ----------
    narrow, wide : str
        Names of families.
    factor_model : str
        That of "factor".

    Examples
    --------
    >>> is_nested("EEE", "VEE"), is_nested("VEI", "EVE"), is_nested("spherical", "EII")
    (True, False, False)
    """
    if wide == "factor":
        noise = NOISE[factor_model[1:]]
        return narrow != "factor" and (_same(narrow, noise) or is_nested(narrow, noise))
    if narrow == "factor":
        covariances = "EEE" if factor_model.startswith("CC") else "VVV"
        return _same(covariances, wide) or is_nested(covariances, wide)
    return not _same(narrow, wide) and all(
        "IEV".index(a) <= "IEV".index(b)
        for a, b in zip(LETTERS[narrow], LETTERS[wide], strict=True)
    )


def _same(name: str, other: str) -> bool:
    return LETTERS[name] == LETTERS[other]


def narrow_first(names: Sequence[str], factor_model: str = "UUU") -> list[str]:
    """The families in an order in which each comes after those that are nested in it."""

    def n_nested(wide: str) -> int:
        return sum(is_nested(narrow, wide, factor_model) for narrow in names)

    return sorted(names, key=n_nested)


def as_one_of(mixture: Mixture, family: Family) -> Mixture:
    """The mixture of a narrower family, stored as those of this family are."""
    if family.stores(mixture.storage):
        return mixture
    storage = _stored(mixture.storage, family, mixture.n_components)
    return Mixture.of(mixture.weights, mixture.means, storage, mixture.feature_names)


def _stored(storage: Storage, family: Family, n_components: int) -> Storage:
    layout = LAYOUTS[family.layout]
    n = 1 if layout.shared else n_components
    variances = np.repeat(storage.variances(), n // len(storage.variances()), axis=0)
    if isinstance(family, Factor):
        q = family.n_factors_of(storage.n_features)
        shared = family.is_shared
        kept = variances[:1] if shared else variances
        return LowRank(np.zeros((*kept.shape, q)), kept, shared=shared)
    covariances: ArrayKDD = variances
    if layout.storage is Spherical:
        covariances = variances[:, 0]
    elif layout.storage is not Diagonal:
        dense = storage.dense()
        covariances = np.repeat(dense, n // len(dense), axis=0)
    return layout.storage.from_covariances(
        covariances, shared=layout.shared, n_features=storage.n_features
    )
