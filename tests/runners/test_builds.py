"""`scripts/build_runners` builds what the machine can, once, and says what it did and skipped."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from scripts.runner_builds import compilers
from scripts.runner_builds.cli import ROOT, Outcome, State, labtui_version, main, make
from scripts.runner_builds.targets import machine, named
from tests.runners.builds import PROBE, PROBED, aarch64_command, built, run_probe

NATIVE = named("linux-native")
CMAKE_TOOLCHAIN = "build/cmake/android.toolchain.cmake"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the probe that a test may change."""
    copy = tmp_path / "source" / "labtui_runner.c"
    copy.parent.mkdir()
    copy.write_text(PROBE.read_text())
    return copy


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CC", "ZIG", "ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(compilers, "find_spec", lambda _name: None)


def make_native(source: Path, out: Path) -> Outcome:
    """Build for this machine; skip the test if it has no compiler."""
    outcome = make(NATIVE, source, out, labtui_version())
    if outcome.state is State.SKIPPED:
        pytest.skip(outcome.reason)
    assert outcome.state is not State.FAILED, outcome.reason
    return outcome


def test_native_program_works(tmp_path: Path) -> None:
    assert PROBED == run_probe([str(built("linux-native", PROBE, tmp_path))])


@pytest.mark.slow
def test_aarch64_program_works(tmp_path: Path) -> None:
    program = built("linux-aarch64", PROBE, tmp_path)
    assert PROBED == run_probe(aarch64_command(program))


def test_second_build_does_nothing(source: Path, tmp_path: Path) -> None:
    first = make_native(source, tmp_path)
    made_at = Path(first.path).stat().st_mtime_ns
    second = make_native(source, tmp_path)
    assert (State.BUILT, State.FRESH) == (first.state, second.state)
    assert made_at == Path(second.path).stat().st_mtime_ns


@pytest.mark.parametrize("change", ["source", "header", "version", "binary", "binary is gone"])
def test_any_change_builds_again(source: Path, tmp_path: Path, change: str) -> None:
    program = Path(make_native(source, tmp_path).path)
    version = labtui_version()
    match change:
        case "source":
            source.write_text(source.read_text() + "/* changed */")
        case "header":
            (source.parent / "bionic" / "include").mkdir(parents=True)
            (source.parent / "bionic" / "include" / "math.h").write_text("#pragma once")
        case "version":
            version = "9.9.9"
        case "binary":
            program.write_bytes(b"another")
        case _:
            program.unlink()
    assert State.BUILT is make(NATIVE, source, tmp_path, version).state


def test_refused_source_fails_and_keeps_the_old_binary(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = Path(make_native(source, tmp_path).path)
    before = program.read_bytes()
    source.write_text("int main(void) { return nothing; }")
    argv = ["--targets", NATIVE.name, "--source", str(source), "--out", str(tmp_path), "--quiet"]
    assert 1 == main(argv)
    assert f"{NATIVE.name}: failed: " in capsys.readouterr().err
    assert before == program.read_bytes()


@pytest.mark.usefixtures("no_compiler")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("linux-native", "no C compiler (cc, gcc, clang) and no zig"),
        (
            "linux-native-asan",
            f"sanitizers need a C compiler of a {machine()} Linux machine",
        ),
        ("android-x86_64", "no NDK (ANDROID_NDK_HOME, and CMake) and no zig (pip install ziglang)"),
    ],
)
def test_missing_compiler_is_said_and_no_failure(
    target: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["--targets", target, "--out", str(tmp_path), "--quiet"])
    assert f"{named(target).name}: skipped: {reason}\n" == capsys.readouterr().err


@pytest.mark.usefixtures("no_compiler")
def test_what_stays_of_an_earlier_build_is_said(tmp_path: Path) -> None:
    program = NATIVE.path(tmp_path)
    program.parent.mkdir(parents=True)
    program.touch()
    outcome = make(NATIVE, PROBE, tmp_path, labtui_version())
    assert outcome.reason.endswith("; an earlier build stays")


def test_json_names_every_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--json", "--source", str(PROBE), "--out", str(tmp_path), "--targets"]
    assert 0 == main([*argv, "linux-native", "linux-native-asan"])
    document = json.loads(capsys.readouterr().out)
    assert 1 == document["version"]
    assert [NATIVE.name, f"{NATIVE.name}-asan"] == [r["target"] for r in document["runners"]]


def test_unknown_target_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--targets", "linux-z80"])
    assert "no such target: linux-z80" in capsys.readouterr().err


def test_path_of_the_source_leaves_no_trace(source: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a" / "much" / "longer" / "path" / source.name
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text(source.read_text())
    here = Path(make_native(source, tmp_path / "1").path).read_bytes()
    assert here == Path(make_native(elsewhere, tmp_path / "2").path).read_bytes()
    assert str(tmp_path).encode() not in here


def test_sanitizers_stop_an_overflow(tmp_path: Path) -> None:
    program = built("linux-native-asan", PROBE, tmp_path)
    assert PROBED == run_probe([str(program)])
    done = subprocess.run([program, "1"], input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode != 0
    assert b"probe.c:" in done.stderr, "whichever sanitizer saw it names the line"


def test_script_runs_from_anywhere(tmp_path: Path) -> None:
    argv = [str(ROOT / "scripts" / "build_runners"), "--targets", "linux-native", "--json"]
    argv += ["--source", str(PROBE), "--out", "made"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, timeout=60, check=True)
    (runner,) = json.loads(done.stdout)["runners"]
    assert runner["state"] in {State.SKIPPED, State.BUILT}
    assert (runner["state"] == State.BUILT) == (tmp_path / "made").is_dir()


def test_ndk_comes_before_zig(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An NDK whose toolchain file says nothing: CMake then builds for this machine."""
    toolchain = tmp_path / "ndk" / CMAKE_TOOLCHAIN
    toolchain.parent.mkdir(parents=True)
    toolchain.touch()
    monkeypatch.setenv("ANDROID_NDK_HOME", str(tmp_path / "ndk"))
    if compilers.ndk() is None or compilers.system_compiler() is None:
        pytest.skip("the NDK is driven by cmake, which is not here")
    lists = ROOT / "runners" / "android" / "CMakeLists.txt"
    (source.parent / lists.name).write_text(lists.read_text())
    outcome = make(named("android-x86_64"), source, tmp_path, labtui_version())
    assert (State.BUILT, f"NDK ({tmp_path / 'ndk'})") == (outcome.state, outcome.compiler)
    assert PROBED == run_probe([outcome.path])


def test_binary_is_executable(source: Path, tmp_path: Path) -> None:
    assert os.access(make_native(source, tmp_path).path, os.X_OK)
