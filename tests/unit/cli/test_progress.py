"""Progress: what is said of a search, on a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from mixtura.cli import console, progress
from mixtura.em import Outcome, Stopping, Trace
from mixtura.em.watch import all_watchers


@pytest.fixture
def said(monkeypatch):
    """What is written to standard error, which is a terminal or not."""

    def listen(is_terminal):
        written = io.StringIO()
        screen = Console(file=written, force_terminal=is_terminal, width=120, highlight=False)
        monkeypatch.setattr(console, "err", screen)
        return written

    return listen


def tell(watcher):
    """A search, and the run from what it found."""
    watcher.begin(0, 1, Stopping(1e-3, 100))
    watcher.searched(0, 0, -float("inf"))
    watcher.searched(1, 32, -4.5)
    watcher.searched(2, 48, -4.25)
    watcher.iteration(1, -4.125, float("inf"))
    watcher.end(Trace(Outcome.CONVERGED, (-4.125,)))


def test_lines_tell_of_a_search(said, monkeypatch):
    written = said(False)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1.0)
    tell(progress.Lines())
    assert written.getvalue().splitlines() == [
        "search",
        "search, 32 runs, log-likelihood per row -4.500000",
        "search, 48 runs, log-likelihood per row -4.250000",
        "iteration 1, log-likelihood per row -4.125000",
    ]


def test_the_bar_moves_without_an_end_while_a_search_goes_on(said):
    said(True)
    with progress.shown(quiet=False):
        (bar,) = all_watchers().watchers
        task = bar.progress.tasks[0]
        bar.begin(0, 1, Stopping(1e-3, 100))
        bar.searched(1, 32, -4.5)
        assert (task.visible, task.started) == (True, False)
        assert task.fields["stage"] == "search, 32 runs, log-likelihood per row -4.500000"
        bar.iteration(1, -4.125, float("inf"))
        assert (task.started, task.completed) == (True, 1)
        bar.begin(1, 2, Stopping(1e-3, 100))
        assert (task.visible, task.started, task.completed) == (False, False, 0)


def test_quiet_watches_nothing():
    with progress.shown(quiet=True):
        assert all_watchers().watchers == ()
