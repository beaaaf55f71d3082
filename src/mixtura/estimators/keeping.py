"""The checkpoint of a fit, from an estimator's parameter `checkpoint`."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from mixtura._array import is_array
from mixtura.data import Source
from mixtura.distribution import Mixture
from mixtura.em.checkpoint import (
    Keeper,
    Limits,
    digest_of,
    kept_in,
    random_state_record,
    rows_identity,
)
from mixtura.family import Prior

NEUTRAL = ("checkpoint", "n_threads", "verbose", "verbose_interval", "warm_start")
"""Settings that change no bit of a fit."""

LIMITS = ("tol", "max_iter", "n_init")
"""Settings that say how far it goes."""


def random_state_of(estimator: Any) -> np.random.RandomState:
    """What starts are drawn from.

    NumPy's own generator serves other programs too, so that with a checkpoint only a seed is drawn
    from it.
    """
    rng: np.random.RandomState = check_random_state(estimator.random_state)
    if estimator.checkpoint is not None and estimator.random_state is None:
        return np.random.RandomState(rng.randint(2**32, dtype=np.uint32))
    return rng


def keeper_of(
    estimator: Any, source: Source, rng: np.random.RandomState
) -> AbstractContextManager[Keeper | None]:
    """Keeps the fit while the `with` block lasts; None where no checkpoint is wanted.

    Parameters
    ----------
    estimator : GaussianMixture
        Whose settings say what is fitted, and where it is kept.
    source : Source
        The rows.
    rng : RandomState
        From which starts are drawn.
    """
    if estimator.checkpoint is None:
        return nullcontext()
    if estimator.warm_start:
        raise ValueError(
            "warm_start goes on from the estimator's last fit, and checkpoint from the one in its "
            "folder: take one of them."
        )
    settings = estimator.get_params(deep=False)
    limits = Limits(float(estimator.tol), int(estimator.max_iter), int(estimator.n_init))
    identity = {
        name: _plain(value) for name, value in settings.items() if name not in (*NEUTRAL, *LIMITS)
    }
    return kept_in(Path(estimator.checkpoint), {**identity, **rows_identity(source)}, limits, rng)


def _plain(value: Any) -> Any:
    """What tells a setting from others, as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Prior):
        return value.record()
    if isinstance(value, Mixture):
        return digest_of(value.weights, value.means, value.storage.dense())
    if isinstance(value, np.random.RandomState):
        return random_state_record(value)
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    if isinstance(value, tuple | list) and all(isinstance(each, str) for each in value):
        return list(value)
    return digest_of(value if is_array(value) else np.asarray(value))
