"""Comparing two variants on one device: pairs of launches, an interval, a verdict."""
