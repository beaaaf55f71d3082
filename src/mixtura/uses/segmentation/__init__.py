"""Images in segments: pixels as rows of a mixture, smoothed by what their neighbours are."""

from mixtura.uses.segmentation.maps import labels_of, mean_colors, responsibility_maps
from mixtura.uses.segmentation.pixels import ChannelAxis, Pixels
from mixtura.uses.segmentation.potts import smoothed
from mixtura.uses.segmentation.segmentation import Segmentation
from mixtura.uses.segmentation.watching import watching_stages

__all__ = [
    "ChannelAxis",
    "Pixels",
    "Segmentation",
    "labels_of",
    "mean_colors",
    "responsibility_maps",
    "smoothed",
    "watching_stages",
]
