"""Links an Android program without the NDK: zig, and stand-ins for Android's C library.

The dynamic linker of a phone needs three things from a program: who interprets it, the names of
the libraries it needs, and the names of the symbols it takes from them. `runners/android/bionic`
declares what the runner may use; from what the compiled runner does use, libraries are made that
hold those names and nothing else. They are linked against and thrown away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.runner_builds.compilers import Zig
from scripts.runner_builds.elf import Elf
from scripts.runner_builds.targets import RUNNER
from scripts.runner_builds.tool import BuildFailed, run

API_LEVEL = 26
PAGE_BYTES = 16384
LIBRARIES = ("libc.so", "libm.so", "libdl.so")
_LIBRARY_OF_HEADER = {"dlfcn.h": "libdl.so", "math.h": "libm.so"}
_ENTRY = "__libc_init"  # what start.c calls; no header declares it
_DECLARED = re.compile(r"\b(\w+)(?=\(|;)")
_KERNEL_HEADERS = {"aarch64": "aarch64-linux-any", "x86_64": "x86-linux-any"}
_LINK_FLAGS = (
    "-nostdlib", "-fPIE", "-pie", "-s", "-Wl,-dynamic-linker,/system/bin/linker64",
    f"-Wl,-z,max-page-size={PAGE_BYTES}", "-Wl,-z,relro", "-Wl,-z,now",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BionicLinker:
    """zig for one processor, our headers (`home`), and a folder for what comes between."""

    zig: Zig
    machine: str
    home: Path
    scratch: Path

    def link(self, source: Path, flags: Sequence[str]) -> Path:
        """Build the program in the scratch folder. Raises BuildFailed."""
        objects = [self._compile(unit, flags) for unit in (source, self.home / "start.c")]
        libraries = self._stand_ins(_used(objects))
        program = self.scratch / RUNNER
        run([*self._cc, *_LINK_FLAGS, *map(str, objects + libraries), "-o", str(program)])
        return program

    @property
    def _cc(self) -> list[str]:
        return [str(self.zig.executable), "cc", "-target", f"{self.machine}-linux-none"]

    def _compile(self, unit: Path, flags: Sequence[str]) -> Path:
        made = self.scratch / f"{unit.stem}.o"
        run([*self._cc, *self._include, *flags, "-fPIC", "-c", str(unit), "-o", str(made)])
        return made

    @property
    def _include(self) -> list[str]:
        """Return the header folders: ours, the compiler's, the kernel's (Android uses them too)."""
        kernel = self.zig.lib / "libc" / "include"
        folders = (
            self.home / "include",
            self.zig.lib / "include",
            kernel / _KERNEL_HEADERS[self.machine],
            kernel / "any-linux-any",
        )
        define = ["-D__ANDROID__", f"-D__ANDROID_API__={API_LEVEL}"]
        return ["-nostdinc", *define, *(f"-isystem{folder}" for folder in folders)]

    def _stand_ins(self, names: set[str]) -> list[Path]:
        homes = {name: library_of(name, self.home / "include") for name in sorted(names)}
        if lost := [name for name, library in homes.items() if library is None]:
            raise BuildFailed(
                f"{self.home / 'include'} declares no {', '.join(lost)}: add it if Android has it "
                f"since API level {API_LEVEL}, or do without."
            )
        shares = {lib: [name for name in homes if homes[name] == lib] for lib in LIBRARIES}
        return [self._stand_in(library, names) for library, names in shares.items() if names]

    def _stand_in(self, library: str, names: list[str]) -> Path:
        """Make a library of labels; assembly, since C would want the real prototypes."""
        text = "".join(f".globl {name}\n.type {name}, %function\n{name}:\n" for name in names)
        assembly, made = self.scratch / f"{library}.s", self.scratch / library
        assembly.write_text(text)
        soname = f"-Wl,-soname,{library}"
        run([*self._cc, "-nostdlib", "-shared", soname, str(assembly), "-o", str(made)])
        return made


def library_of(name: str, headers: Path) -> str | None:
    """Return the library of Android that holds a symbol: the header that declares it tells."""
    if name == _ENTRY:
        return "libc.so"
    for header in sorted(headers.rglob("*.h")):
        if name in _DECLARED.findall(header.read_text()):
            return _LIBRARY_OF_HEADER.get(header.name, "libc.so")
    return None


def _used(objects: Sequence[Path]) -> set[str]:
    files = [Elf(path) for path in objects]
    used = {name for file in files for name in file.undefined}
    return used - {name for file in files for name in file.defined} - {"_GLOBAL_OFFSET_TABLE_"}
