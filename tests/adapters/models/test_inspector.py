"""Model files, good, bad and hostile, through the real child process."""

import asyncio
import os
import random
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from labtui.adapters.models import inspector as module
from labtui.adapters.models.inspector import ChildInspector
from labtui.core.inspection.facts import Inspection, OpGroup, Scheme, WeightGroup, WeightUse
from labtui.core.model import TensorSpec, Variant, VariantFormat
from labtui.errors import BadVariant
from tests.tiny_tflite import Type, added, fully_connected, half_delegated, large_tflite


async def inspect(path: Path) -> Variant:
    return await ChildInspector().inspect(path)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


async def test_what_is_known_of_a_float_variant(tmp_path: Path) -> None:
    content = fully_connected(width=8, classes=4)
    path = written(tmp_path, "micro_net.v2.fp32.tflite", content)
    expected = Variant(
        path=str(path),
        model="micro_net",
        recipe="v2.fp32",
        format=VariantFormat.TFLITE,
        digest=sha256(content).hexdigest(),  # type: ignore[arg-type]  # a Digest
        size_bytes=len(content),
        inputs=(TensorSpec("x", (-1, 8), "float32"),),
        outputs=(TensorSpec("y", (-1, 4), "float32"),),
        ops=(("FULLY_CONNECTED", 1),),
        weight_bytes=(("float32", 4 * (8 * 4 + 4)),),
        parameters=8 * 4 + 4,
        inspection=Inspection(
            format_version=3,
            ops=(OpGroup("FULLY_CONNECTED", 1, "float32", 1),),
            weights=(WeightGroup("float32", Scheme.PLAIN, WeightUse.FLOAT, False, 2, 36, 4 * 36),),
        ),
    )
    assert expected == await inspect(path)


async def test_quantised_ends_show_their_scale(tmp_path: Path) -> None:
    path = written(tmp_path, "q.tflite", added(Type.INT8, scale=0.5, zero_point=-3))
    variant = await inspect(path)
    assert (TensorSpec("x", (1, 4), "int8", 0.5, -3),) == variant.inputs
    assert ("q", "") == (variant.model, variant.recipe)


async def test_constants_that_are_no_weights_are_bytes_but_no_parameters(tmp_path: Path) -> None:
    variant = await inspect(written(tmp_path, "half.tflite", half_delegated()))
    assert ((("ADD", 2), ("CUMSUM", 1)), (("int32", 4),), 0) == (
        variant.ops,
        variant.weight_bytes,
        variant.parameters,
    )


async def test_names_arrive_clean(tmp_path: Path) -> None:
    content = added(name="\x1b]52;c;aGk=\x07[bold]\n" + "x" * 500)
    variant = await inspect(written(tmp_path, "hostile.tflite", content))
    assert variant.inputs[0].name.startswith("\ufffd]52;c;aGk=\ufffd[bold]\ufffdxx")
    assert 120 == len(variant.inputs[0].name)


GOOD = fully_connected()
BAD_CONTENTS = {
    "empty": (b"", "is empty"),
    "text": (b"just a text\n" * 10, "is not a TFLite file"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a TFLite file"),
    "one byte": (b"\x1c", "is not a TFLite file"),
    "header alone": (GOOD[:8], "truncated or damaged"),
    "half": (GOOD[: len(GOOD) // 2], "truncated or damaged"),
    "without its last bytes": (GOOD[:-24], "truncated or damaged"),
    "zeros behind the header": (GOOD[:8] + bytes(500), "truncated or damaged"),
    "ones behind the header": (GOOD[:8] + b"\xff" * 500, "truncated or damaged"),
}


@pytest.mark.parametrize("name", BAD_CONTENTS)
async def test_bad_contents(tmp_path: Path, name: str) -> None:
    content, sentence = BAD_CONTENTS[name]
    path = written(tmp_path, "net.tflite", content)
    with pytest.raises(BadVariant, match=sentence) as caught:
        await inspect(path)
    assert str(caught.value).startswith(f"{path} ")
    assert str(caught.value).endswith(".")


async def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(BadVariant, match="does not exist: check the path"):
        await inspect(tmp_path / "gone.tflite")


async def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadVariant, match="is a folder"):
        await inspect(tmp_path)


async def test_a_wrong_suffix(tmp_path: Path) -> None:
    with pytest.raises(BadVariant, match=r"has to end in \.tflite or \.mlpackage"):
        await inspect(written(tmp_path, "net.onnx", GOOD))


async def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.tflite")
    with pytest.raises(BadVariant, match="not a regular file"):
        await inspect(tmp_path / "net.tflite")


async def test_a_file_one_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "net.tflite", GOOD)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # whoever runs as root may read everything
    with pytest.raises(BadVariant, match="cannot be read: Permission denied"):
        await inspect(path)


@pytest.mark.parametrize("name", ["net\0.tflite", "n" * 300 + ".tflite"])
async def test_impossible_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadVariant, match="cannot be read"):
        await inspect(tmp_path / name)


