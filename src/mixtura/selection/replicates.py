"""Replicates of a fit, in parallel: each from a seed of its own, whoever runs it and when.

The seeds are spawned from one, so that the results are the same for any number of jobs (and fits
give the same bits for any number of threads). Each worker uses one thread, and there are as many
workers as processors.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar

import joblib
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from mixtura.distribution.checks import as_random_source
from mixtura.errors import DegenerateComponentWarning, MixturaError, RegularizationWarning
from mixtura.selection.watching import Lines, all_watchers
from mixtura.typing import RandomSource

THREADS_FROM = 2**24
"""Multiplications in a pass, n K d^2, from which passes take so much longer than what Python does
between them that threads, which share the rows, are as fast as processes.
"""

Seed = np.random.SeedSequence
T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """A replicate that could not be fitted, with the sentence that says why."""

    sentence: str


@dataclass(frozen=True)
class Replicated(Generic[T]):
    """What replicates gave, in the order of their seeds.

    Attributes
    ----------
    results : tuple
        Of those that did not fail.
    failures : tuple of str
        Why the others failed, a sentence for each.
    """

    results: tuple[T, ...]
    failures: tuple[str, ...]


def seed_from(random_state: RandomSource | int | None) -> Seed:
    """A seed to spawn from; a generator that is given moves on."""
    source = np.random.default_rng() if random_state is None else as_random_source(random_state)
    return Seed(int.from_bytes(source.bytes(16), "little"))


def replicated(
    task: Callable[[Seed], T],
    seeds: list[Seed],
    *,
    purpose: str,
    cost_of_pass: int,
    n_jobs: int | None,
    verbose: int,
) -> Replicated[T]:
    """The task for each seed, in parallel.

    Parameters
    ----------
    task : callable
        Can be pickled; what it raises as ValueError is a failure of its replicate alone.
    seeds : list of SeedSequence
    purpose : str
        What watchers are told.
    cost_of_pass : int
        n K d^2: whether threads or processes are the faster. Within joblib's `parallel_config` the
        backend is the one chosen there.
    n_jobs : int or None
        As joblib's; None for all processors.
    verbose : int

    Raises
    ------
    MixturaError
        Where every replicate failed.
    """
    watchers = all_watchers(*([Lines()] if verbose else []))
    parallel = joblib.Parallel(
        n_jobs=-1 if n_jobs is None else n_jobs,
        prefer="threads" if cost_of_pass >= THREADS_FROM else "processes",
        return_as="generator",
    )
    results: list[T] = []
    failures: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(expected_warnings_ignored())
        for watcher in watchers:
            watcher.begin(purpose, len(seeds))
            stack.callback(watcher.end)
        ended = parallel(joblib.delayed(_attempt)(task, seed) for seed in seeds)
        for n_done, result in enumerate(ended, start=1):
            if isinstance(result, Failure):
                failures.append(result.sentence)
            else:
                results.append(result)
            for watcher in watchers:
                watcher.replicate(n_done, len(failures))
    if not results:
        raise MixturaError(f"All {len(seeds)} replicates failed, the first with: {failures[0]}")
    return Replicated(tuple(results), tuple(failures))


def warn_of_replicates(purpose: str, n_failed: int, n_unconverged: int) -> None:
    """Warn of replicates that failed, and of those that did not converge."""
    told = []
    if n_failed:
        told.append(f"{n_failed} failed and are left out")
    if n_unconverged:
        told.append(f"{n_unconverged} were stopped at max_iter")
    if told:
        warnings.warn(
            f"Of the replicates of the {purpose}, {' and '.join(told)}.",
            ConvergenceWarning,
            stacklevel=3,
        )


def _attempt(task: Callable[[Seed], T], seed: Seed) -> T | Failure:
    """The task in a context of its own, where nobody watches its fits."""
    with expected_warnings_ignored():
        try:
            return Context().run(task, seed)
        except ValueError as error:
            return Failure(str(error))


@contextmanager
def expected_warnings_ignored() -> Iterator[None]:
    """Without the warnings of fits: replicates are counted by how they ended."""
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, DegenerateComponentWarning, RegularizationWarning):
            warnings.simplefilter("ignore", category)
        yield
