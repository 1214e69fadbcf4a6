"""Raster, axes and columns of the live plots, in pure Python."""
