"""The SQLite history: migrations, writer, queries, exporters."""

from labtui.store.locks import DeviceLocks
from labtui.store.store import Store, open_store

__all__ = ["DeviceLocks", "Store", "open_store"]
