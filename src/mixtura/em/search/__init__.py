"""The search: where EM should have begun.

EM climbs to the next maximum, and there are many. The search runs it briefly from many starts and
goes on with the best of them (`halving.py`; emEM, Biernacki, Celeux and Govaert 2003). From the
maxima that are kept (`population.py`) it makes new starts (`offspring.py`, with the crossovers and
swaps of `variation.py` and the components of `grown.py`; `moves.py`: splits and merges, with EM on
the components concerned, `partial.py`), until none leads higher (`search.py`).
`candidate.py` says which maxima are spurious: those are not preferred, and `climb.py` leaves them.
"""

from mixtura.em.search.candidate import Candidate
from mixtura.em.search.effort import EFFORTS, Effort
from mixtura.em.search.search import Search

__all__ = ["EFFORTS", "Candidate", "Effort", "Search"]
