"""The variants there are to choose from, and which are chosen."""

from dataclasses import dataclass, field
from pathlib import Path

from labtui.core.model import Digest, Variant


@dataclass(slots=True)
class Item:
    """One model file: known, broken, or not read yet."""

    path: Path
    variant: Variant | None = None
    error: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether it has not been read yet."""
        return self.variant is None and not self.error


@dataclass(slots=True)
class Shelf:
    """Files in the order they were named."""

    items: dict[str, Item] = field(default_factory=dict)
    """By path."""
    chosen: set[str] = field(default_factory=set)
    version: int = 0

    @classmethod
    def of(cls, paths: tuple[Path, ...]) -> "Shelf":
        """Return a shelf of files, all of them chosen."""
        items = {str(path): Item(path) for path in paths}
        return cls(items, set(items))

    def know(self, key: str, variant: Variant) -> None:
        """Take what is known of a file; a file of the same content as another is left out."""
        self.items[key].variant = variant
        if sum(v.digest == variant.digest for v in self._read()) > 1:
            self.chosen.discard(key)
        self.version += 1

    def give_up(self, key: str, error: str) -> None:
        """Note why a file cannot be used."""
        self.items[key].error = error
        self.chosen.discard(key)
        self.version += 1

    def toggle(self, key: str) -> None:
        """Choose a usable file, or leave it out."""
        if key in self.chosen:
            self.chosen.discard(key)
        elif not self.items[key].error:
            self.chosen.add(key)
        self.version += 1

    def toggle_all(self) -> None:
        """Choose every usable file; none if all are chosen."""
        usable = {key for key, item in self.items.items() if not item.error}
        self.chosen = set() if self.chosen == usable else usable
        self.version += 1

    def selection(self) -> tuple[Variant, ...]:
        """Return the chosen variants, each content once, in order."""
        found: dict[Digest, Variant] = {}
        for key, item in self.items.items():
            if key in self.chosen and item.variant is not None:
                found.setdefault(item.variant.digest, item.variant)
        return tuple(found.values())

    @property
    def is_pending(self) -> bool:
        """Whether a chosen file has not been read yet."""
        return any(self.items[key].is_pending for key in self.chosen)

    def _read(self) -> list[Variant]:
        return [item.variant for item in self.items.values() if item.variant is not None]
