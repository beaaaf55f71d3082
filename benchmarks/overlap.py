"""The search beside scikit-learn's restarts at equal CPU time, where clusters overlap as told.

    python benchmarks/overlap.py                   32 data sets, normal effort
    python benchmarks/overlap.py --effort fast
    python benchmarks/overlap.py --components 10 --features 2 5

Each data set has 20 K d rows, at least 2000, of a mixture (`mixsim.py`) of K unbalanced, elongated,
freely turned components in d features, of which 5 % or 15 % are nearer to another component than
to their own, roughly. Features are standardized. scikit-learn's `GaussianMixture` is started from
other seeds, again and again, until it has used at least the CPU time of our search; its best
admissible result counts. Both take one thread, `reg_covar=1e-6`, and settings as they come.
Afterwards, untimed, EM goes on from both results to its fixed point, and the difference of the
log-likelihoods per row is told: positive is better for us, and within 1e-5 they are equal.

A second table tells what a column in other units changes: log-likelihoods of fits to rows whose
first column is multiplied by 1e6, less what they should be.
"""

import argparse
import itertools
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitLearnGaussianMixture
from sklearn.preprocessing import scale
from threadpoolctl import threadpool_limits

import mixtura as mx
from cases import Floats
from known import side_by_side
from measure import print_head, print_row
from mixsim import elongated
from optimum import fitted, fixed_point, is_admissible, reached

REG_COVAR = 1e-6
EQUAL = 1e-5
SHARES = 0.05, 0.15
"""Of rows that are nearer to another component."""


@dataclass(frozen=True)
class Set:
    """A data set to be drawn."""

    K: int
    d: int
    share: float

    def rows(self) -> Floats:
        """Standardized rows, in random order, always the same."""
        rng = np.random.default_rng(0)
        # A row is lost to another component with the sum of K - 1 probabilities omega_{j|i}, each
        # half a pair's overlap.
        mixture = elongated(self.K, self.d, 2 * self.share / (self.K - 1), seed=0)
        X, _ = mixture.sample(max(2000, 20 * self.K * self.d), rng)
        return np.asarray(scale(rng.permutation(X)))


@dataclass(frozen=True)
class Compared:
    """Log-likelihoods per row at fixed points, CPU seconds, and how many restarts they allow."""

    ours: float
    theirs: float
    seconds: float
    restarts: int


def search(X: Floats, K: int, effort: str, reg_covar: float | str = REG_COVAR) -> mx.Mixture | None:
    """What our search finds."""
    model = mx.GaussianMixture(
        K,
        init_params="search",
        effort=effort,
        reg_covar=reg_covar,
        max_iter=1000,
        random_state=0,
        n_threads=1,
    )
    return fitted(model, X)


def restarted(X: Floats, K: int, seconds: float) -> tuple[Floats | None, int]:
    """The responsibilities of scikit-learn's best admissible fit in so much time, and of how many.

    The last fit is finished, however long it takes.
    """
    used, n, best, bound = 0.0, 0, None, -np.inf
    while used < seconds:
        began = time.process_time()
        model = ScikitLearnGaussianMixture(K, reg_covar=REG_COVAR, max_iter=1000, random_state=n)
        model.fit(X)
        used += time.process_time() - began
        n += 1
        if model.lower_bound_ > bound:
            mixture = mx.Mixture(model.weights_, model.means_, model.covariances_)
            if is_admissible(mixture, X, REG_COVAR):
                best, bound = model.predict_proba(X), model.lower_bound_
    return best, n


def end(X: Floats, responsibilities: Floats | None, K: int) -> float:
    """The log-likelihood per row of EM's fixed point; -inf where there is none."""
    if responsibilities is None:
        return -np.inf
    return reached(fixed_point(X, responsibilities, K, "full", REG_COVAR), X, REG_COVAR)


def compare(drawn: Set, effort: str) -> Compared:
    """Our search, and scikit-learn for as long."""
    warnings.simplefilter("ignore")
    X, K = drawn.rows(), drawn.K
    with threadpool_limits(1):
        search(X[: 20 * K], K, "fast")  # what is loaded and allocated once
        began = time.process_time()
        ours = search(X, K, effort)
        seconds = time.process_time() - began
        theirs, n = restarted(X, K, seconds)
        mine = None if ours is None else ours.responsibilities(X)
        return Compared(end(X, mine, K), end(X, theirs, K), seconds, n)


def unit_error(drawn: Set, effort: str, reg_covar: float | str) -> float:
    """What the log-likelihood per row of rows in other units lacks, the units considered."""
    X = drawn.rows()
    units = np.ones(drawn.d)
    units[0] = 1e6
    plain, other = (search(rows, drawn.K, effort, reg_covar) for rows in (X, X * units))
    if plain is None or other is None:
        return np.nan
    lost = plain.log_prob(X).mean() - other.log_prob(X * units).mean()
    return float(lost - np.log(1e6))


def measure(sets: Sequence[Set], effort: str, processes: int) -> None:
    """Print the first table."""
    gains = []
    print_head("K", "d", "share", "CPU s", "restarts", "search", "scikit-learn", "difference")
    for drawn, each in side_by_side(compare, sets, processes, effort):
        gains.append(each.ours - each.theirs)
        values = f"{each.ours:.5f}", f"{each.theirs:.5f}", f"{gains[-1]:+.1e}"
        size = drawn.K, drawn.d, f"{drawn.share:.0%}"
        print_row([*size, f"{each.seconds:.2f}", each.restarts, *values])
    better, worse = np.mean(np.array(gains) > EQUAL), np.mean(np.array(gains) < -EQUAL)
    print(
        f"\nbetter {better:.0%}, equal {1 - better - worse:.0%}, worse {worse:.0%}; "
        f"worst difference {min(gains):+.1e}\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--effort", default="normal", choices=["fast", "normal", "best"])
    parser.add_argument("--components", nargs="+", type=int, default=[10, 20, 30, 50])
    parser.add_argument("--features", nargs="+", type=int, default=[2, 5, 10, 20])
    parser.add_argument("--units", type=int, default=4, help="sets of the second table")
    parser.add_argument("--processes", type=int, default=2, help="each on one thread")
    options = parser.parse_args(arguments)
    grid = itertools.product(options.components, options.features, SHARES)
    sets = [Set(*each) for each in grid]
    measure(sets, options.effort, options.processes)
    print_head("K", "d", "share", "reg_covar=0", "reg_covar='auto'")
    for drawn in sets[: options.units]:
        errors = [unit_error(drawn, options.effort, reg_covar) for reg_covar in (0.0, "auto")]
        size = drawn.K, drawn.d, f"{drawn.share:.0%}"
        print_row([*size, *(f"{error:+.1e}" for error in errors)])


if __name__ == "__main__":
    main()
