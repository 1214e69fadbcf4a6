"""NSKeyedArchiver's form of values: what Apple's developer services exchange."""

import plistlib
from dataclasses import dataclass
from plistlib import UID
from typing import Any

from labtui.virtual.ios.wire import WireError, decode_plist

_VERSION = 100_000
_MAX_VALUES = 10_000
"""An archive may refer to one object from many places: this bounds what it grows to."""
_MAX_DEPTH = 64
_SCALARS = (bool, int, float, str, bytes)


@dataclass(frozen=True, slots=True)
class NSError:
    """Why something was not done."""

    domain: str
    code: int
    description: str


def archive(value: object) -> bytes:
    """Return a value as an archive: scalars, lists, dictionaries, None, NSError."""
    encoder = _Encoder()
    top = encoder.add(value)
    return plistlib.dumps(
        {
            "$version": _VERSION,
            "$archiver": "NSKeyedArchiver",
            "$top": {"root": top},
            "$objects": encoder.objects,
        },
        fmt=plistlib.FMT_BINARY,
    )


def unarchive(data: bytes) -> Any:
    """Return the value in an archive; objects of other classes are None. Raises WireError."""
    record = decode_plist(data)
    try:
        return _Decoder(record["$objects"]).value(record["$top"]["root"])
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise WireError("not a keyed archive") from error


class _Encoder:
    """Collects objects; each refers to others by their place."""

    def __init__(self) -> None:
        self.objects: list[object] = ["$null"]

    def add(self, value: object) -> UID:
        if value is None:
            return UID(0)
        place = len(self.objects)
        self.objects.append(None)
        self.objects[place] = value if isinstance(value, _SCALARS) else self._record(value)
        return UID(place)

    def _record(self, value: object) -> dict[str, object]:
        match value:
            case list():
                return self._object("NSArray", {"NS.objects": [self.add(item) for item in value]})
            case dict():
                keys = [self.add(key) for key in value]
                items = [self.add(item) for item in value.values()]
                return self._object("NSDictionary", {"NS.keys": keys, "NS.objects": items})
            case NSError():
                return self._object("NSError", self._error(value))
        raise TypeError(f"no archive of {type(value).__name__}")

    def _error(self, error: NSError) -> dict[str, object]:
        return {
            "NSDomain": self.add(error.domain),
            "NSCode": error.code,
            "NSUserInfo": self.add({"NSLocalizedDescription": error.description}),
        }

    def _object(self, name: str, fields: dict[str, object]) -> dict[str, object]:
        return fields | {"$class": self._class(name)}

    def _class(self, name: str) -> UID:
        self.objects.append({"$classname": name, "$classes": [name, "NSObject"]})
        return UID(len(self.objects) - 1)


class _Decoder:
    """Follows references, as far as the bounds allow."""

    def __init__(self, objects: list[Any]) -> None:
        self._objects = objects
        self._left = _MAX_VALUES
        self._depth = 0

    def value(self, reference: Any) -> Any:
        self._left -= 1
        self._depth += 1
        if self._left < 0 or self._depth > _MAX_DEPTH:
            raise WireError("an archive that grows without end")
        found = self._objects[reference.data] if isinstance(reference, UID) else reference
        value = self._object(found) if isinstance(found, dict) else found
        self._depth -= 1
        return None if value == "$null" else value

    def _object(self, found: dict[str, Any]) -> Any:
        if "NS.keys" in found:
            keys = [str(self.value(key)) for key in found["NS.keys"]]
            return dict(zip(keys, map(self.value, found["NS.objects"]), strict=False))
        if "NS.objects" in found:
            return [self.value(item) for item in found["NS.objects"]]
        return found.get("NS.string", found.get("NS.data"))
