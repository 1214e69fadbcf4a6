"""Core ML's ML Programs (`.mlpackage`) without Core ML: read, decompressed and run in numpy."""
