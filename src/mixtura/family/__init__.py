"""HOW a sum becomes parameters: one M-step per family, registered in `FAMILIES` by name.

A family sees moments and nothing else, so every family works with every source, engine, weight and
start. The conformance tests run over the registry. `prior.py`, `bound.py` and `restricted.py` are
M-steps of any family that are not free.
"""

from mixtura.family.base import Family
from mixtura.family.bound import is_boundable
from mixtura.family.diag import Diag
from mixtura.family.factor import MODELS, Factor
from mixtura.family.full import Full
from mixtura.family.prior import Conjugate, Prior, has_prior
from mixtura.family.restricted import Restricted
from mixtura.family.spherical import Spherical
from mixtura.family.tied import Tied

FAMILIES: dict[str, Family] = {
    "full": Full(),
    "tied": Tied(),
    "diag": Diag(),
    "spherical": Spherical(),
    "factor": Factor(),
}


def family_named(name: str, n_factors: int | None = None, factor_model: str = "UUU") -> Family:
    """The family of that name, with its settings where it has some."""
    family = FAMILIES[name]
    return family.with_factors(n_factors, factor_model) if isinstance(family, Factor) else family


__all__ = [
    "FAMILIES",
    "MODELS",
    "Conjugate",
    "Factor",
    "Family",
    "Prior",
    "Restricted",
    "family_named",
    "has_prior",
    "is_boundable",
]
