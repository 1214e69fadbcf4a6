"""Model files, opened in a child process."""
