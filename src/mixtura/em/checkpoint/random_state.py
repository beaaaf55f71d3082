"""The state of a generator of random numbers as JSON."""

import json
from typing import Any

import numpy as np

from mixtura.distribution import Record


def random_state_record(rng: np.random.RandomState) -> Record:
    """What JSON can hold of the state, whichever bit generator it is of."""
    record: Record = json.loads(json.dumps(rng.get_state(legacy=False), default=_as_list))
    return record


def random_state_of(record: Record) -> dict[str, Any]:
    """The state as `RandomState.set_state` takes it."""
    own = {
        name: np.array(value, dtype=np.uint64) if isinstance(value, list) else value
        for name, value in record["state"].items()
    }
    return {**record, "state": own}


def _as_list(value: Any) -> Any:
    return value.tolist()
