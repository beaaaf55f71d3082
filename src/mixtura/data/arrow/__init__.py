"""What pyarrow reads and writes: the only door to it.

Rows are read from `files.py`, in the formats of `formats.py`, and from tables in `memory.py`;
`named.py` is what these have in common, and `table.py` tells what columns hold. `answers.py` and
`writing.py` write them, with what is said of them beside. `batches.py` is what passes between Spark
and NumPy.
"""
