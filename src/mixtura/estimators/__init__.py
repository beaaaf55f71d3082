"""The scikit-learn skin: parameters, checks and attributes. No arithmetic here."""

from mixtura.estimators.gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture"]
