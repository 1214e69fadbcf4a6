"""The command as its user has it: a process, an own home, virtual phones, a real adb server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

TIMEOUT_S = 60.0


def environment(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment in which nothing of the user's can be found or touched."""
    foreign = ("XDG_", "ANDROID_", "USBMUXD_", "LABTUI")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    return {**kept, "HOME": str(home), **extra}


@contextmanager
def _heeding_ctrl_c() -> Iterator[None]:
    """Let children heed SIGINT, which tests that run in the background ignore and pass on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass
class Labtui:
    """Runs `labtui` with one history."""

    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Path:
        return self.home / "history.sqlite"

    def _argv(self, words: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-m", "labtui", "--db", str(self.db), *map(str, words)]

    def run(
        self, *words: str | Path, timeout_s: float = TIMEOUT_S
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self._argv(words),
            env=environment(self.home, **self.extra),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def json(self, *words: str | Path) -> Any:
        """Run a command that prints one JSON document."""
        result = self.run("--json", *words)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    @contextmanager
    def start(self, *words: str | Path) -> Iterator["Running"]:
        """Start a command that prints JSON lines; it is ended with the context."""
        with _heeding_ctrl_c():
            process = subprocess.Popen(
                self._argv(("--json", *words)),
                env=environment(self.home, **self.extra),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        running = Running(process)
        try:
            yield running
        finally:
            running.end()


@dataclass
class Running:
    """A command under way."""

    process: "subprocess.Popen[str]"
    lines: list[dict[str, Any]] = field(default_factory=list)
    stderr: str = ""

    def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Read on until an event of this kind, with these fields, has come."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line: dict[str, Any] = json.loads(text)
            self.lines.append(line)
            event = line.get("event", line)
            if line["kind"] == kind and all(event.get(k) == v for k, v in wanted.items()):
                return line
        raise AssertionError(f"no {kind} before the end: {self.process.communicate()[1]}")

    def until_measured(self) -> str:
        """Read on until a measured sample has come; return its device."""
        while True:
            event = self.until("samples_arrived")["event"]
            if not event["samples"]["is_warmup"]:
                return str(event["device"])

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.lines += [json.loads(text) for text in self.process.stdout]
        self.stderr = self.process.stderr.read()
        return self.process.wait(TIMEOUT_S)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.process.wait(TIMEOUT_S)


@dataclass
class Phones:
    """A virtual bench that several commands share."""

    adb_port: int
    serials: list[str]
    control: str
    usbmux: str | None
    udids: list[str]

    @property
    def extra(self) -> dict[str, str]:
        usbmux = {"USBMUXD_SOCKET_ADDRESS": self.usbmux} if self.usbmux else {}
        return {"ANDROID_ADB_SERVER_PORT": str(self.adb_port)} | usbmux


@contextmanager
def serve(home: Path, phones: str) -> Iterator[Phones]:
    """Run `labtui virtual serve` until the context ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "labtui", "virtual", "serve", "--exit-on-eof", "--phones", phones],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        record = json.loads(process.stdout.readline())
        yield Phones(**{field.name: record[field.name] for field in fields(Phones)})
    finally:
        process.communicate(timeout=TIMEOUT_S)
