"""The scikit-learn skin: parameters, checks and attributes. No arithmetic here."""

from mixtura.estimators.auto import AutoGaussianMixture
from mixtura.estimators.classifier import MixtureClassifier
from mixtura.estimators.gaussian_mixture import GaussianMixture
from mixtura.estimators.imputer import MixtureImputer
from mixtura.estimators.outlier_detector import MixtureOutlierDetector
from mixtura.estimators.regressor import MixtureRegressor
from mixtura.estimators.segment import segment_image

__all__ = [
    "AutoGaussianMixture",
    "GaussianMixture",
    "MixtureClassifier",
    "MixtureImputer",
    "MixtureOutlierDetector",
    "MixtureRegressor",
    "segment_image",
]
