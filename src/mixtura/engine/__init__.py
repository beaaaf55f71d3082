"""WHERE blocks run. An engine knows three verbs, `sum`, `map` and `sample`, and no mathematics.

`open.py` is the only place that looks at what the rows are, and pairs them with their engine:
arrays by `open_rows`, and rows that are no array here by `collection_of`.
"""

from mixtura.engine.base import Collection, Engine
from mixtura.engine.local import Local
from mixtura.engine.open import collection_of, is_dask, open_rows
from mixtura.engine.scanned import Scanned

__all__ = ["Collection", "Engine", "Local", "Scanned", "collection_of", "is_dask", "open_rows"]
