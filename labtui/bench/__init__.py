"""Runs plans: one task per device, events out."""
