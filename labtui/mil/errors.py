"""What a package can be refused for; who calls translates it."""


class BadPackage(Exception):
    """A package that cannot be read or run: one sentence that says why, and what to do."""


class UnsupportedOp(BadPackage):
    """A program with an op that the executor lacks."""


class MissingCoremltools(BadPackage):
    """The message classes of Core ML's format are not installed."""

    def __init__(self) -> None:
        super().__init__("Core ML packages need coremltools: pip install 'labtui[ios]'.")
