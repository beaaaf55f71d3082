"""How well classes are told apart, with all labels and with few; and what probabilities are worth.

    python benchmarks/classification.py                    all three tables
    python benchmarks/classification.py --tables error --repetitions 5

1. error: errors of 10-fold cross-validation on iris and wine, repeated with other folds, beside
   scikit-learn's discriminant analyses. Mean and standard error over repetitions.
2. semi: the same, where 80 % of the labels of training rows are hidden: with the rows whose labels
   are hidden, without them, and with all labels. `share` is how much of the extra error is left.
3. probabilities: log-loss and expected calibration error (15 bins of the largest probability) on
   test halves, uncalibrated, calibrated, and under scikit-learn's `CalibratedClassifierCV`.
"""

import argparse
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mixtura as mx
from measure import print_head, print_row

Rows = tuple[NDArray[Any], NDArray[Any]]
Labels = NDArray[Any]

N_FOLDS = 10

HIDDEN = 0.8
"""The share of labels that are hidden."""

DATA: dict[str, Callable[[], Rows]] = {
    "iris": lambda: load_iris(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
}

LARGER: dict[str, Callable[[], Rows]] = {
    **DATA,
    "breast cancer": lambda: load_breast_cancer(return_X_y=True),
    "digits, 20 principal components": lambda: (
        PCA(20, svd_solver="full").fit_transform(load_digits().data),
        load_digits().target,
    ),
}


def classifier(model: str = "EDDA", **settings: Any) -> Any:
    """Ours, with a seed."""
    return mx.MixtureClassifier(model, random_state=0, **settings)


CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "MixtureClassifier()": lambda: classifier(calibrate=False),
    "QDA": QuadraticDiscriminantAnalysis,
    "LDA": LinearDiscriminantAnalysis,
}


def folds(X: Labels, y: Labels, repetition: int) -> Iterator[tuple[Labels, Labels]]:
    """Training and test rows of each fold."""
    splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=repetition)
    return iter(splitter.split(X, y))


def errors(make: Callable[[], Any], X: Labels, y: Labels, repetitions: int) -> Labels:
    """The share of rows that are classified wrongly, for each repetition."""
    wrong = [
        sum(
            (make().fit(X[train], y[train]).predict(X[test]) != y[test]).sum()
            for train, test in folds(X, y, repetition)
        )
        for repetition in range(repetitions)
    ]
    return np.array(wrong) / len(y)


def print_errors(repetitions: int) -> None:
    """A row for each data set and classifier."""
    print_head("data", "classifier", "error, %", "standard error, %")
    for name, load in DATA.items():
        X, y = load()
        for which, make in CLASSIFIERS.items():
            found = 100 * errors(make, X, y, repetitions)
            print_row((name, which, *mean_and_error(found)))


def hidden_labels(train: Labels, y: Labels, seed: int) -> tuple[Labels, Labels]:
    """The training rows that keep their labels, and all labels with -1 where they are hidden."""
    known, hidden = train_test_split(train, test_size=HIDDEN, stratify=y[train], random_state=seed)
    shown = y.copy()
    shown[hidden] = -1
    return known, shown


def print_semi(repetitions: int) -> None:
    """A row for each data set."""
    print_head("data", "all labels, %", "labelled rows, %", "with the others, %", "share")
    for name, load in DATA.items():
        X, y = load()
        wrong = np.zeros((repetitions, 3))
        for repetition in range(repetitions):
            for train, test in folds(X, y, repetition):
                known, shown = hidden_labels(train, y, repetition)
                fits = (
                    classifier(calibrate=False).fit(X[train], y[train]),
                    classifier(calibrate=False).fit(X[known], y[known]),
                    classifier(calibrate=False, unlabelled=-1).fit(X[train], shown[train]),
                )
                wrong[repetition] += [(fit.predict(X[test]) != y[test]).sum() for fit in fits]
        full, few, both = 100 * wrong.mean(axis=0) / len(y)
        share = (both - full) / (few - full) if few > full else float("nan")
        print_row((name, f"{full:.2f}", f"{few:.2f}", f"{both:.2f}", f"{share:.2f}"))


def calibration_error(probabilities: Labels, right: Labels) -> float:
    """The mean distance of the largest probability from how often it is right, in 15 bins."""
    bins = np.minimum((15 * probabilities).astype(int), 14)
    apart = [abs((probabilities - right)[bins == b].sum()) for b in range(15) if (bins == b).any()]
    return float(sum(apart) / len(right))


def probabilities_of() -> dict[str, Callable[[], Any]]:
    """Ways to probabilities, from the same mixtures."""
    return {
        "EDDA, uncalibrated": lambda: classifier(calibrate=False),
        "EDDA": classifier,
        "EDDA, scikit-learn's temperature": lambda: CalibratedClassifierCV(
            classifier(calibrate=False), method="temperature"
        ),
        "EDDA, isotonic": lambda: CalibratedClassifierCV(
            classifier(calibrate=False), method="isotonic"
        ),
        "QDA": lambda: make_pipeline(StandardScaler(), QuadraticDiscriminantAnalysis()),
    }


def print_probabilities(repetitions: int) -> None:
    """A row for each data set and way."""
    print_head("data", "probabilities", "log-loss", "calibration error", "error, %")
    for name, load in LARGER.items():
        X, y = load()
        for which, make in probabilities_of().items():
            found = []
            for repetition in range(repetitions):
                train, test = train_test_split(
                    np.arange(len(y)), test_size=0.5, stratify=y, random_state=repetition
                )
                fit = make().fit(X[train], y[train])
                p = fit.predict_proba(X[test])
                right = fit.classes_[p.argmax(axis=1)] == y[test]
                sure = calibration_error(p.max(axis=1), right)
                found.append((log_loss(y[test], p), sure, 100 * (1 - right.mean())))
            loss, sure, wrong = np.mean(found, axis=0)
            print_row((name, which, f"{loss:.3f}", f"{sure:.3f}", f"{wrong:.2f}"))


def mean_and_error(values: Labels) -> tuple[str, str]:
    """The mean, and its standard error."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{values.mean():.2f}", f"{error:.2f}"


TABLES: dict[str, Callable[[int], None]] = {
    "error": print_errors,
    "semi": print_semi,
    "probabilities": print_probabilities,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--repetitions", type=int, default=20)
    given = parser.parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for table in given.tables:
            TABLES[table](given.repetitions)
            print()


if __name__ == "__main__":
    main()
