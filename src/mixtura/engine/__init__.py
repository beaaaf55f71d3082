"""WHERE blocks run. An engine knows three verbs, `sum`, `map` and `sample`, and no mathematics.

`open_rows` is the only place that looks at what the rows are, and pairs them with their engine.
"""

from mixtura.engine.base import Engine
from mixtura.engine.local import Local
from mixtura.engine.open import open_rows

__all__ = ["Engine", "Local", "open_rows"]
