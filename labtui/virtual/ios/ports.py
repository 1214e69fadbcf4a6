"""The ports of services that lockdownd has started: each takes one connection."""

import itertools
import ssl
from collections.abc import Awaitable, Callable

from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link

Service = Callable[[Iphone, Link], Awaitable[None]]
_FIRST_PORT, _PORTS = 49152, 16384
_MAX_WAITING = 64


class PortTable:
    """Which service waits where, and how its client is talked to."""

    def __init__(self) -> None:
        self._numbers = itertools.cycle(range(_FIRST_PORT, _FIRST_PORT + _PORTS))
        self._waiting: dict[int, tuple[Service, ssl.SSLContext]] = {}

    def open(self, service: Service, context: ssl.SSLContext) -> int:
        """Let a service wait for its client; return the port."""
        if len(self._waiting) >= _MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        port = next(self._numbers)
        self._waiting[port] = service, context
        return port

    def take(self, port: int) -> tuple[Service, ssl.SSLContext] | None:
        """Return who waits at a port, once; None when nobody does."""
        return self._waiting.pop(port, None)

    def clear(self) -> None:
        """End all that wait, as a restart does."""
        self._waiting.clear()
