"""The engine of virtual phones: the real one, slowed down, and stand-ins for broken ones."""
