"""One matrix in every compression; multiplied by the identity, it comes out as it is."""

from collections.abc import Callable
from typing import Any

import coremltools as ct
import coremltools.optimize as cto
import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813 (its usual name)

INPUTS, OUTPUTS = 16, 24
Compress = Callable[[Any], Any]


def _config(op_config: Any) -> Any:
    return cto.coreml.OptimizationConfig(global_config=op_config)


def _linear(dtype: str, mode: str = "linear", **named: Any) -> Compress:
    made = _config(
        cto.coreml.OpLinearQuantizerConfig(mode=mode, dtype=dtype, weight_threshold=0, **named)
    )
    return lambda model: cto.coreml.linear_quantize_weights(model, made)


def _palette(bits: int, **named: Any) -> Compress:
    made = _config(
        cto.coreml.OpPalettizerConfig(mode="kmeans", nbits=bits, weight_threshold=0, **named)
    )
    return lambda model: cto.coreml.palettize_weights(model, made)


def _pruned(model: Any) -> Any:
    made = _config(cto.coreml.OpMagnitudePrunerConfig(target_sparsity=0.6, weight_threshold=0))
    return cto.coreml.prune_weights(model, made)


def _joint_palette(model: Any) -> Any:
    made = _config(cto.coreml.OpPalettizerConfig(mode="kmeans", nbits=4, weight_threshold=0))
    return cto.coreml.palettize_weights(_pruned(model), made, joint_compression=True)


def _joint_linear(model: Any) -> Any:
    made = _config(
        cto.coreml.OpLinearQuantizerConfig(
            mode="linear_symmetric", dtype="int8", weight_threshold=0
        )
    )
    return cto.coreml.linear_quantize_weights(_pruned(model), made, joint_compression=True)


COMPRESSIONS: dict[str, tuple[str, Compress]] = {
    "ios16_int8": ("iOS16", _linear("int8")),
    "ios16_uint8": ("iOS16", _linear("uint8")),
    "ios16_palette6": ("iOS16", _palette(6)),
    "ios16_palette2": ("iOS16", _palette(2)),
    "ios16_pruned": ("iOS16", _pruned),
    "ios18_int8": ("iOS18", _linear("int8", "linear_symmetric")),
    "ios18_int4_block": (
        "iOS18",
        _linear("int4", "linear_symmetric", granularity="per_block", block_size=8),
    ),
    "ios18_uint4": ("iOS18", _linear("uint4")),
    "ios18_palette1": ("iOS18", _palette(1)),
    "ios18_palette3": ("iOS18", _palette(3)),
    "ios18_palette4_groups": (
        "iOS18",
        _palette(4, granularity="per_grouped_channel", group_size=8),
    ),
    "ios18_palette4_vectors": ("iOS18", _palette(4, cluster_dim=4)),
    "ios18_palette4_scaled": ("iOS18", _palette(4, enable_per_channel_scale=True)),
    "ios18_palette8": ("iOS18", _palette(8)),
    "ios18_pruned": ("iOS18", _pruned),
    "ios18_pruned_palette4": ("iOS18", _joint_palette),
    "ios18_pruned_int8": ("iOS18", _joint_linear),
}


def compressed(name: str) -> tuple[Any, Any, Any]:
    """Return a model, its input, and its output according to coremltools' decompression."""
    target, compress = COMPRESSIONS[name]
    model = compress(_model(target))
    (weight,) = [
        found.val
        for key, found in cto.coreml.get_weights_metadata(
            cto.coreml.decompress_weights(model), weight_threshold=100
        ).items()
        if found.val.shape == (OUTPUTS, INPUTS)
    ]
    return model, np.eye(INPUTS, dtype=np.float16), weight.T


def _model(target: str) -> Any:
    weight = np.random.default_rng(7).normal(size=(OUTPUTS, INPUTS)).astype(np.float32)
    spec = mb.TensorSpec(shape=(INPUTS, INPUTS), dtype=ct.converters.mil.mil.types.fp16)

    @mb.program(input_specs=[spec], opset_version=getattr(ct.target, target))
    def program(x: Any) -> Any:
        return mb.linear(x=x, weight=weight.astype(np.float16), name="y")

    return ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, target),
        skip_model_load=True,
    )
