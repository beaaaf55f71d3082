"""Where EM begins. A start looks at rows and proposes labels, responsibilities or a mixture.

`registry.py` lists them by name, `pool.py` those that only a search draws from; `begin.py` combines
a proposal with what is given, and `assignment.py` makes a mixture of assigned rows. `masked.py`
measures distances where entries are missing, `coordinates.py` such as know no units, and
`hierarchy.py` has a partition for every number of components.
"""

from mixtura.em.start.begin import Beginning
from mixtura.em.start.proposal import FromRows, Proposer
from mixtura.em.start.registry import STARTS, Start

__all__ = ["STARTS", "Beginning", "FromRows", "Proposer", "Start"]
