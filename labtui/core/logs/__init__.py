"""Parsers of foreign tools' output: pure, tolerant of vendors, deaf to anything out of range."""
