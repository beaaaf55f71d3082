"""What pyarrow reads and writes: the only door to it.

`table.py` holds tables with named columns whole; `dataset.py` reads them batch by batch, and
`batches.py` makes rows of a batch.
Rows are read from `files.py`, in the formats of `formats.py`, and from tables in `memory.py`;
`table.py` tells what columns hold; `answers.py` and `writing.py` write them, with what is said of
them beside.
"""
