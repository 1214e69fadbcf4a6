"""Virtual phones of both platforms as one bench."""

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from labtui.virtual.bench import VirtualBench
from labtui.virtual.faults import apply_fault
from labtui.virtual.lists import PhoneList

if TYPE_CHECKING:
    from labtui.virtual.ios.bench import VirtualIphones


class BothBenches:
    """A context manager: inside it the phones are there, each platform behind its own server."""

    def __init__(self, phones: PhoneList) -> None:
        """Prepare the phones. Raises UsageError for an unknown profile."""
        self.android = VirtualBench(phones.androids)
        self.iphones: VirtualIphones | None = None
        """None where no iPhones are listed. Only inside the context."""
        self._iphone_keys = phones.iphones
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start the servers and plug in the phones. Raises UsageError or BenchUnavailable."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.android)
            if self._iphone_keys:
                # The folder of the other phones has a keeper that outlives this process. The name
                # is short, since the path of a socket must be.
                folder = self.android.adb_home.parent / "iphones"
                iphones = _iphones(self._iphone_keys, folder)
                self.iphones = await stack.enter_async_context(iphones)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Unplug the phones, stop the servers, delete every file."""
        await self._stack.aclose()

    async def fault(self, serial: str, text: str) -> None:
        """Apply `name` or `name=value` to a phone. Raises KeyError or UsageError."""
        if self.iphones is not None and serial in self.iphones.udids:
            self.iphones.fault(serial, text)
        else:
            await apply_fault(self.android.phone(serial), text)


def _iphones(profiles: tuple[str, ...], folder: Path) -> "VirtualIphones":
    """Return phones that trust this computer: who tries pairing breaks that with a fault."""
    from labtui.virtual.ios.bench import VirtualIphones  # noqa: PLC0415 (cryptography is heavy)

    return VirtualIphones(profiles, trusts_host=True, folder=folder)
