"""One process per device: held by flock, freed however the holder dies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labtui.core.model import DeviceId
from labtui.errors import DeviceBusy, StoreError
from labtui.store import DeviceLocks

PHONE = DeviceId("android:1A2B/../3C")
_HOLDER = """
import sys
from pathlib import Path
from labtui.core.model import DeviceId
from labtui.store import DeviceLocks
with DeviceLocks(Path(sys.argv[1])).hold(DeviceId(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_device_is_held_once(tmp_path: Path) -> None:
    locks = DeviceLocks(tmp_path / "config" / "locks")
    with (
        locks.hold(PHONE),
        pytest.raises(DeviceBusy, match=rf"in use by another labtui \(process {os.getpid()}\)"),
        locks.hold(PHONE),
    ):
        pass
    with locks.hold(PHONE):
        pass


def test_devices_do_not_disturb_each_other(tmp_path: Path) -> None:
    locks = DeviceLocks(tmp_path)
    with locks.hold(PHONE), locks.hold(DeviceId("android:OTHER")):
        assert 2 == len(list(tmp_path.iterdir()))


def test_an_error_inside_frees_the_device(tmp_path: Path) -> None:
    locks = DeviceLocks(tmp_path)
    with pytest.raises(ValueError, match="inside"), locks.hold(PHONE):
        raise ValueError("inside")
    with locks.hold(PHONE):
        pass


def test_the_holder_is_named_and_its_death_frees_the_device(tmp_path: Path) -> None:
    locks = DeviceLocks(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path), PHONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert "held\n" == holder.stdout.readline()
        with pytest.raises(DeviceBusy, match=f"process {holder.pid}"), locks.hold(PHONE):
            pass
        holder.kill()
        holder.wait()
        with locks.hold(PHONE):
            pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StoreError, match=r"folder of device locks .* cannot be written"),
        DeviceLocks(tmp_path / "file" / "locks").hold(PHONE),
    ):
        pass
