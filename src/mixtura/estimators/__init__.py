"""The scikit-learn skin: parameters, checks and attributes. No arithmetic here."""

from mixtura.estimators.auto import AutoGaussianMixture
from mixtura.estimators.classifier import MixtureClassifier
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.imputer import MixtureImputer
from mixtura.estimators.regressor import MixtureRegressor

__all__ = ["AutoGaussianMixture", "GaussianMixture", "MixtureImputer", "MixtureRegressor"]
__all__ = ["AutoGaussianMixture", "GaussianMixture", "MixtureClassifier", "MixtureImputer"]
from mixtura.estimators.segment import segment_image

__all__ = ["AutoGaussianMixture", "GaussianMixture", "MixtureImputer", "segment_image"]
