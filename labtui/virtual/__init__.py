"""The virtual bench: phones that speak the real wire protocols and run real inference."""
