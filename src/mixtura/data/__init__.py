"""WHERE rows come from: sources, which are sequences of blocks that can be read again.

`array.py` holds rows in memory, and `grouped.py` rows that some components only can have made;
`stream.py` reads them anew in each pass from what `scan.py` has found: files (`arrow/`) or arrays
(`arrays.py`). `inspection.py` and `drawn.py` are what has to be known of rows that are not at hand,
as sums over blocks.
"""

from mixtura.data.array import ArraySource
from mixtura.data.grouped import Grouped
from mixtura.data.scan import Scan, scan
from mixtura.data.source import Resident, Source
from mixtura.data.stream import Stream

__all__ = ["ArraySource", "Grouped", "Resident", "Scan", "Source", "Stream", "scan"]
