"""Checkpoints: a fit that was killed goes on, and ends with the bits of one that never was.

`keeper.py` is what the loop tells of its states, `record.py` a state as JSON, `folder.py` the files
and the lock, `identity.py` what says that a checkpoint is of the same fit, `limits.py` how far it
goes, and `random_state.py` keeps what starts are drawn from.
"""

from mixtura.em.checkpoint.identity import digest_of, rows_identity
from mixtura.em.checkpoint.keeper import Keeper, kept_in
from mixtura.em.checkpoint.limits import Limits
from mixtura.em.checkpoint.random_state import random_state_record

__all__ = ["Keeper", "Limits", "digest_of", "kept_in", "random_state_record", "rows_identity"]
