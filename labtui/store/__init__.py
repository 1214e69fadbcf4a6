"""The SQLite history: migrations, writer, queries, exporters."""
