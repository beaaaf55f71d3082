"""What pyarrow reads and writes: the only door to it.

`table.py` holds tables with named columns whole; `dataset.py` reads them batch by batch, and
`batches.py` makes rows of a batch.
"""
