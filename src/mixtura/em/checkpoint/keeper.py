"""Keeps the state of a fit in a folder, now and then, and gives it back to the same fit."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import numpy as np

from mixtura.distribution import Record
from mixtura.em.checkpoint.folder import Folder, opened
from mixtura.em.checkpoint.identity import differences
from mixtura.em.checkpoint.limits import Limits
from mixtura.em.checkpoint.random_state import random_state_of, random_state_record
from mixtura.em.checkpoint.record import state_of, state_record
from mixtura.em.state import State
from mixtura.errors import CheckpointError

SHARE = 0.02
"""The part of the time that may go into writing."""

LEAST_SECONDS = 1.0
"""From the end of a write to the next: what takes no longer is soon done again."""


class Keeper:
    """What the loop tells of the states that a fit goes through.

    Attributes
    ----------
    state : State
        Where the fit goes on; at its beginning, nothing has been done.
    """

    def __init__(
        self, folder: Folder, identity: Record, limits: Limits, rng: np.random.RandomState
    ) -> None:
        self._folder, self._limits, self._rng = folder, limits, rng
        self._identity = json.loads(json.dumps(identity))  # as it is read
        record = folder.read()
        self._cost, self._written = 0.0, perf_counter()
        if record is None:
            self.state = State()
            self._write(self.state)
        else:
            self.state = self._state_of(record)

    def keep(self, state: State, *, whole: bool = False) -> None:
        """Write the state where it is time to, or the fit is whole."""
        wait = max(LEAST_SECONDS, self._cost / SHARE)
        if whole or perf_counter() - self._written > wait:
            self._write(state)

    def _write(self, state: State) -> None:
        began = perf_counter()
        self._folder.write(
            {
                "fit": self._identity,
                "limits": asdict(self._limits),
                "random_state": random_state_record(self._rng),
                **state_record(state),
            }
        )
        self._written = perf_counter()
        self._cost = self._written - began

    def _state_of(self, record: Record) -> State:
        """Where the fit goes on that a record tells of, if it is this one."""
        folder = repr(str(self._folder.path))
        differing = differences(record["fit"], self._identity)
        if differing:
            raise CheckpointError(
                f"The checkpoint in {folder} is of another fit: {differing}. Take another folder, "
                "or delete this one to begin anew."
            )
        try:
            state = self._limits.resumed(state_of(record), Limits(**record["limits"]))
        except ValueError as error:
            raise CheckpointError(f"The checkpoint in {folder} {error}") from None
        self._rng.set_state(random_state_of(record["random_state"]))
        return state


@contextmanager
def kept_in(
    path: Path, identity: Record, limits: Limits, rng: np.random.RandomState
) -> Iterator[Keeper]:
    """Keep a fit in a folder.

    Parameters
    ----------
    path : Path
        Made where it is not there.
    identity : Record
        What the fit is of: a checkpoint of another one is refused.
    limits : Limits
    rng : RandomState
        From which all starts are drawn; its state is set to that of the checkpoint.

    Raises
    ------
    CheckpointError
        Where the folder cannot be used, is used by another process, or keeps another fit.
    """
    with opened(path) as folder:
        yield Keeper(folder, identity, limits, rng)
