"""What a launch's eval set has written on a phone: fetched piece by piece, then removed."""

from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import FOLDER, outputs
from labtui.adapters.android.shell import command
from labtui.core.model import LaunchUid

BLOCK_BYTES = 1 << 15
PIECE_BLOCKS = 32


async def read_outputs(phone: Phone, launch: LaunchUid, index: int, offset: int) -> bytes:
    """Return at most PIECE_BLOCKS from byte `offset` of an output. Raises DeviceError.

    `dd` seeks, but counts in blocks; `tail -c` takes any offset, but reads all that lies before.
    """
    path = f"{FOLDER}/{outputs(launch)}.{index}.npy"
    blocks, surplus_bytes = divmod(offset, BLOCK_BYTES)
    copy = command(
        "dd", f"if={path}", f"bs={BLOCK_BYTES}", f"skip={blocks}", f"count={PIECE_BLOCKS}"
    )
    script = f"test -e {command(path)} || exit 0; {copy}"
    done = await phone.completed(script, "reading the outputs of the eval set")
    return done.printed[surplus_bytes:]


async def drop_outputs(phone: Phone, launch: LaunchUid) -> None:
    """Remove all outputs of a launch. Raises DeviceError."""
    await phone.run(f"rm -f {command(f'{FOLDER}/{outputs(launch)}')}.*.npy")
