"""WHERE rows come from: sources, which are sequences of blocks that can be read again.

`array.py` holds rows in memory, and `grouped.py` rows that some components only can have made;
`table.py` reads files with named columns.
"""

from mixtura.data.array import ArraySource
from mixtura.data.grouped import Grouped
from mixtura.data.source import Source

__all__ = ["ArraySource", "Grouped", "Source"]
