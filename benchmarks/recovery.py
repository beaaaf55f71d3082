"""What missing entries cost: how well mixtures are found again, and how well entries are guessed.

    python benchmarks/recovery.py                20 data sets of 20 000 rows
    python benchmarks/recovery.py --scale 0.1    of a tenth of the rows

Each data set is drawn from another mixture of K = 5 components with full covariances in d = 10
features, such that labels of a fit to all entries have an adjusted Rand index (ARI) of 0.85 to
0.95. Entries are then removed at random, and everything is fitted with default settings.

The first table compares the fit to what is left with the fit to all entries: the root mean squared
error of the parameters (components matched, features in units of their deviation) as a ratio, and
the ARI that is lost. Beside them stand the error of EM from the true mixture, which no start can
spoil, and the ARI that the true mixture itself loses. The second table compares imputed entries
with the removed ones, and seconds of fit and imputation, with scikit-learn's imputers. Neighbours
are sought among all rows, but for `--knn` rows alone, since that is slow; the seconds are those
that all rows would take, and Mixtura's error on the same rows is told again.

Both tables give medians over the data sets, the first the largest in brackets too.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.metrics import adjusted_rand_score

import mixtura as mx
from measure import print_head, print_machine, print_row

N_ROWS, N_COMPONENTS, N_FEATURES = 20_000, 5, 10
SPREAD = 1.15
"""Of the means in each feature, in units of a component's deviation: clusters overlap somewhat."""

SHARES = 0.2, 0.4
"""Of the entries, which are removed."""

Floats = NDArray[Any]


@dataclass(frozen=True)
class Truth:
    """Rows in units of their features' deviations, and the mixture that they come from."""

    mixture: mx.Mixture
    X: Floats
    labels: NDArray[Any]


