"""`labtui virtual`: phones for any client, and faults for them."""

import argparse
import asyncio

from labtui.cli.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve virtual phones until told to end, or break something on one."""
    del settings
    from labtui.virtual.serve import request_fault, serve  # noqa: PLC0415 (only this command)

    if arguments.action == "fault":
        asyncio.run(request_fault(arguments.control, arguments.phone, arguments.fault))
        return 0
    return asyncio.run(serve(arguments.phones, exit_on_eof=arguments.exit_on_eof))
