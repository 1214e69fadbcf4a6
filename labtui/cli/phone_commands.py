"""The arguments of the commands about devices."""

from pathlib import Path

from labtui.cli.grammar import Commands, add_command


def add_phone_commands(commands: Commands) -> None:
    """Add what shows, prepares, checks and plays devices."""
    for add in (_devices, _pair, _unpair, _developer_image, _runner, _doctor, _virtual):
        add(commands)


def _devices(commands: Commands) -> None:
    parser = add_command(commands, "devices", "devices", "list devices, their states and cures")
    parser.add_argument("--watch", action="store_true", help="print each change until stopped")
    parser.add_argument("selectors", nargs="*", metavar="DEVICE", help="pixel*, soc:…, serial:…")


def _pair(commands: Commands) -> None:
    parser = add_command(commands, "pair", "pairing", "let an iPhone trust this computer")
    parser.add_argument("selector", metavar="DEVICE", help="iphone*, serial:…")
    parser.add_argument("--wait", type=float, default=60.0, metavar="S", help="for the Trust tap")
    parser.set_defaults(action="pair")


def _unpair(commands: Commands) -> None:
    parser = add_command(
        commands, "unpair", "pairing", "end the trust of an iPhone and this computer"
    )
    parser.add_argument("selector", metavar="DEVICE", help="iphone*, serial:…")
    parser.set_defaults(action="unpair")


def _developer_image(commands: Commands) -> None:
    text = "what lets labtui open the runner app on an iPhone"
    parser = add_command(commands, "developer-image", "developer_image", text)
    parser.add_argument("selector", metavar="DEVICE", help="iphone*, serial:…")
    parser.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="mount this one")
    parser.add_argument(
        "--ask-apple", action="store_true", help="allow asking Apple's server for a ticket"
    )


def _runner(commands: Commands) -> None:
    parser = add_command(
        commands, "runner", "runner_install", "the program that measures on phones"
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    install = add_command(actions, "install", "runner_install", "bring the runner onto phones")
    install.add_argument("selectors", nargs="+", metavar="DEVICE", help="pixel*, serial:…")
    install.add_argument("--engine", type=Path, metavar="PATH", help=".so, folder of them, or .aar")
    install.add_argument("--replace", action="store_true", help="trust an engine that differs")
    install.add_argument("--ipa", type=Path, metavar="FILE", help="iPhones: the signed runner app")
    check = add_command(actions, "check", "runner_check", "play jobs against any runner program")
    check.add_argument("--check", action="append", default=[], metavar="NAME", help="only this one")
    check.add_argument("--list", action="store_true", help="name the checks, make none")
    check.add_argument("command", nargs="*", metavar="CMD", help="after --: how to start it")


def _doctor(commands: Commands) -> None:
    parser = add_command(commands, "doctor", "doctor", "check this bench and say what to mend")
    parser.add_argument("--selftest", metavar="DEVICE", help="try every operation on a device")
    parser.add_argument(
        "--variant", type=Path, metavar="FILE", help="what the self-test measures; default: a demo"
    )
    parser.add_argument(
        "--transcript", type=Path, metavar="FILE", help="keep the self-test, without private data"
    )
    parser.add_argument(
        "--rescue", action="store_true", help="give phones back the settings a run has changed"
    )


def _virtual(commands: Commands) -> None:
    parser = add_command(commands, "virtual", "virtual", "a virtual bench for any client")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    serve = add_command(actions, "serve", "virtual", "run virtual phones until SIGTERM")
    serve.add_argument("--phones", default="demo", metavar="LIST")
    serve.add_argument("--exit-on-eof", action="store_true", help="end with standard input")
    serve.set_defaults(action="serve")
    fault = add_command(actions, "fault", "virtual", "break something on a virtual phone")
    fault.add_argument("control", help="the control address that serve printed")
    fault.add_argument("phone", help="serial")
    fault.add_argument("fault", help="unplug, plug, hang, resume, reboot, …")
    fault.set_defaults(action="fault")