def truth(seed: int, n_rows: int) -> Truth:
    """The rows of a random mixture, in random order."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(N_COMPONENTS, 10.0))
    means = rng.normal(0, SPREAD, (N_COMPONENTS, N_FEATURES))
    roots = rng.normal(0, 0.1, (N_COMPONENTS, N_FEATURES, 100))  # condition numbers of about 4
    mixture = mx.Mixture(weights, means, roots @ roots.swapaxes(1, 2))
    unit = np.sqrt(mixture.covariance().diagonal())
    covariances = mixture.covariances / unit[:, None] / unit
    mixture = mx.Mixture(weights, means / unit, covariances)
    order = rng.permutation(n_rows)
    X, labels = mixture.sample(n_rows, rng)
    return Truth(mixture, X[order], labels[order])


def with_holes(X: Floats, share: float, seed: int) -> Floats:
    """The rows without a share of their entries, removed at random."""
    removed = np.random.default_rng(seed).random(X.shape) < share
    return np.where(removed, np.nan, X)


def fitted(X: Floats, **settings: Any) -> mx.GaussianMixture:
    """A fit with default settings."""
    model = mx.GaussianMixture(N_COMPONENTS, random_state=0, **settings)
    model.fit(X)
    return model


def parameters(mixture: mx.Mixture) -> Floats:
    """The free numbers of each component, shape (K, 1 + d + d (d + 1) / 2)."""
    triangle = np.tril_indices(N_FEATURES)
    covariances = mixture.covariances[:, *triangle]
    return np.concatenate([mixture.weights[:, None], mixture.means, covariances], axis=1)


def error(mixture: mx.Mixture, true: mx.Mixture) -> float:
    """The root mean squared error of the parameters, components matched by their means."""
    apart = np.linalg.norm(mixture.means[:, None] - true.means, axis=2)
    own, others = linear_sum_assignment(apart)
    return root_mean_square(parameters(mixture)[own] - parameters(true)[others])


def root_mean_square(residuals: Floats) -> float:
    """Of all numbers alike."""
    return float(np.sqrt(np.mean(residuals**2)))


def ari(labels: NDArray[Any], made: Truth) -> float:
    """How well labels agree with the true ones; 1 is best."""
    return float(adjusted_rand_score(made.labels, labels))


def chosen(n_sets: int, n_rows: int) -> Iterator[tuple[Truth, mx.GaussianMixture]]:
    """The first data sets whose fits to all entries have an ARI in the range, and those fits."""
    seed = 0
    while n_sets:
        made = truth(seed, n_rows)
        complete = fitted(made.X)
        if 0.85 <= ari(complete.predict(made.X), made) <= 0.95:
            yield made, complete
            n_sets -= 1
        seed += 1


def timed(action: Callable[[Floats], Floats], X: Floats) -> tuple[Floats, float]:
    """What an action makes of rows, and in how many seconds."""
    began = time.perf_counter()
    made = action(X)
    return made, time.perf_counter() - began


def recovery(made: Truth, complete: mx.GaussianMixture, holes: Floats) -> list[float]:
    """Ratios of errors from the default start and from the truth; ARI lost, and by the truth."""
    model, from_truth = fitted(holes), fitted(holes, mixture_init=made.mixture)
    of_complete = error(complete.mixture_, made.mixture)
    ratios = [error(each.mixture_, made.mixture) / of_complete for each in (model, from_truth)]
    best, best_with_holes = (
        ari(made.mixture.responsibilities(X).argmax(axis=1), made) for X in (made.X, holes)
    )
    lost = ari(complete.predict(made.X), made) - ari(model.predict(holes), made)
    return [*ratios, lost, best - best_with_holes]


def imputation(made: Truth, holes: Floats, n_knn: int) -> list[list[float]]:
    """Rows, error and seconds of each imputer, with Mixtura's error on the rows that KNN fills."""
    removed = np.isnan(holes)

    def rmse(filled: Floats) -> float:
        n = len(filled)
        return root_mean_square((filled - made.X[:n])[removed[:n]])

    n_rows, n_knn = len(holes), min(n_knn, len(holes))
    ours, our_seconds = timed(lambda X: np.asarray(fitted(X).impute(X)), holes)
    theirs, their_seconds = timed(IterativeImputer(random_state=0).fit_transform, holes)
    near, near_seconds = timed(KNNImputer().fit(holes).transform, holes[:n_knn])
    return [
        [n_rows, rmse(ours), our_seconds],
        [n_rows, rmse(theirs), their_seconds],
        [n_knn, rmse(ours[:n_knn]), our_seconds],
        [n_knn, rmse(near), near_seconds * n_rows / n_knn],
    ]


IMPUTERS = "Mixtura", "IterativeImputer", "Mixtura", "KNNImputer"


def measure(n_sets: int, n_rows: int, n_knn: int) -> None:
    """Print both tables."""
    recovered: dict[float, list[Any]] = {share: [] for share in SHARES}
    imputed: dict[float, list[Any]] = {share: [] for share in SHARES}
    for i, (made, complete) in enumerate(chosen(n_sets, n_rows)):
        for share in SHARES:
            holes = with_holes(made.X, share, seed=i)
            recovered[share].append(recovery(made, complete, holes))
            imputed[share].append(imputation(made, holes, n_knn))
    print_head("missing", "error, ratio", "from the truth", "ARI lost", "by the truth")
    for share, values in recovered.items():
        cells = zip(np.median(values, axis=0), np.max(values, axis=0), strict=True)
        print_row([f"{share:.0%}", *(f"{middle:.3f} ({worst:.3f})" for middle, worst in cells)])
    print()
    print_head("missing", "imputer", "rows", "RMSE", "seconds")
    for share, values in imputed.items():
        for name, (n, error, taken) in zip(IMPUTERS, np.median(values, axis=0), strict=True):
            print_row([f"{share:.0%}", name, f"{n:.0f}", f"{error:.4f}", f"{taken:.3g}"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--sets", type=int, default=20, help="how many data sets")
    parser.add_argument("--knn", type=int, default=2000, help="rows that get neighbours")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    print_machine(joblib.cpu_count())
    measure(options.sets, int(N_ROWS * options.scale), options.knn)


if __name__ == "__main__":
    main()
