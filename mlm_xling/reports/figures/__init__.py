"""Figures from results, one file per subject; `pictures` draws all that have data."""

from mlm_xling.reports.figures.gallery import Picture, pictures, write_pictures
from mlm_xling.reports.figures.layers import layer_figure

__all__ = ["Picture", "layer_figure", "pictures", "write_pictures"]
