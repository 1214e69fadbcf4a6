"""What is found inside model files, and what it means."""
