"""The protobuf classes of coremltools, without the second that its own import takes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from labtui.mil.errors import MissingCoremltools

_PACKAGE = "coremltools"


def load_messages(name: str) -> ModuleType:
    """Return the module of message classes called `name`, such as `Model_pb2`.

    Raises MissingCoremltools.
    """
    try:
        with _stub_parent():
            return import_module(f"{_PACKAGE}.proto.{name}")
    except ImportError as error:
        raise MissingCoremltools from error


def decode_error() -> type[Exception]:
    """Return what protobuf raises for bytes that are no message."""
    error: type[Exception] = import_module("google.protobuf.message").DecodeError
    return error


@contextmanager
def _stub_parent() -> Iterator[None]:
    """Let submodules be imported without running the package's own `__init__`."""
    if _PACKAGE in sys.modules:
        yield
        return
    found = find_spec(_PACKAGE)
    if found is None:
        raise MissingCoremltools
    stub = ModuleType(_PACKAGE)
    stub.__path__ = list(found.submodule_search_locations or ())
    sys.modules[_PACKAGE] = stub
    try:
        yield
    finally:
        del sys.modules[_PACKAGE]  # whoever wants the whole package still gets it
