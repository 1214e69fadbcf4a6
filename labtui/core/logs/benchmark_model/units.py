"""Which unit a delegate stands for, and which one a run asked for."""

from collections.abc import Iterable, Mapping

_UNITS = {
    "XNNPACK": "cpu",
    "YNNPACK": "cpu",
    "GPU": "gpu",
    "LITERT_CL": "gpu",
    "NNAPI": "nnapi",
    "CoreML": "coreml",
    "Hexagon": "npu",
    "Dispatch": "npu",
    "EdgeTpu": "npu",
}
"""NNAPI and Core ML choose a unit themselves: what they do not tell is not guessed."""
_ACCELERATORS = (("gpu", "gpu"), ("dsp", "npu"), ("npu", "npu"), ("tpu", "npu"), ("htp", "npu"))
"""Words in the names of NNAPI's accelerators."""
_BEFORE_CPU = ("npu", "gpu")
"""Units of LiteRT: the CPU is asked for together with another as what catches the rest."""
_FLAGS = {
    "use gpu": "GPU",
    "use nnapi": "NNAPI",
    "use hexagon": "Hexagon",
    "use coreml": "CoreML",
}


def unit_of(delegate: str, options: Mapping[str, str]) -> str:
    """Return `cpu`, `gpu`, `npu`; or the delegate's name in small letters if it may be any.

    `options` are the logged parameters, by their names in small letters.
    """
    unit = _UNITS.get(delegate, delegate.lower())
    if unit != "nnapi":
        return unit
    accelerator = options.get("nnapi accelerator name", "").lower()
    return next((unit for word, unit in _ACCELERATORS if word in accelerator), "nnapi")


def asked_unit(explicit: Iterable[str], others: Iterable[str], options: Mapping[str, str]) -> str:
    """Return the unit that a run asked for; empty when nothing tells.

    Flags come first, then delegates that were applied explicitly. Of the others, the engine
    applies only those of the CPU by itself.
    """
    flagged = [name for flag, name in _FLAGS.items() if options.get(flag) in ("1", "true")]
    others = list(others)
    never_by_default = [name for name in others if unit_of(name, options) != "cpu"]
    for name in (*flagged, *explicit, *never_by_default):
        return unit_of(name, options)
    listed = options.get("accelerators", "").lower().split(" | ")
    if named := next((unit for unit in _BEFORE_CPU if unit in listed), None):
        return named
    return "cpu" if options or others else ""
