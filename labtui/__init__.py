"""A device-lab dashboard in the terminal."""

__version__ = "0.1.0"
