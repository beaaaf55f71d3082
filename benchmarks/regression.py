"""Gaussian mixture regression beside other regressors: R2, and what intervals of 90 % hold.

    python benchmarks/regression.py                    all data
    python benchmarks/regression.py sine --sets 5      fewer splits

A sine with noise whose spread grows (300 rows); the inverse of x = y + 0.3 sin(2 pi y) + noise, of
which an x has up to three y (Bishop 1994; 400 rows); and scikit-learn's diabetes data (442 rows).
Three quarters of the rows are fitted and the others predicted, in so many random splits; means over
splits are printed. Width is that of the intervals, in standard deviations of the target; log p is
the log-density of the targets that were not fitted, in the same units.

Bishop, C. M. (1994). Mixture density networks. Technical report NCRG/94/004, Aston University.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import norm
from sklearn.datasets import load_diabetes
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import LinearRegression, QuantileRegressor
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mixtura as mx
from measure import print_head, print_row

Rows = np.ndarray
TAILS = [0.05, 0.95]


class Said(NamedTuple):
    """Of each test row: the prediction, the ends of its interval, and log p(y | x) or NaN."""

    mean: Rows
    interval: Rows
    log_prob: Rows


def sine() -> tuple[Rows, Rows]:
    """A wave with noise whose standard deviation grows from 0.1 to 0.4."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 6, 300)
    return x[:, None], np.sin(1.5 * x) + (0.1 + 0.05 * x) * rng.normal(size=300)


def inverse() -> tuple[Rows, Rows]:
    """The wave of which an x has several y."""
    rng = np.random.default_rng(0)
    y = rng.uniform(0, 1, 400)
    return (y + 0.3 * np.sin(2 * np.pi * y) + rng.uniform(-0.1, 0.1, 400))[:, None], y


def diabetes() -> tuple[Rows, Rows]:
    """How a disease went on in a year, from ten measurements."""
    X, y = load_diabetes(return_X_y=True)
    return X, y


DATA = {each.__name__: each for each in (sine, inverse, diabetes)}


def of_mixture(calibrate: Any) -> Callable[..., Said]:
    """Gaussian mixture regression, with all settings as they are."""

    def said(X: Rows, y: Rows, X_test: Rows, y_test: Rows) -> Said:
        regressor = mx.MixtureRegressor(calibrate=calibrate, random_state=0).fit(X, y)
        interval = regressor.predict_quantiles(X_test, TAILS)
        return Said(regressor.predict(X_test), interval, regressor.log_prob(X_test, y_test))

    return said


def normal(mean: Rows, deviation: Any, y_test: Rows) -> Said:
    """What normal distributions around the means say."""
    spread = np.broadcast_to(deviation, mean.shape)
    interval = mean[:, None] + spread[:, None] * norm.ppf(TAILS)
    return Said(mean, interval, norm.logpdf(y_test, mean, spread))


def linear(X: Rows, y: Rows, X_test: Rows, y_test: Rows) -> Said:
    """A line, with the residuals' standard deviation around it."""
    line = LinearRegression().fit(X, y)
    deviation = np.sqrt(((y - line.predict(X)) ** 2).sum() / (len(y) - X.shape[1] - 1))
    return normal(line.predict(X_test), deviation, y_test)


def quantile(X: Rows, y: Rows, X_test: Rows, _: Rows) -> Said:
    """Linear quantiles; the median stands for the mean."""
    low, median, high = (
        make_pipeline(StandardScaler(), QuantileRegressor(quantile=q, alpha=0))
        .fit(X, y)
        .predict(X_test)
        for q in (0.05, 0.5, 0.95)
    )
    return Said(median, np.column_stack([low, high]), np.full(len(X_test), np.nan))


def process(X: Rows, y: Rows, X_test: Rows, y_test: Rows) -> Said:
    """A Gaussian process with noise, its scales by maximum likelihood."""
    scale = StandardScaler().fit(X)
    kernel = ConstantKernel() * RBF() + WhiteKernel()
    fitted = GaussianProcessRegressor(kernel, normalize_y=True).fit(scale.transform(X), y)
    mean, deviation = fitted.predict(scale.transform(X_test), return_std=True)
    return normal(mean, deviation, y_test)


METHODS = {
    "MixtureRegressor": of_mixture(None),
    'calibrate="cross"': of_mixture("cross"),
    "calibrate=0.25": of_mixture(0.25),
    "LinearRegression": linear,
    "QuantileRegressor": quantile,
    "GaussianProcessRegressor": process,
}


def measures(said: Said, y: Rows) -> list[float]:
    """R2, coverage, width and log p, of one split."""
    low, high = said.interval.T
    unit = y.std()
    return [
        1 - float(((y - said.mean) ** 2).mean() / y.var()),
        float(((low <= y) & (y <= high)).mean()),
        float((high - low).mean() / unit),
        float((said.log_prob + np.log(unit)).mean()),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", help=", ".join(DATA))
    parser.add_argument("--sets", type=int, default=20, help="random splits")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # that a process's scales reach their bounds
    print_head("data", "method", "R2", "coverage of 90 %", "width", "log p", "seconds")
    for name in options.data or DATA:
        X, y = DATA[name]()
        splits = list(ShuffleSplit(options.sets, test_size=0.25, random_state=0).split(X))
        for method, act in METHODS.items():
            began = time.perf_counter()
            found = [
                measures(act(X[train], y[train], X[test], y[test]), y[test])
                for train, test in splits
            ]
            seconds = (time.perf_counter() - began) / len(splits)
            r2, coverage, width, log_p = np.mean(found, axis=0)
            cells = [f"{r2:.2f}", f"{coverage:.1%}", f"{width:.2f}"]
            cells += ["" if np.isnan(log_p) else f"{log_p:.2f}", f"{seconds:.2f}"]
            print_row([name, method, *cells])


if __name__ == "__main__":
    main()
