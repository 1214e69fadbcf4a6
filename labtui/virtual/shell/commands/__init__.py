"""The commands of a phone, in the output formats of Android's toybox and services."""

from collections.abc import Mapping

from labtui.virtual.shell.call import Command
from labtui.virtual.shell.commands import (
    android,
    blocks,
    builtin,
    conditions,
    digests,
    find,
    folders,
    network,
    processes,
    scripts,
    settings,
    space,
    system,
    text,
)

COMMANDS: Mapping[str, Command] = {
    name: command
    for module in (
        android, blocks, builtin, conditions, digests, find, folders, network, processes, scripts,
        settings, space, system, text,
    )
    for name, command in module.COMMANDS.items()
}  # fmt: skip
