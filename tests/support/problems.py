"""Small problems, put together by hand: steps of EM, a start, a watcher, rows for the kernel."""

import numpy as np

import mixtura as mx
from mixtura.covariance import LAYOUTS
from mixtura.data import ArraySource
from mixtura.em import Steps
from mixtura.engine import Local
from mixtura.family import FAMILIES
from support.strategies import nearby, random_mixture


def steps_for(rows, family="full", *, weights=None, reg_covar=0.0, block_rows=64):
    return Steps(Local(), ArraySource(rows, weights, block_rows), FAMILIES[family], reg_covar)


def rows_and_start(family="full", *, seed=0, n_rows=200):
    """Rows of a mixture of two, and another one to begin from."""
    rng = np.random.default_rng(seed)
    truth = random_mixture(rng, family, 2, 2)
    return truth.sample(n_rows, rng)[0], nearby(rng, truth)


class Recorder:
    """A watcher that writes down what it sees."""

    def __init__(self):
        self.begun, self.generations, self.iterations, self.ended = [], [], [], []
        self.resumptions = []

    def resumed(self, run, n_runs, n_iter):
        self.resumptions.append((run, n_runs, n_iter))

    def begin(self, run, n_runs, stopping):
        self.begun.append(run)

    def searched(self, generation, n_runs, best):
        self.generations.append((generation, n_runs, best))

    def iteration(self, n_iter, lower_bound, change):
        self.iterations.append((n_iter, lower_bound, change))

    def end(self, trace):
        self.ended.append(trace.outcome)


def problem(layout, n, d, n_components, offset=0.0, seed=0):
    rng = np.random.default_rng(seed)
    shape = LAYOUTS[layout].shape(n_components, d)
    if layout in {"full", "tied", "factor", "tied_factor"}:
        roots = rng.normal(size=shape)
        covariances = roots @ np.swapaxes(roots, -1, -2) + np.eye(d)
    else:
        covariances = rng.uniform(0.5, 2, shape)
    means = offset + rng.normal(0, 2, (n_components, d))
    weights = rng.dirichlet(np.ones(n_components))
    mixture = mx.Mixture(weights, means, covariances, covariance_type=layout)
    return mixture, mixture.sample(n, rng)[0], rng.uniform(0, 2, n)


def assert_moments_close(ours, reference, tolerance=1e-12):
    for name in ("counts", "sums", "scatter"):
        value, expected = getattr(ours, name), getattr(reference, name)
        assert value.shape == expected.shape
        assert np.abs(value - expected).max() <= tolerance * max(np.abs(expected).max(), 1e-300)
    if np.isfinite(reference.log_likelihood):
        scale = max(1, abs(reference.log_likelihood))
        assert abs(ours.log_likelihood - reference.log_likelihood) <= tolerance * scale
