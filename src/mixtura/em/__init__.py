"""THE LOOP: the only place where mathematics and machinery meet.

`loop.py` is EM itself, `steps.py` its two steps, `squarem.py` longer ones, `stopping.py` how it
ends, `repair.py` what happens to components that collapse, `start/` where it begins, `restarts.py`
several starts, `together.py` runs of few rows in one call of the kernel, `in_passes.py` rows that
are read anew in each pass, `stepwise.py` streams of batches, `epoch.py` a pass of such steps,
`checkpoint/` keeps the `state.py` of a fit, and `search/` looks for the start from which EM ends
highest.
"""

from mixtura.em.epoch import stepwise_epoch
from mixtura.em.in_passes import solve_from
from mixtura.em.loop import iterate
from mixtura.em.restarts import Solution, solve
from mixtura.em.search import EFFORTS, Search
from mixtura.em.squarem import CYCLE, accelerate
from mixtura.em.start import STARTS, Beginning, FromRows, Proposer, Start
from mixtura.em.steps import Steps
from mixtura.em.stepwise import Pace, Running, step_with
from mixtura.em.stopping import Outcome, Stopping, Trace
from mixtura.em.watch import Watcher, watching

__all__ = [
    "CYCLE",
    "EFFORTS",
    "STARTS",
    "Beginning",
    "FromRows",
    "Outcome",
    "Pace",
    "Proposer",
    "Running",
    "Search",
    "Solution",
    "Start",
    "Steps",
    "Stopping",
    "Trace",
    "Watcher",
    "accelerate",
    "iterate",
    "solve",
    "solve_from",
    "step_with",
    "stepwise_epoch",
    "watching",
]
