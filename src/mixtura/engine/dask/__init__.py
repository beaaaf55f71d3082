"""Rows in Dask arrays and data frames, on a cluster or here. The only door to Dask.

`rows.py` is the collection, `partitions.py` its partitions as a source, `job.py` what a worker does
with one of them, and `engine.py` asks for that by graphs.
"""

from mixtura.engine.dask.engine import Dask
from mixtura.engine.dask.partitions import Partitions
from mixtura.engine.dask.rows import DaskRows

__all__ = ["Dask", "DaskRows", "Partitions"]
