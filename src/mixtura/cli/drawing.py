"""Pictures to files. matplotlib is slow to import, so this waits until one is asked for."""

import os
from pathlib import Path
from typing import Any


def draw(kind: str, model: Any, path: Path, **settings: Any) -> None:
    """Draw a model with `plots.<kind>` and write the picture, with no window."""
    os.environ["MPLBACKEND"] = "Agg"
    from mixtura import plots
    from mixtura.plots.figure import write

    write(getattr(plots, kind)(model, **settings), path)
