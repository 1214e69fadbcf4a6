"""Everything that talks to a device or a foreign file; the only place with IO to phones."""
