"""Compares labtui's Core ML executor with PyTorch on seven architectures, and prints a table.

Runs in an environment with torch, timm and coremltools (numpy < 2.4), which labtui never needs:

    PYTHONPATH=. OPENBLAS_NUM_THREADS=1 PYTHON scripts/verify_mil.py FOLDER [NET …] [--compressed]

Converted networks and PyTorch's outputs are kept in FOLDER and used again. `--compressed` adds the
compressed variants, which are compared with coremltools' own decompression bit for bit.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

logging.getLogger("coremltools").setLevel(logging.CRITICAL)

SEED = 7
RUNS = 7
GOAL_RELATIVE = 1e-3
NETS = {
    "mobilenetv2": "mobilenetv2_100",
    "deit_tiny": "deit_tiny_patch16_224",
    "mobilevit_s": "mobilevit_s",
    "mobilevitv2": "mobilevitv2_100",
    "efficientformer_l1": "efficientformer_l1",
    "vit_base": "vit_base_patch16_224",
    "vit_large": "vit_large_patch16_224",
}
PRECISIONS = ("fp32", "fp16")


@dataclass(frozen=True, slots=True)
class Row:
    """How one variant did."""

    variant: str
    load_ms: float
    infer_ms: float
    relative: float
    """Largest difference / largest magnitude of the reference."""
    snr_db: float
    is_same_top1: bool

    def __str__(self) -> str:
        same = "same top-1" if self.is_same_top1 else "OTHER TOP-1"
        times = f"load {self.load_ms:8.1f} ms  infer {self.infer_ms:8.1f} ms"
        return f"{self.variant:32} {times}  rel {self.relative:.1e}  {self.snr_db:6.1f} dB  {same}"


def main(arguments: list[str]) -> int:
    """Print the table; return 1 when an fp32 variant or a decompression is off."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("nets", nargs="*", default=list(NETS))
    parser.add_argument("--compressed", action="store_true")
    options = parser.parse_args(arguments)
    is_good = True
    for net in options.nets:
        for row in _rows(options.folder / net, net, is_compressed=options.compressed):
            print(row, flush=True)
            is_good = is_good and (row.relative < GOAL_RELATIVE or "fp32" not in row.variant)
            is_good = is_good and (row.relative == 0 or "decompressed" not in row.variant)
    return 0 if is_good else 1


def _rows(folder: Path, net: str, *, is_compressed: bool) -> Iterator[Row]:
    if not (folder / "y.npy").exists():
        convert(folder, net)
    item, expected = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    for precision in PRECISIONS:
        yield _compared(f"{net} {precision}", folder / f"{precision}.mlpackage", item, expected)
    if is_compressed:
        yield from _compressed_rows(folder, net, item)


def convert(folder: Path, net: str) -> None:
    """Convert a network with seeded random weights; keep an input and PyTorch's output beside."""
    import coremltools as ct  # noqa: PLC0415
    import torch  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    model = _network(NETS[net])
    item = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(SEED)) * 2 - 1
    with torch.no_grad():
        expected = model(item)
        traced = torch.jit.trace(model, item)
    for precision in PRECISIONS:
        converted = ct.convert(
            traced,
            inputs=[ct.TensorType("image", shape=item.shape)],
            outputs=[ct.TensorType("logits")],
            minimum_deployment_target=ct.target.iOS18,
            compute_precision=getattr(ct.precision, {"fp32": "FLOAT32"}.get(precision, "FLOAT16")),
            skip_model_load=True,
        )
        converted.save(str(folder / f"{precision}.mlpackage"))
    np.save(folder / "x.npy", item.numpy())
    np.save(folder / "y.npy", expected.numpy())


def _network(name: str) -> Any:
    import torch  # noqa: PLC0415

    _let_torchvision_import()
    import timm  # noqa: PLC0415

    torch.manual_seed(SEED)
    model = timm.create_model(name, pretrained=False, exportable=True).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # fresh statistics would hide a lost one
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model


def _let_torchvision_import() -> None:
    """Skip what torchvision registers for ops that its wheel lacks beside a CPU build of torch."""
    import torch  # noqa: PLC0415

    register = torch.library.register_fake

    def register_fake(op: Any, *args: Any, **named: Any) -> Any:
        if str(op).startswith("torchvision::"):
            return lambda function: function
        return register(op, *args, **named)

    torch.library.register_fake = register_fake


def _compressed_rows(folder: Path, net: str, item: Any) -> Iterator[Row]:
    import coremltools as ct  # noqa: PLC0415
    import coremltools.optimize as cto  # noqa: PLC0415

    for name, compress in _compressions(cto.coreml).items():
        package = folder / f"{name}.mlpackage"
        plain = folder / f"{name}.decompressed.mlpackage"
        if not plain.exists():
            whole = ct.models.MLModel(str(folder / "fp16.mlpackage"), skip_model_load=True)
            compressed = compress(whole)
            compressed.save(str(package))
            cto.coreml.decompress_weights(compressed).save(str(plain))
        expected = _outputs(plain, item)[2]
        yield _compared(f"{net} {name} vs decompressed", package, item, expected)


def _compressions(coreml: Any) -> dict[str, Callable[[Any], Any]]:
    def config(op_config: Any) -> Any:
        return coreml.OptimizationConfig(global_config=op_config)

    def linear(dtype: str, **named: Any) -> Callable[[Any], Any]:
        made = config(coreml.OpLinearQuantizerConfig(mode="linear_symmetric", dtype=dtype, **named))
        return lambda model: coreml.linear_quantize_weights(model, made)

    def palette(bits: int) -> Callable[[Any], Any]:
        made = config(coreml.OpPalettizerConfig(mode="kmeans", nbits=bits))
        return lambda model: coreml.palettize_weights(model, made)

    pruning = config(coreml.OpMagnitudePrunerConfig(target_sparsity=0.5))
    return {
        "int8": linear("int8"),
        "int4_block32": linear("int4", granularity="per_block", block_size=32),
        "palette6": palette(6),
        "palette4": palette(4),
        "pruned50": lambda model: coreml.prune_weights(model, pruning),
    }


def _outputs(package: Path, item: Any) -> tuple[float, float, Any]:
    """Return CPU time to load, that of the shortest inference (ms) and the output of a package."""
    from labtui.mil.model import load_model  # noqa: PLC0415

    start_s = time.thread_time()
    model = load_model(package)
    loaded_s = time.thread_time()
    feed = item.astype(model.inputs[0].dtype)
    times_s = []
    for _ in range(RUNS):
        begin_s = time.thread_time()  # of this thread: other programs do not count
        (output,) = model.run([feed])
        times_s.append(time.thread_time() - begin_s)
    return (loaded_s - start_s) * 1e3, min(times_s) * 1e3, output.astype(np.float64)


def _compared(variant: str, package: Path, item: Any, expected: Any) -> Row:
    load_ms, infer_ms, output = _outputs(package, item)
    error = output - expected
    noise = float((error**2).sum())
    return Row(
        variant=variant,
        load_ms=load_ms,
        infer_ms=infer_ms,
        relative=float(np.abs(error).max() / np.abs(expected).max()),
        snr_db=10 * np.log10(float((expected.astype(np.float64) ** 2).sum()) / noise)
        if noise
        else float("inf"),
        is_same_top1=int(output.argmax()) == int(expected.argmax()),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
