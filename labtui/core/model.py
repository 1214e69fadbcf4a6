"""The words of the bench: devices, transports, variants and what is known of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from labtui.core.inspection.facts import Inspection
from labtui.core.readings import Reading

DeviceId = NewType("DeviceId", str)
"""`<platform>:<hardware id>`, e.g. `android:1A2B3C4D`: the same phone on every transport."""

Digest = NewType("Digest", str)
"""SHA-256 of a file's content, 64 lower-case hex digits."""

SessionUid = NewType("SessionUid", str)
"""Time-sortable id of one execution of a plan."""

LaunchUid = NewType("LaunchUid", str)
"""Time-sortable id of one runner process."""


class Platform(StrEnum):
    """Whose protocols a device speaks."""

    ANDROID = "android"
    IOS = "ios"
    HOST = "host"
    IMPORTED = "imported"
    """None: a device that is only known from somebody's log."""


class TransportKind(StrEnum):
    """How a device is reached."""

    USB = "usb"
    WIFI = "wifi"
    EMULATOR = "emulator"
    LOCAL = "local"


class DeviceState(StrEnum):
    """What a device is up to, seen from the bench; every state but the first two has a cure."""

    READY = "ready"
    CONNECTING = "connecting"
    UNAUTHORIZED = "unauthorized"
    OFFLINE = "offline"
    NO_PERMISSIONS = "no permissions"
    DUPLICATE = "duplicate serial"
    NOT_BOOTED = "not booted"
    HUNG = "hung"
    NOT_PAIRED = "not paired"
    TRUST_PENDING = "trust pending"
    DENIED = "pairing denied"
    LOCKED = "locked"
    NO_DEVELOPER_MODE = "no developer mode"
    RUNNER_MISSING = "runner not installed"
    RUNNER_CLOSED = "runner closed"

    @property
    def can_work(self) -> bool:
        """Whether a plan may begin: a runner that is closed is waited for."""
        return self in (DeviceState.READY, DeviceState.RUNNER_CLOSED)


@dataclass(frozen=True, slots=True)
class Transport:
    """One way to reach a device."""

    serial: str
    """What the bus calls it; unique per transport, but not an identity."""
    kind: TransportKind
    state: DeviceState
    handle: int | None = None
    """The adb server's transport id; it tells two phones with one serial apart."""


class VariantFormat(StrEnum):
    """File formats of a variant."""

    TFLITE = "tflite"
    MLPACKAGE = "mlpackage"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What does not change while a device stays booted."""

    hardware_id: str
    name: str
    """What its maker sells it as, e.g. `Pixel 7 Pro`."""
    soc: str
    """Chip name, e.g. `Tensor G2`; empty when the device does not say."""
    os_version: str
    """With the system's name, e.g. `Android 14`."""
    build: str
    """Build fingerprint or version: a change of it makes results incomparable."""
    abi: str
    is_virtual: bool
    """A device of the virtual bench: real protocol and inference, simulated phone."""
    formats: tuple[VariantFormat, ...] = ()
    """What its runner executes, where that is not its platform's usual; empty = the usual."""
    engine: str = ""
    """What executes variants, as far as it is known before the runner says, with its version."""


@dataclass(frozen=True, slots=True)
class DeviceSnapshot:
    """A device as the bench sees it now; immutable, replaced as a whole."""

    id: DeviceId
    platform: Platform
    state: DeviceState
    transports: tuple[Transport, ...]
    """Best first (USB before Wi-Fi); never empty."""
    cure: str = ""
    """One sentence that says how to get to `ready`; empty when it is."""
    facts: DeviceFacts | None = None
    """None until the device has answered once."""
    reading: Reading | None = None
    free_bytes: int | None = None

    @property
    def name(self) -> str:
        """The name to show: the model if known, else the serial."""
        return self.facts.name if self.facts else self.transports[0].serial


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output of a variant."""

    name: str
    shape: tuple[int, ...]
    """Dimensions; -1 where the file leaves one open."""
    dtype: str
    """numpy's name of the element type, e.g. `float32`, `int8`; `image` for Core ML's pictures."""
    scale: float | None = None
    zero_point: int | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One file of a model and what is known of it."""

    path: str
    model: str
    """File name up to the first dot: what its sister variants share."""
    recipe: str
    """File name between the first dot and the suffix, e.g. `full8`; may be empty."""
    format: VariantFormat
    digest: Digest
    size_bytes: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    ops: tuple[tuple[str, int], ...]
    """Op histogram, most frequent first."""
    weight_bytes: tuple[tuple[str, int], ...]
    """Constant bytes per element type, largest first: the precision mix."""
    parameters: int
    """Number of constant elements of weight tensors."""
    inspection: Inspection | None = None
    """What else was found inside; None where nothing was looked at."""

    @property
    def name(self) -> str:
        """Model and recipe, as in tables."""
        return f"{self.model} {self.recipe}".strip()


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How a runner shall execute a variant."""

    accelerator: str = "cpu"
    threads: int = 1
    affinity: int | None = None
    """Bit mask of the CPUs that the runner may use; None = the system decides."""
    xnnpack: bool = True
    """Whether the CPU runs through XNNPACK rather than the engine's own kernels."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of the user's that measures instead of labtui's runner: `benchmark_model`."""

    path: str
    digest: Digest
    size_bytes: int
