"""A fit that is killed at random moments, each time by SIGKILL, and begun again.

`python killed.py CASE SEED FOLDER` prints how often it was killed, and leaves in the folder the
models of that fit and of one that never was: `killed.json` and `whole.json`. Each life is a fork of
this process, which imports the library once and never fits by itself.
"""

import os
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import mixtura as mx
from mixtura.em.checkpoint import keeper

N_KILLS = 10
LONGEST_LIFE = 0.2
"""Seconds."""

CASES = {
    "restarts, weights and NaN": {"n_init": 2, "max_iter": 100, "random_state": 3},
    "accelerated": {"accelerate": True, "max_iter": 300, "random_state": 4},
}


def rows_and_weights():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 4)) + rng.normal(size=(6, 4))[rng.integers(6, size=4000)]
    return np.where(rng.random(rows.shape) < 0.05, np.nan, rows), rng.uniform(0, 2, len(rows))


def fit(case, model, checkpoint=None):
    warnings.simplefilter("ignore")
    keeper.LEAST_SECONDS, keeper.SHARE = 0.0, 0.5
    rows, weights = rows_and_weights()
    gm = mx.GaussianMixture(6, tol=0, checkpoint=checkpoint, **CASES[case])
    mx.save(gm.fit(rows, sample_weight=weights), model)


def is_whole_after(seconds, *arguments):
    """Whether a fit has ended before it is killed."""
    process = os.fork()
    if not process:
        try:
            fit(*arguments)
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    return os.WIFEXITED(os.waitpid(process, 0)[1])


def main():
    case, seed, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    lives = np.random.default_rng(seed).uniform(0, LONGEST_LIFE, N_KILLS)
    arguments = case, folder / "killed.json", folder / "kept"
    print(sum(not is_whole_after(life, *arguments) for life in lives))
    fit(*arguments)
    fit(case, folder / "whole.json")


if __name__ == "__main__":
    main()
