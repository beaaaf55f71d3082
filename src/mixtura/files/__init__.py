"""Model files: JSON with a version, safe to open, written whole or not at all; no pickle.

`model.py` saves and loads, `model.schema.json` is the format, `sklearn.py` converts to and from
scikit-learn.
"""

from mixtura.files.model import load, save
from mixtura.files.sklearn import from_sklearn, to_sklearn

__all__ = ["from_sklearn", "load", "save", "to_sklearn"]
