"""What is known of a kind of iPhone: read from the TOML files in `profiles/`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from labtui.errors import UsageError
from labtui.virtual.profile import Cluster, Heat, ThrottleStep

_PROFILES = files("labtui.virtual.ios") / "profiles"
_A12_CHIP_ID = 0x8020
"""From this chip on an iPhone's UDID is made of its chip and ECID; before, it is 40 hex digits."""


@dataclass(frozen=True, slots=True)
class IphoneProfile:
    """One kind of iPhone, with the iOS it runs."""

    key: str
    name: str
    product_type: str
    hardware_model: str
    chip_id: int
    board_id: int
    ios_version: str
    build: str
    core_count: int
    relative_cost: float
    """How many times longer than on one core of this host an inference takes."""
    storage_bytes: int
    system_bytes: int
    battery_uah: int
    heat: Heat
    """The status of its steps is iOS's thermal state: 1 fair, 2 serious, 3 critical."""

    @property
    def ios(self) -> tuple[int, ...]:
        """The version of iOS as numbers."""
        return tuple(int(part) for part in self.ios_version.split("."))

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The CPU clusters whose clocks an app can read: iOS shows none."""
        return ()

    @property
    def architecture(self) -> str:
        """The processor's kind, as lockdownd calls it."""
        return "arm64e" if self.chip_id >= _A12_CHIP_ID else "arm64"

    def ecid(self, index: int) -> int:
        """Return the chip's own number of the `index`th phone of this kind."""
        return int.from_bytes(self._digest(index)[:6]) << 8 | 0x1E

    def udid(self, index: int) -> str:
        """Return the UDID of the `index`th phone of this kind; always the same."""
        if self.chip_id >= _A12_CHIP_ID:
            return f"{self.chip_id:08X}-{self.ecid(index):016X}"
        return self._digest(index).hex()[:40]

    def serial(self, index: int) -> str:
        """Return the serial number printed on the box."""
        letters = "0123456789CDFGHJKLMNPQRTVWXY"
        return "".join(letters[byte % len(letters)] for byte in self._digest(index)[8:18])

    def wifi_address(self, index: int) -> str:
        """Return a MAC address of the locally administered kind: no real phone has it."""
        return ":".join(f"{byte:02x}" for byte in (0x02, *self._digest(index)[18:23]))

    def _digest(self, index: int) -> bytes:
        return sha256(f"{self.key}:{index}".encode()).digest()


def iphone_names() -> tuple[str, ...]:
    """Return the keys of all profiles, sorted."""
    names = (entry.name for entry in _PROFILES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def number_iphones(keys: Sequence[str]) -> list[tuple[IphoneProfile, int]]:
    """Return each phone's profile and its number among its kind. Raises UsageError."""
    return [(load_iphone(key), keys[:at].count(key)) for at, key in enumerate(keys)]


@cache
def load_iphone(key: str) -> IphoneProfile:
    """Return a profile. Raises UsageError for an unknown key."""
    if key not in iphone_names():
        raise UsageError(f"{key!r} is no virtual iPhone; known are {', '.join(iphone_names())}")
    data = tomllib.loads((_PROFILES / f"{key}.toml").read_text("utf-8"))
    heat = data.pop("heat")
    steps = tuple(ThrottleStep(**row) for row in heat.pop("steps"))
    return IphoneProfile(key=key, heat=Heat(**heat, steps=steps), **data)
