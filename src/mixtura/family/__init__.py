"""HOW a sum becomes parameters: one M-step per family, registered in `FAMILIES` by name.

A family sees moments and nothing else, so every family works with every source, engine, weight and
start. The conformance tests run over the registry. `prior.py`, `bound.py` and `restricted.py` are
M-steps of any family that are not free.

A covariance has a volume, a shape and axes (Banfield and Raftery 1993; Celeux and Govaert 1995):

    Sigma_k = lambda_k D_k A_k D_k^T        |A_k| = 1, A_k diagonal, D_k orthogonal

The three letters of a family's name say whether these, in this order, are Equal for all components
or Variable; Identity where balls have no shape, and boxes no axes but the features. Four of them
have names of scikit-learn's too. `spectra.py` finds variances along known axes; `orientation.py`
the axes that components share, with `rotations.py` and `curvature.py`; `principal.py` the first
loadings of factor analyzers.

References
----------
Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition 28,
781-793.
"""

from mixtura.family.base import Family
from mixtura.family.bound import is_boundable
from mixtura.family.common_axes import CommonAxes, EqualVolumeCommonAxes
from mixtura.family.compiled import compiled_sharing
from mixtura.family.diagonal import Diag, EqualShapeDiag, EqualVolumeDiag, TiedDiag
from mixtura.family.equal_shape import EqualShape
from mixtura.family.equal_volume import EqualVolume
from mixtura.family.factor import MODELS, Factor
from mixtura.family.full import Full
from mixtura.family.own_axes import EqualSpectrum, ProportionalSpectrum
from mixtura.family.prior import Conjugate, Prior, has_prior
from mixtura.family.restricted import Restricted, unrestricted
from mixtura.family.spherical import Spherical, TiedSpherical
from mixtura.family.tied import Tied

FAMILIES: dict[str, Family] = {
    "full": Full(),
    "tied": Tied(),
    "diag": Diag(),
    "spherical": Spherical(),
    "factor": Factor(),
    "EII": TiedSpherical(),
    "EEI": TiedDiag(),
    "VEI": EqualShapeDiag(),
    "EVI": EqualVolumeDiag(),
    "VEE": EqualShape(),
    "EVE": EqualVolumeCommonAxes(),
    "VVE": CommonAxes(),
    "EEV": EqualSpectrum(),
    "VEV": ProportionalSpectrum(),
    "EVV": EqualVolume(),
}

SAME = {"VVV": "full", "EEE": "tied", "VVI": "diag", "VII": "spherical"}
"""Other names of families."""

UNIVARIATE = {"E": "EII", "V": "spherical"}
"""Names for one feature only."""

FAMILY_NAMES = (*FAMILIES, *SAME, *UNIVARIATE)
"""All that `covariance_type` may be."""


def family_named(
    name: str, n_features: int, *, n_factors: int | None = None, factor_model: str = "UUU"
) -> Family:
    """The family of that name, with its settings where it has some.

    Raises
    ------
    ValueError
        For a name that is for one feature, where there are more.
    """
    if name in UNIVARIATE and n_features > 1:
        raise ValueError(
            f"covariance_type={name!r} is for one feature, and there are {n_features}; "
            f"take {name + 'II'!r} for balls, or another family."
        )
    family = FAMILIES[(SAME | UNIVARIATE).get(name, name)]
    return family.with_factors(n_factors, factor_model) if isinstance(family, Factor) else family


__all__ = [
    "FAMILIES",
    "FAMILY_NAMES",
    "MODELS",
    "SAME",
    "UNIVARIATE",
    "Conjugate",
    "Factor",
    "Family",
    "Prior",
    "Restricted",
    "compiled_sharing",
    "family_named",
    "has_prior",
    "is_boundable",
    "unrestricted",
]
