"""Data sets whose family and number of components are known, and can be told from the rows.

A set has K = 2 to 5 components in d = 2 to 10 features, and of Sigma_k = lambda_k D_k A_k D_k^T,
by the three letters of its family,

    lambda_k   1, or 2.5^0, 2.5^1, ... in random order
    A_k        the same, or another for each component: log-uniform within a factor of 30; or I
    D_k        the same, or another for each component: uniform among all rotations; or I

Weights are at least half of 1 / K, means are normal, and covariances are scaled until no two
components overlap by more than 0.02 (`mixsim.py`). There are 60 rows for each component and
feature, at least 300 in all. In some draws two shapes or rotations happen to be alike; so a draw
counts only if EM from the true labels gives the true family a better BIC than every other family,
by at least 10. No search takes part in that.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import ortho_group

import mixtura as mx
from cases import Floats
from mixsim import scaled_to
from mixtura.family import FAMILIES, SAME

LETTERS = sorted({name for name in (*FAMILIES, *SAME) if name.isupper()})
"""The 14 families by their letters."""

OVERLAP, MARGIN = 0.02, 10.0


@dataclass(frozen=True)
class FamilySet:
    """Rows of a mixture of known family and K."""

    family: str
    K: int
    X: Floats
    labels: Floats


def drawn(seed: int) -> FamilySet:
    """The first draw of a seed from which the family can be told."""
    rng = np.random.default_rng(seed)
    family = LETTERS[seed % len(LETTERS)]
    while True:
        K, d = int(rng.integers(2, 6)), int(rng.integers(2, 11))
        mixture = mx.Mixture(
            0.5 / K + 0.5 * rng.dirichlet(np.ones(K)),
            rng.normal(size=(K, d)),
            covariances(family, K, d, rng),
        )
        mixture = scaled_to(mixture, OVERLAP, np.max)
        X, labels = mixture.sample(max(300, 60 * K * d), rng)
        made = FamilySet(family, K, X, labels)
        if can_be_told(made):
            return made


def covariances(family: str, K: int, d: int, rng: np.random.Generator) -> Floats:
    """lambda_k D_k A_k D_k^T, shape (K, d, d)."""
    volume, shape, axes = tuple(family)
    lam = rng.permutation(2.5 ** np.arange(K)) if volume == "V" else np.ones(K)
    log_A = rng.uniform(0, np.log(30), (K if shape == "V" else 1, d))
    A = np.exp(log_A - log_A.mean(axis=1, keepdims=True)) if shape != "I" else np.ones((1, d))
    n_axes = K if axes == "V" else 1
    D = np.eye(d)[None] if axes == "I" else ortho_group(d, seed=rng).rvs(n_axes).reshape(-1, d, d)
    each: Floats = lam[:, None, None] * ((D * A[:, None]) @ D.swapaxes(1, 2))
    return each


def can_be_told(made: FamilySet) -> bool:
    """Whether the true family has the best BIC of all, each fitted from the true labels."""
    bics = {}
    for family in LETTERS:
        model = mx.GaussianMixture(
            made.K,
            covariance_type=family,
            reg_covar="auto",
            responsibilities_init=made.labels,
            max_iter=200,
            tol=1e-5,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bics[family] = model.fit(made.X).bic(made.X)
    others = [bic for family, bic in bics.items() if family != made.family]
    return bool(bics[made.family] < min(others) - MARGIN)
