"""Gaussian mixture regression: features and targets have a joint mixture, and the rest follows.

    p(y | x) = p(x, y) / p(x),    a mixture for each row,

of which predictions are means, standard deviations and quantiles. The last m features of the joint
mixture are the targets.

Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM
approach. Advances in Neural Information Processing Systems 6, 120-127.
Sung, H. G. (2004). Gaussian mixture regression and classification. PhD thesis, Rice University.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from mixtura.distribution import Mixture
from mixtura.distribution.conditional import Conditionals, conditionals
from mixtura.typing import Float, HostND, Indices
from mixtura.uses.joint import Fold, Joint
from mixtura.uses.recalibration import Recalibration

Candidate: TypeAlias = tuple[int, str]
"""A number of components and a family."""

PATIENCE = 3
"""A family is left after so many numbers of components that predict no better."""


Fit: TypeAlias = Callable[[Candidate, Joint], Mixture]
"""The joint mixture of some rows; ValueError where there is none."""


def of_targets(mixture: Mixture, X: HostND) -> Iterator[tuple[Indices, Conditionals]]:
    """p(y | x) of each row, by pattern of missing features."""
    n_given = X.shape[1]
    features = np.arange(mixture.n_features)
    return conditionals(mixture, X, features[:n_given], features[n_given:])


def mean_and_deviation(mixture: Mixture, X: HostND) -> tuple[Float, Float]:
    """E[y | x] and the standard deviation of y given x, both (n, m)."""
    means, deviations = (np.empty((len(X), mixture.n_features - X.shape[1])) for _ in range(2))
    for rows, given in of_targets(mixture, X):
        means[rows], deviations[rows] = given.mean(), np.sqrt(given.variance())
    return means, deviations


def quantiles(mixture: Mixture, X: HostND, q: Float) -> Float:
    """Of each target by itself: (n, m, ...) for levels q (m, ...)."""
    result = np.empty((len(X), *q.shape))
    for rows, given in of_targets(mixture, X):
        result[rows] = given.quantiles(q)
    return result


def probabilities(mixture: Mixture, joint: Joint) -> Float:
    """P(y' <= y | x) of each target by itself, shape (n, m): uniform where the model is right."""
    result = np.empty(joint.targets.shape)
    for rows, given in of_targets(mixture, joint.features):
        result[rows] = given.cdf(joint.targets[rows].astype(np.float64))
    return result


def log_prob(mixture: Mixture, joint: Joint) -> Float:
    """log p(y | x) = log p(x, y) - log p(x), shape (n,)."""
    features_alone = joint.values.copy()
    features_alone[:, joint.n_features :] = np.nan
    return np.asarray(mixture.log_prob(joint.values) - mixture.log_prob(features_alone))


def held_out_scores(
    numbers: Sequence[int], families: Sequence[str], fit: Fit, folds: Sequence[Fold]
) -> dict[Candidate, float]:
    """log p(y | x) per row held out, for each candidate that was tried.

    The likelihood of the features has no say: components that they alone need make predictions no
    better. -inf where a candidate could not be fitted to all folds.

    Parameters
    ----------
    numbers, families : sequence
        The candidates, numbers in ascending order.
    fit : Fit
    folds : sequence of Fold
    """
    scores: dict[Candidate, float] = {}
    for family in families:
        best, n_worse = -np.inf, 0
        for number in numbers:
            own = scores[number, family] = _score((number, family), fit, folds)
            n_worse = 0 if own > best else n_worse + 1
            best = max(best, own)
            if n_worse == PATIENCE:
                break
    return scores


def _score(candidate: Candidate, fit: Fit, folds: Sequence[Fold]) -> float:
    total = n = 0.0
    for train, test in folds:
        try:
            mixture = fit(candidate, train)
        except ValueError:  # too few rows, or a component that could not be repaired
            return -np.inf
        total += float(test.counts @ log_prob(mixture, test))
        n += float(test.counts.sum())
    return total / n


def recalibration(mixtures: Sequence[Mixture], unseen: Sequence[Joint]) -> Recalibration:
    """What rows say of the quantiles of mixtures that have not seen them."""
    said = [probabilities(*each) for each in zip(mixtures, unseen, strict=True)]
    return Recalibration(np.concatenate(said), np.concatenate([rows.counts for rows in unseen]))
