"""Outliers found, beside scikit-learn's detectors; and how true a calibrated false-alarm rate is.

    python benchmarks/outliers.py                      average precision on four data sets
    python benchmarks/outliers.py wine --splits 5      on one of them
    python benchmarks/outliers.py --calibration        rates of false alarms

Average precision: a detector is fitted to 60 % of the normal rows, and ranks the others, among
which 10 % are anomalies. Of wine and digits each class is the normal one in turn. In the synthetic
set anomalies have every feature as normal rows have it, and only the correlations are gone.
Detectors are at their defaults, and see the rows as they are.

Calibration: with 1999 rows held out and 10 000 new ones, the mean rate of flagged rows beside
floor(2000 alpha) / 2000, which is what it must be, in standard errors of the replications.
"""

import argparse
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor

import mixtura as mx
from measure import print_head, print_row

Problem = tuple[np.ndarray, np.ndarray]
"""Normal rows, and anomalies."""

DETECTORS: dict[str, Callable[[int], Any]] = {
    "mixtura": lambda seed: mx.MixtureOutlierDetector(random_state=seed),
    "GaussianMixture": lambda seed: GaussianMixture(random_state=seed),
    "IsolationForest": lambda seed: IsolationForest(random_state=seed),
    "LocalOutlierFactor": lambda _: LocalOutlierFactor(novelty=True),
    "EllipticEnvelope": lambda seed: EllipticEnvelope(random_state=seed),
}
RATES = (0.001, 0.01, 0.05)
N_HELD_OUT, N_NEW = 1999, 10_000


def correlated() -> mx.Mixture:
    """Three clusters in eight features, each with correlations of its own."""
    rng = np.random.default_rng(0)
    roots = rng.normal(size=(3, 8, 2))
    covariances = roots @ roots.swapaxes(1, 2) + 0.1 * np.eye(8)
    return mx.Mixture(np.full(3, 1 / 3), rng.normal(0, 3, (3, 8)), covariances)


def broken_correlations() -> Problem:
    """900 rows of each kind: anomalies have the clusters' means and variances alone."""
    normal = correlated()
    variances = np.diagonal(normal.covariances, axis1=1, axis2=2)
    broken = mx.Mixture(normal.weights, normal.means, variances, covariance_type="diag")
    return normal.sample(900, 1)[0], broken.sample(900, 2)[0]


def by_class(bunch: Any, classes: Sequence[int]) -> list[Problem]:
    """Each of the classes against all others."""
    return [(bunch.data[bunch.target == k], bunch.data[bunch.target != k]) for k in classes]


SETS: dict[str, Callable[[], list[Problem]]] = {
    "cancer": lambda: by_class(load_breast_cancer(), [1]),
    "digits": lambda: by_class(load_digits(), range(10)),
    "wine": lambda: by_class(load_wine(), range(3)),
    "correlations": lambda: [broken_correlations()],
}


def split(problem: Problem, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to fit, rows to rank, and which of these are anomalies: one in ten."""
    rng = np.random.default_rng(seed)
    normal, anomalies = (rng.permutation(rows) for rows in problem)
    n_fit = round(0.6 * len(normal))
    n_anomalies = round((len(normal) - n_fit) / 9)
    ranked = np.vstack([normal[n_fit:], anomalies[:n_anomalies]])
    return normal[:n_fit], ranked, np.arange(len(ranked)) >= len(normal) - n_fit


def average_precision(name: str, problem: Problem, seed: int) -> float:
    """Of one detector on one split."""
    rows, ranked, is_anomaly = split(problem, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EllipticEnvelope's, of singular covariances
        scores = DETECTORS[name](seed).fit(rows).score_samples(ranked)
    return float(average_precision_score(is_anomaly, -scores))


def compare(names: Sequence[str], n_splits: int) -> None:
    """Print the table of average precisions."""
    print_head("data", *DETECTORS)
    for name in names:
        problems = SETS[name]()
        means = {
            detector: np.mean(
                [
                    average_precision(detector, problem, seed)
                    for problem in problems
                    for seed in range(n_splits)
                ]
            )
            for detector in DETECTORS
        }
        print_row([name, *(f"{mean:.3f}" for mean in means.values())])


def flagged_rates(n_replications: int) -> Iterator[list[float]]:
    """The share of new rows flagged at each rate, for replications of all."""
    normal = correlated()
    for seed in range(n_replications):
        rng = np.random.default_rng(seed)
        rows, new = normal.sample(2499, rng)[0], normal.sample(N_NEW, rng)[0]
        detector = mx.MixtureOutlierDetector(
            mx.GaussianMixture(3, random_state=0),
            false_alarm_rate=RATES[0],
            calibration_size=N_HELD_OUT,
            random_state=seed,
        )
        p_values = detector.fit(rows).p_values(new)
        yield [float((p_values <= rate).mean()) for rate in RATES]


def calibrate(n_replications: int) -> None:
    """Print the table of false alarms."""
    rates = np.array(list(flagged_rates(n_replications)))
    print_head("rate", "must be", "flagged", "standard error", "standard errors off")
    for rate, flagged in zip(RATES, rates.T, strict=True):
        expected = np.floor(rate * (N_HELD_OUT + 1) + 1e-9) / (N_HELD_OUT + 1)
        error = flagged.std(ddof=1) / np.sqrt(n_replications)
        off = (flagged.mean() - expected) / error
        cells = [f"{rate:.1%}", f"{expected:.3%}", f"{flagged.mean():.3%}"]
        print_row([*cells, f"{error:.3%}", f"{off:+.1f}"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", help=f"of {', '.join(SETS)}; all by default")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--calibration", action="store_true")
    parser.add_argument("--replications", type=int, default=200)
    options = parser.parse_args(arguments)
    if options.calibration:
        calibrate(options.replications)
    else:
        compare(options.data or list(SETS), options.splits)


if __name__ == "__main__":
    main()
