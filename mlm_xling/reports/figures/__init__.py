"""Figures made from results, a file a subject; `pictures` makes all that there is data for."""

from mlm_xling.reports.figures.gallery import Picture, pictures
from mlm_xling.reports.figures.layers import layer_figure

__all__ = ["Picture", "layer_figure", "pictures"]
