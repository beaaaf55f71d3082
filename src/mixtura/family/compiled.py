"""Families whose M-step the kernel takes too (native/maximize.hpp): those with a closed form."""

from mixtura.family.base import Family
from mixtura.family.diagonal import Diag, TiedDiag
from mixtura.family.full import Full
from mixtura.family.own_axes import EqualSpectrum
from mixtura.family.spherical import Spherical, TiedSpherical
from mixtura.family.tied import Tied

_SHARED: dict[type[Family], str] = {
    Full: "nothing",
    Diag: "nothing",
    Spherical: "nothing",
    Tied: "covariance",
    TiedDiag: "covariance",
    TiedSpherical: "covariance",
    EqualSpectrum: "spectrum",
}


def compiled_sharing(family: Family) -> str | None:
    """What the components have in common: nothing, their covariance, or its spectrum.

    None where the kernel does not know the M-step.
    """
    return _SHARED.get(type(family))
