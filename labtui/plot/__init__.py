"""Raster, axes and columns of the live plots, in pure Python."""

from labtui.plot.chart import GUTTER, MARGIN, Chart, Probe
from labtui.plot.glyphs import ASCII, BLOCK, BRAILLE, Glyphs
from labtui.plot.line import Ink, Line, Pen, Run, crossed, text
from labtui.plot.trace import KEEP_S, Heat, Mark, Trace

__all__ = [
    "ASCII",
    "BLOCK",
    "BRAILLE",
    "GUTTER",
    "KEEP_S",
    "MARGIN",
    "Chart",
    "Glyphs",
    "Heat",
    "Ink",
    "Line",
    "Mark",
    "Pen",
    "Probe",
    "Run",
    "Trace",
    "crossed",
    "text",
]
