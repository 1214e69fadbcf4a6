"""Eval sets on disk, and scores of raw outputs: the part of accuracy that needs numpy."""
