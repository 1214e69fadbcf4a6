"""Headless commands and the composition of the parts."""
