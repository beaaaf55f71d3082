"""Watchers: what they are told of a search, and whose."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import watching
from support.data import data
from support.problems import Recorder


def fitted(**settings):
    settings = {"init_params": "search", "effort": "fast", "random_state": 0} | settings
    return mx.GaussianMixture(3, **settings).fit(data("faithful"))


@pytest.mark.parametrize("effort", ["fast", "normal"])
def test_a_search_tells_its_generations(effort):
    recorder = Recorder()
    with watching(recorder):
        gm = fitted(effort=effort)
    generations, n_runs, best = map(np.array, zip(*recorder.generations, strict=True))
    np.testing.assert_array_equal(generations, np.arange(len(generations)))
    assert (n_runs[0], best[0]) == (0, -np.inf)
    assert (np.diff(n_runs) > 0).all()
    assert (np.diff(best[1:]) >= 0).all()
    assert best[-1] == pytest.approx(gm.lower_bound_, abs=1e-4)
    assert recorder.begun == [0]


def test_other_starts_tell_of_no_generation():
    recorder = Recorder()
    with watching(recorder):
        fitted(init_params="kmeans")
    assert recorder.generations == []


def test_who_watches_changes_nothing():
    with watching(Recorder(), Recorder()):
        watched = fitted()
    np.testing.assert_array_equal(watched.means_, fitted().means_)


@pytest.mark.parametrize("verbose", [1, 2])
def test_verbose_prints_generations(capsys, verbose):
    fitted(verbose=verbose)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Initialization 0"
    assert lines[1].startswith("  Generation 1, 16 runs")
    assert ("best -4." in lines[1]) is (verbose == 2)
    assert lines[-1].startswith("Initialization converged.")
