"""The rival in `bench_ios`: pymobiledevice3's own push(), in a process of its own.

`python pymobiledevice3_push.py SERIAL BUNDLE_ID RECORDS` reads lines `LOCAL<tab>REMOTE`, and says
`done` after each push.
"""

import asyncio
import sys
from pathlib import Path

from pymobiledevice3.lockdown import UsbmuxLockdownClient, create_using_usbmux
from pymobiledevice3.services.house_arrest import HouseArrestService


async def main(serial: str, bundle_id: str, records: str) -> None:
    """Push what is asked for until stdin ends; the first line says that it is connected."""
    lockdown = await create_using_usbmux(
        serial=serial, autopair=False, pairing_records_cache_folder=Path(records)
    )
    async with lockdown:
        print("done", flush=True)
        for line in sys.stdin:
            local, remote = line.rstrip("\n").split("\t")
            await push(lockdown, bundle_id, local, remote)
            print("done", flush=True)


async def push(lockdown: UsbmuxLockdownClient, bundle_id: str, local: str, remote: str) -> None:
    """Send one file into the app's Documents."""
    files = await HouseArrestService.create(lockdown, bundle_id, documents_only=True)
    try:
        await files.push(local, remote, progress_bar=False)
    finally:
        await files.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
