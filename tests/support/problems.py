"""Small fits, put together by hand: the steps of EM for some rows, a start, and a watcher."""

import numpy as np

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
        self.begun, self.iterations, self.ended = [], [], []

    def begin(self, run, n_runs, stopping):
        self.begun.append(run)

    def iteration(self, n_iter, lower_bound, change):
        self.iterations.append((n_iter, lower_bound, change))

    def end(self, trace):
        self.ended.append(trace.outcome)
