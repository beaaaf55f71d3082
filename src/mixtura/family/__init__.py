"""HOW a sum becomes parameters: one M-step per family, registered in `FAMILIES` by name.

A family sees moments and nothing else, so every family works with every source, engine, weight and
start. The conformance tests run over the registry. `prior.py`, `bound.py` and `restricted.py` are
M-steps of any family that are not free.
"""

from mixtura.family.base import Family
from mixtura.family.bound import is_boundable
from mixtura.family.diag import Diag
from mixtura.family.full import Full
from mixtura.family.prior import Conjugate, Prior
from mixtura.family.restricted import Restricted
from mixtura.family.spherical import Spherical
from mixtura.family.tied import Tied

FAMILIES: dict[str, Family] = {
    "full": Full(),
    "tied": Tied(),
    "diag": Diag(),
    "spherical": Spherical(),
}

__all__ = ["FAMILIES", "Conjugate", "Family", "Prior", "Restricted", "is_boundable"]
