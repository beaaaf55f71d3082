"""What sets a component apart from the others, feature by feature, and in words.

With sigma_j the standard deviation of feature j in the whole mixture, and "rest" for the other
components taken as one, a component differs in feature j by

    (mu_kj - mu_rest,j) / sigma_j    and    sigma_kj / sigma_rest,j

Features are told in the order of Bhattacharyya's distance between the two normal densities with
these moments, of which means and spreads both are part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura.distribution import Mixture
from mixtura.distribution.as_one import as_one
from mixtura.typing import ArrayKD, ArrayKDD, Float

NOTABLE, VARIED, CORRELATED = 0.5, 1.5, 0.5
"""From which difference of means (Cohen's medium effect), ratio of deviations and difference of
correlations on a trait is told.
"""

MOST = 3
"""How many traits are told of a component."""


@dataclass(frozen=True, eq=False)
class Traits:
    """Each component beside the rest.

    Attributes
    ----------
    differences : ndarray of shape (K, d)
        Of means, in standard deviations of the whole.
    ratios : ndarray of shape (K, d)
        Of standard deviations.
    correlations, others : ndarray of shape (K, d, d)
        Of features in the component, and in the rest.
    """

    differences: ArrayKD
    ratios: ArrayKD
    correlations: ArrayKDD
    others: ArrayKDD

    @classmethod
    def of(cls, mixture: Mixture) -> Self:
        """Those of a mixture; a sole component differs from nothing."""
        K, d = mixture.means.shape
        covariances = np.broadcast_to(mixture.storage.dense(), (K, d, d))
        means, rest = np.empty((K, d)), np.empty((K, d, d))
        for k in range(K):
            others = np.arange(K) != k if K > 1 else slice(None)
            _, means[k], rest[k] = as_one(
                mixture.weights[others], mixture.means[others], covariances[others]
            )
        own, theirs = _deviations(covariances), _deviations(rest)
        return cls(
            (mixture.means - means) / np.sqrt(np.diagonal(mixture.covariance())),
            own / theirs,
            covariances / (own[:, :, None] * own[:, None, :]),
            rest / (theirs[:, :, None] * theirs[:, None, :]),
        )

    def in_words(self, k: int, names: Sequence[str], deviations: Float) -> tuple[str, ...]:
        """The traits of component k, the strongest first.

        Parameters
        ----------
        k : int
        names : d names of features
        deviations : ndarray of shape (d,)
            sigma_kj / sigma_j.
        """
        differences, ratios = self.differences[k], self.ratios[k]
        # With u = (sigma_k^2 + sigma_rest^2) / 2, in units of the component's own variance.
        u = (1 + ratios**-2.0) / 2
        distances = (differences / deviations) ** 2 / (8 * u) + np.log(u * ratios) / 2
        told = (_words(names[j], differences[j], ratios[j]) for j in np.argsort(-distances))
        words = tuple(word for word in told if word)[:MOST]
        return words or self._correlation_in_words(k, names)

    def _correlation_in_words(self, k: int, names: Sequence[str]) -> tuple[str, ...]:
        """The pair of features that is correlated most differently, where no feature differs."""
        unlike = np.abs(self.correlations[k] - self.others[k])
        i, j = divmod(int(unlike.argmax()), len(unlike))
        if unlike[i, j] < CORRELATED:
            return ()
        own, theirs = (f"{each[k, i, j]:+.2f}" for each in (self.correlations, self.others))
        return (f"{names[i]} and {names[j]} correlated {own} (elsewhere {theirs})",)


def _words(name: str, difference: float, ratio: float) -> str:
    if abs(difference) >= NOTABLE:
        size = "larger" if difference > 0 else "smaller"
        return f"{size} {name} ({difference:+.1f} sd)"
    if ratio >= VARIED:
        return f"more varied {name} ({ratio:.1f} times the sd)"
    if ratio <= 1 / VARIED:
        return f"less varied {name} ({ratio:.2g} times the sd)"
    return ""


def _deviations(covariances: ArrayKDD) -> ArrayKD:
    return np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
