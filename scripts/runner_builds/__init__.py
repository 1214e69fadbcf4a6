"""Builds the native runners with whatever compilers the machine has."""
