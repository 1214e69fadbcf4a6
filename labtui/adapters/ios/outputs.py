"""What a launch's eval set has written on an iPhone: fetched piece by piece, then removed."""

from base64 import b64decode

from labtui.adapters.ios.messages import Op
from labtui.adapters.ios.phone import Phone
from labtui.adapters.ios.shelf import OUTPUTS, outputs
from labtui.core.model import LaunchUid
from labtui.errors import DeviceError


async def make_place(phone: Phone, launch: LaunchUid) -> None:
    """Make the folder for a launch's outputs, without what an earlier one may have left.

    Raises DeviceError.
    """
    await drop_outputs(phone)
    await phone.ask(Op.WRITE, bundle_id=phone.bundle_id, path=f"{OUTPUTS}/launch", text=launch)


async def read_outputs(phone: Phone, launch: LaunchUid, index: int, offset: int) -> bytes:
    """Return a piece of an output from byte `offset`. Raises DeviceError."""
    path = f"{outputs(launch)}.{index}.npy"
    answer = await phone.ask(Op.READ, bundle_id=phone.bundle_id, path=path, offset=offset)
    try:
        return b64decode(answer["piece"], validate=True)
    except (LookupError, ValueError) as error:
        raise DeviceError(f"{phone.name}: its helper process sent no piece of a file.") from error


async def drop_outputs(phone: Phone) -> None:
    """Remove all outputs. Raises DeviceError."""
    await phone.ask(Op.REMOVE, bundle_id=phone.bundle_id, paths=[OUTPUTS])
