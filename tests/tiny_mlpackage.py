"""Builds `.mlpackage` folders of a few kilobytes, message by message."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labtui.mil.messages import load_messages

MODEL = "com.apple.CoreML/model.mlmodel"
WEIGHTS = "com.apple.CoreML/weights/weight.bin"
_BLOB_NAME = "@model_path/weights/weight.bin"
_FLOAT32, _INT8 = 65568, 131080
_BLOB_TYPES = {"FLOAT16": 1, "FLOAT32": 2, "UINT8": 3, "INT8": 4}
_NUMPY = {"FLOAT16": np.float16, "FLOAT32": np.float32, "UINT8": np.uint8, "INT8": np.int8}
_ALIGNMENT = 64


class Program:
    """A program in the making: weights first, then the ops over them."""

    def __init__(self, specification: int = 8, opset: str = "CoreML7") -> None:
        """Begin a program without ops."""
        self.mil = load_messages("MIL_pb2")
        self.spec = load_messages("Model_pb2").Model()
        self.spec.specificationVersion = specification
        self.spec.mlProgram.version = 1
        function = self.spec.mlProgram.functions["main"]
        function.opset = opset
        self.block = function.block_specializations[opset]
        self.blobs = bytearray(struct.pack("<II", 0, 2).ljust(_ALIGNMENT, b"\0"))

    def end(self, kind: str, name: str, shape: tuple[int, ...], dtype: int = _FLOAT32) -> None:
        """Describe an input or output of the model."""
        feature = getattr(self.spec.description, kind).add()
        feature.name = name
        feature.type.multiArrayType.shape.extend(shape)
        feature.type.multiArrayType.dataType = dtype

    def blob(self, data: NDArray[Any], dtype: str = "FLOAT32") -> Any:
        """Store numbers beside the program; return the value that refers to them."""
        raw = data.astype(_NUMPY[dtype]).tobytes()
        offset = len(self.blobs)
        start = offset + _ALIGNMENT
        header = struct.pack("<IIQQ", 0xDEADBEEF, _BLOB_TYPES[dtype], len(raw), start)
        self.blobs += header.ljust(_ALIGNMENT, b"\0") + raw
        self.blobs += bytes(-len(self.blobs) % _ALIGNMENT)
        value = self.mil.Value(type=self._type(dtype, data.shape))
        value.blobFileValue.fileName, value.blobFileValue.offset = _BLOB_NAME, offset
        return value

    def constant(self, name: str, data: NDArray[Any], dtype: str = "FLOAT32") -> None:
        """Add a `const` op."""
        op = self.op("const", {}, name, dtype, data.shape)
        op.attributes["val"].CopyFrom(self.blob(data, dtype))

    def op(
        self,
        kind: str,
        inputs: dict[str, Any],
        output: str,
        dtype: str = "FLOAT32",
        shape: tuple[int, ...] = (1,),
    ) -> Any:
        """Add an op; inputs are names, or values."""
        op = self.block.operations.add(type=kind)
        for parameter, given in inputs.items():
            binding = op.inputs[parameter].arguments.add()
            if isinstance(given, str):
                binding.name = given
            else:
                binding.value.CopyFrom(given)
        op.outputs.add(name=output, type=self._type(dtype, shape))
        return op

    def save(self, path: Path) -> Path:
        """Write the folder and return it."""
        data = path / "Data"
        (data / WEIGHTS).parent.mkdir(parents=True)
        (data / MODEL).write_bytes(self.spec.SerializeToString())
        (data / WEIGHTS).write_bytes(self.blobs)
        entries = {"A": {"path": MODEL}, "B": {"path": "com.apple.CoreML/weights"}}
        manifest = {"itemInfoEntries": entries, "rootModelIdentifier": "A"}
        (path / "Manifest.json").write_text(json.dumps(manifest))
        return path

    def _type(self, dtype: str, shape: tuple[int, ...]) -> Any:
        value_type = self.mil.ValueType()
        value_type.tensorType.dataType = self.mil.DataType.Value(dtype)
        value_type.tensorType.rank = len(shape)
        for size in shape:
            dimension = value_type.tensorType.dimensions.add()
            if size < 0:
                dimension.unknown.SetInParent()
            else:
                dimension.constant.size = size
        return value_type


def linear(width: int = 16, classes: int = 10) -> Program:
    """Return a float32 program `y = W x + b`."""
    program = Program()
    random = np.random.default_rng(0)
    program.end("input", "x", (1, width))
    program.end("output", "y", (1, classes))
    program.constant("w", random.standard_normal((classes, width)))
    program.constant("b", random.standard_normal(classes))
    program.op("linear", {"x": "x", "weight": "w", "bias": "b"}, "y", shape=(1, classes))
    program.block.outputs.append("y")
    return program
