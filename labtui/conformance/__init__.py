"""Plays jobs against any runner program and says what of runners/PROTOCOL.md it violates."""
