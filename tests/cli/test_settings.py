"""Arguments over environment over config over defaults."""

from pathlib import Path

import pytest

from labtui.cli.parser import build_parser
from labtui.cli.settings import Settings, settings_from
from labtui.errors import UsageError


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LABTUI_DB", "NO_COLOR", "ANDROID_ADB_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def settings(*words: str) -> Settings:
    return settings_from(build_parser().parse_args(words))


def config(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return str(path)


def test_defaults_lie_in_the_platforms_folders(tmp_path: Path) -> None:
    assert (5037, True, False) == (settings().adb_port, settings().color, settings().as_json)
    assert "history.sqlite" == settings().db.name
    assert settings().db.is_relative_to(tmp_path)


def test_the_argument_beats_the_environment_beats_the_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(tmp_path, 'db = "/c.sqlite"\nadb_port = 6000\nmouse = false')
    assert Path("/c.sqlite") == settings("--config", path).db
    assert (6000, False) == (settings("--config", path).adb_port, settings("--config", path).mouse)
    monkeypatch.setenv("LABTUI_DB", "/e.sqlite")
    assert Path("/e.sqlite") == settings("--config", path).db
    assert Path("/a.sqlite") == settings("--config", path, "--db", "/a.sqlite").db


def test_other_computers_and_wifi_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (False, False) == (settings().may_leave_host, settings().may_use_wifi)
    path = config(tmp_path, "may_leave_host = true\nmay_use_wifi = true")
    monkeypatch.setenv("ANDROID_ADB_SERVER_ADDRESS", "10.0.0.7")
    found = settings("--config", path)
    assert ("10.0.0.7", True, True) == (found.adb_host, found.may_leave_host, found.may_use_wifi)


@pytest.mark.parametrize("words", [("--json", "history"), ("history", "--json")])
def test_global_options_stand_before_or_after_the_command(words: tuple[str, ...]) -> None:
    assert settings(*words).as_json


def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not settings().color


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("port = 1", "no setting 'port'; use one of db"),
        ('adb_port = "x"', "adb_port must be of type int"),
        ("mouse = 1", "mouse must be of type bool"),
        ("= nonsense", "cannot be read"),
    ],
)
def test_a_wrong_config_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        settings("--config", config(tmp_path, text))


def test_a_missing_config_is_an_error_only_when_asked_for(tmp_path: Path) -> None:
    assert settings().theme is None
    with pytest.raises(UsageError, match="cannot be read"):
        settings("--config", str(tmp_path / "missing.toml"))


def test_a_port_that_is_no_number_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "abc")
    with pytest.raises(UsageError, match="ANDROID_ADB_SERVER_PORT"):
        settings()
