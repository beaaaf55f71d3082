"""Replicates: seeds, failures, who is told of them, and who is not."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import watching
from mixtura.selection.replicates import THREADS_FROM, replicated, seed_from
from mixtura.selection.watching import watching_replicates


def draw(seed):
    return float(np.random.default_rng(seed).uniform())


def odd_fails(seed):
    if seed.spawn_key[-1] % 2:
        raise ValueError(f"seed {seed.spawn_key[-1]} is odd")
    return seed.spawn_key[-1]


def always_fails(seed):
    raise ValueError("in vain")


def fit(seed):
    return mx.GaussianMixture().fit(np.arange(6.0)[:, None]).n_iter_


def run(task, n=6, n_jobs=1, cost=0, verbose=0):
    seeds = seed_from(0).spawn(n)
    options = {"purpose": "a test", "cost_of_pass": cost, "n_jobs": n_jobs, "verbose": verbose}
    return replicated(task, seeds, **options)


class Log:
    def __init__(self):
        self.told = []

    def begin(self, *arguments):
        self.told.append(arguments)

    replicate = iteration = begin

    def end(self, *_):
        self.told.append("end")


@pytest.mark.parametrize("cost", [0, THREADS_FROM], ids=["processes", "threads"])
def test_results_come_in_the_order_of_their_seeds(cost):
    assert run(draw, n_jobs=2, cost=cost).results == tuple(map(draw, seed_from(0).spawn(6)))


@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState])
def test_a_generator_moves_on_and_a_seed_stays(source):
    rng = source(0)
    assert seed_from(rng).entropy != seed_from(rng).entropy
    assert seed_from(source(0)).entropy == seed_from(source(0)).entropy
    assert seed_from(7).entropy == seed_from(7).entropy
    assert seed_from(None).entropy != seed_from(None).entropy


def test_failures_leave_the_others_alone():
    replicates = run(odd_fails)
    assert replicates.results == (0, 2, 4)
    assert replicates.failures == ("seed 1 is odd", "seed 3 is odd", "seed 5 is odd")


def test_where_all_fail_there_is_no_result():
    with pytest.raises(mx.MixturaError, match="All 6 replicates failed, the first with: in vain"):
        run(always_fails)


def test_a_watcher_is_told_of_every_replicate_and_of_the_end():
    log = Log()
    with watching_replicates(log):
        run(odd_fails, n=3)
    assert log.told == [("a test", 3), (1, 0), (2, 1), (3, 1), "end"]
    with watching_replicates(log), pytest.raises(mx.MixturaError):
        run(always_fails, n=1)
    assert log.told[-1] == "end"


def test_nobody_watches_the_fits_of_replicates():
    log = Log()
    with watching(log):
        run(fit)
    assert log.told == []


def test_verbose_prints_the_last_count(capsys):
    run(odd_fails, verbose=1)
    assert capsys.readouterr().out == "a test: 6 of 6 replicates, 3 failed\n"
    run(draw)
    assert not capsys.readouterr().out
