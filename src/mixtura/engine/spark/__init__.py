"""Rows in Spark data frames. The only door to pyspark.

`rows.py` is the collection, `columns.py` what Spark is asked for of a frame, `partitions.py` its
partitions as a source, `job.py` what an executor does with one of them, and `engine.py` asks for
that; `failure.py` tells in a sentence why Spark gave up.
"""

from mixtura.engine.spark.engine import Spark
from mixtura.engine.spark.partitions import Partitions
from mixtura.engine.spark.rows import SparkRows

__all__ = ["Partitions", "Spark", "SparkRows"]
