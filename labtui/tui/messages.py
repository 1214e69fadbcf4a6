"""What widgets tell the screens they are on."""

from textual.message import Message


class RowMoved(Message):
    """The cursor of a table is on another row."""

    def __init__(self, table: str, key: str) -> None:
        super().__init__()
        self.table = table
        """Id of the table."""
        self.key = key
        """Key of the row."""


class Rearranged(Message):
    """The filter or the order of a table is another."""


class RowPicked(Message):
    """A row was clicked twice."""

    def __init__(self, table: str, key: str) -> None:
        super().__init__()
        self.table = table
        self.key = key
