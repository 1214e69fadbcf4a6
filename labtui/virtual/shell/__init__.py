"""The phone's shell: a small own one, so that no command of a phone ever reaches the host."""
