"""Reads the description of an `.mlpackage`; its weights stay where they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from labtui.adapters.models.facts import FileFacts
from labtui.adapters.models.mil_blobs import waste
from labtui.adapters.models.mil_ends import read_ends
from labtui.adapters.models.mil_values import Op, Reader
from labtui.adapters.models.mil_weights import Weight, read_weights
from labtui.core.inspection.facts import Inspection, OpGroup, WeightGroup
from labtui.core.text import clean
from labtui.errors import BadVariant
from labtui.mil.errors import BadPackage, MissingCoremltools
from labtui.mil.messages import load_messages
from labtui.mil.package import Package, read_package

_TOOL_PREFIX = "com.github.apple.coremltools."
_TOOLS = {"version": "coremltools", "source": "from"}
_INTEGER = "int8"


def read_mlpackage(path: Path) -> FileFacts:
    """Read the facts. Raises BadVariant for what is no whole ML Program."""
    try:
        package = read_package(path)
    except MissingCoremltools as error:
        raise BadVariant(f"cannot be read: {error}") from error
    except BadPackage as error:
        raise BadVariant(str(error)) from error
    try:
        return _facts(package)
    except (ValueError, KeyError, RecursionError) as error:
        raise BadVariant("is damaged: it contradicts itself, copy or convert it again.") from error


def _facts(package: Package) -> FileFacts:
    reader = Reader(load_messages("MIL_pb2"))
    blocks, opset = _main_blocks(package.spec, reader)
    weights = [weight for block in blocks for weight in read_weights(block)]
    groups = _weight_groups(weights)
    ops = _op_groups(blocks)
    inputs, outputs = read_ends(package.spec.description)
    found = waste(_blobs(package.spec, reader), package.blobs)
    return FileFacts(
        inputs=inputs,
        outputs=outputs,
        ops=_summed((op.name, op.count) for op in ops),
        weight_bytes=_summed((group.dtype, group.stored_bytes) for group in groups),
        parameters=sum(group.elements for group in groups),
        inspection=Inspection(
            format_version=package.spec.specificationVersion,
            ops=ops,
            weights=groups,
            opset=opset,
            signatures=_functions(package.spec),
            tools=_tools(package.spec.description.metadata.userDefined),
            duplicate_bytes=found.duplicate_bytes,
            unused_bytes=found.unused_bytes,
        ),
    )


def _main_blocks(spec: Any, reader: Reader) -> tuple[list[list[Op]], str]:
    """Return the ops of all blocks of the function that runs by default, and its opset."""
    functions = spec.mlProgram.functions
    name = spec.description.defaultFunctionName or "main"
    function = functions.get(name)
    if function is None or function.opset not in function.block_specializations:
        raise BadVariant("has a program without a main function: convert it again.")
    block = function.block_specializations[function.opset]
    return list(reader.ops(block)), clean(function.opset, 40)


def _blobs(spec: Any, reader: Reader) -> Iterator[tuple[str, int]]:
    """Yield what any function refers to in the files of weights."""
    for function in spec.mlProgram.functions.values():
        for block in function.block_specializations.values():
            for op in chain.from_iterable(reader.ops(block)):
                yield from (v.blob for v in op.constants.values() if v.blob is not None)


def _functions(spec: Any) -> tuple[str, ...]:
    names = sorted(clean(name) for name in spec.mlProgram.functions)
    return tuple(names) if len(names) > 1 else ()


def _tools(metadata: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = ((name, metadata.get(_TOOL_PREFIX + key, "")) for key, name in _TOOLS.items())
    return tuple((name, clean(version, 60)) for name, version in found if version)


def _op_groups(blocks: Sequence[Sequence[Op]]) -> tuple[OpGroup, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for block in blocks:
        integer = _integer_ops(block)
        for index, op in enumerate(block):
            if not op.is_constant:
                dtype = op.outputs[0][1].dtype if op.outputs else ""
                counts[op.type, _INTEGER if index in integer else dtype] += 1
    return tuple(OpGroup(name, None, dtype, n) for (name, dtype), n in counts.most_common())


def _integer_ops(block: Sequence[Op]) -> frozenset[int]:
    """Return which ops compute with integers: `dequantize` before them and `quantize` behind.

    The program itself has floats between the two; Core ML fuses the three where it can.
    """
    dequantized = _made_by(block, "dequantize")
    quantized = {name for op in block if op.type == "quantize" for _, name in op.names}
    return frozenset(
        index
        for index, op in enumerate(block)
        if op.type not in ("quantize", "dequantize")
        and any(name in dequantized for _, name in op.names)
        and any(name in quantized for name, _ in op.outputs)
    )


def _made_by(block: Sequence[Op], kind: str) -> set[str]:
    return {name for op in block if op.type == kind for name, _ in op.outputs}


def _weight_groups(weights: Iterable[Weight]) -> tuple[WeightGroup, ...]:
    alike: defaultdict[tuple[Any, ...], list[Weight]] = defaultdict(list)
    for weight in weights:
        alike[weight.dtype, weight.scheme, weight.use, weight.is_sparse].append(weight)
    groups = [_group(same) for same in alike.values()]
    return tuple(sorted(groups, key=lambda group: -group.stored_bytes))


def _group(same: Sequence[Weight]) -> WeightGroup:
    first = same[0]
    return WeightGroup(
        first.dtype,
        first.scheme,
        first.use,
        first.is_sparse,
        tensors=len(same),
        elements=sum(weight.elements for weight in same),
        stored_bytes=sum(weight.stored_bytes for weight in same),
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    sums: Counter[str] = Counter()
    for name, count in pairs:
        sums[name] += count
    return tuple(sums.most_common())
