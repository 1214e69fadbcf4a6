"""Folders that nothing leads out of."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.virtual.ios.files import SandboxFolder
from labtui.virtual.storage import Storage

parts = st.sampled_from(["..", ".", "", "a", "Documents", "link", "~", "\0", "x" * 300])


def folder(tmp_path: Path, visible: str = "/") -> SandboxFolder:
    root = tmp_path / "root"
    (root / "Documents").mkdir(parents=True, exist_ok=True)
    if not (root / "link").is_symlink():
        (root / "link").symlink_to("/")
    return SandboxFolder(root, Storage(root, 1_000_000, 0), visible)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(parts, max_size=8).map("/".join) | st.text(max_size=20))
def test_every_path_lies_inside_or_is_refused(tmp_path: Path, path: str) -> None:
    try:
        found = folder(tmp_path).host_path(path)
    except (OSError, ValueError):  # ValueError: a lone surrogate, which no file system knows
        return
    assert found.resolve().is_relative_to(tmp_path / "root")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(parts, max_size=8).map("/".join))
def test_only_what_is_visible_is_shown(tmp_path: Path, path: str) -> None:
    try:
        found = folder(tmp_path, "/Documents").host_path(path)
    except OSError:
        return
    assert found.is_relative_to(tmp_path / "root" / "Documents")


@pytest.mark.parametrize("visible", ["/", "/Documents"])
def test_the_folder_itself_cannot_be_removed(tmp_path: Path, visible: str) -> None:
    own = folder(tmp_path, visible)
    for remove in (own.remove, own.remove_tree):
        with pytest.raises(PermissionError):
            remove(visible)
        with pytest.raises(PermissionError):
            remove(f"{visible}/x/..")
