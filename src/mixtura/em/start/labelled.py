"""Labels of some rows: what starts that look at a sample propose."""

from dataclasses import dataclass

from mixtura.data.sample import Sample
from mixtura.typing import Indices


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labels of a sample; the other rows are nobody's.

    Attributes
    ----------
    sample : Sample
    labels : ndarray of shape (m,)
    """

    sample: Sample
    labels: Indices
