"""The connection to lockdownd, kept between requests."""

from pathlib import Path

from pymobiledevice3.exceptions import NotPairedError
from pymobiledevice3.lockdown import UsbmuxLockdownClient, create_using_usbmux


class Phone:
    """One iPhone as the worker sees it."""

    def __init__(self, serial: str, transport: str, records: Path) -> None:
        self.serial = serial
        self._transport = transport
        """In usbmuxd's words: `USB` or `Network`."""
        self.records = records
        self._lockdown: UsbmuxLockdownClient | None = None

    async def lockdown(self) -> UsbmuxLockdownClient:
        """Return a paired client. Never pairs. Raises NotPairedError and pymobiledevice3's own."""
        if self._lockdown is None:
            self._lockdown = await self.connect()
        if not self._lockdown.paired:
            raise NotPairedError
        return self._lockdown

    async def connect(self) -> UsbmuxLockdownClient:
        """Return a client of its own, paired only if the phone already is."""
        return await create_using_usbmux(
            serial=self.serial,
            connection_type=self._transport,
            autopair=False,
            pairing_records_cache_folder=self.records,
        )

    async def hang_up(self) -> None:
        """Begin anew with the next request."""
        client, self._lockdown = self._lockdown, None
        if client is not None:
            await client.close()