async def test_a_path_through_a_file(tmp_path: Path) -> None:
    written(tmp_path, "file", b"x")
    with pytest.raises(BadVariant, match="cannot be read: Not a directory"):
        await inspect(tmp_path / "file" / "net.tflite")


async def test_a_reader_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHILD", ("-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(module, "INSPECT_S", 0.2)
    with pytest.raises(BadVariant, match="could not be read within"):
        await inspect(written(tmp_path, "net.tflite", GOOD))


CHILDREN = {
    "crash": ("import os; os.abort()", "its reader crashed on it"),
    "no facts": ("print('{}')", "contradicts itself"),
    "no JSON": ("print('hello')", "contradicts itself"),
    "a long line": ("print('x' * (2 << 20))", "contradicts itself"),
}


@pytest.mark.parametrize("name", CHILDREN)
async def test_a_reader_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    code, sentence = CHILDREN[name]
    monkeypatch.setattr(module, "_CHILD", ("-c", code))
    with pytest.raises(BadVariant, match=sentence):
        await inspect(written(tmp_path, "net.tflite", GOOD))


LARGE_BYTES = 350_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_weights_of_a_large_file_are_not_loaded(tmp_path: Path) -> None:
    """The content is read once, for the digest; the reader sees no more than its tables."""
    path = written(tmp_path, "large.tflite", large_tflite(LARGE_BYTES // 2))
    os.truncate(path, LARGE_BYTES)
    facts = await module._read_in_child(path)
    assert LARGE_BYTES // 2 == facts.weight_bytes[0][1]
    code = (
        "import sys\n"
        "from labtui.adapters.models import child\n"
        "child.main(sys.argv[1])\n"
        "(peak,) = [line for line in open('/proc/self/status') if line.startswith('VmHWM:')]\n"
        "print(peak.split()[1])\n"
    )
    output = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(path)], capture_output=True, check=True
    )
    assert int(output.stdout.splitlines()[-1]) * 1024 < LARGE_BYTES / 2


def wait_for_content(path: Path) -> None:
    deadline_s = time.monotonic() + 20
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline_s


async def test_a_cancelled_inspection_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = tmp_path / "pid"
    code = "import os, sys, time; open(sys.argv[2], 'w').write(str(os.getpid())); time.sleep(600)"
    monkeypatch.setattr(module, "_CHILD", ("-c", code, "--", str(pid_file)))
    task = asyncio.create_task(inspect(written(tmp_path, "net.tflite", GOOD)))
    await asyncio.to_thread(wait_for_content, pid_file)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


async def test_a_few_mutants_through_the_child(tmp_path: Path) -> None:
    chance = random.Random(1)
    for number in range(6):
        content = bytearray(GOOD)
        for _ in range(8):
            content[chance.randrange(8, len(content))] = chance.randrange(256)
        try:
            await inspect(written(tmp_path, f"mutant{number}.tflite", bytes(content)))
        except BadVariant:
            continue
