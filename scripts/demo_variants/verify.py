"""Runs the written files and says how far each is from the float net it was made of."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from scripts.demo_variants.data import Pairs, normalise

Floats = NDArray[np.float32]

GOLDEN_ITEMS = 8
MIN_SNR_DB = 10.0
MIN_GOLDEN_SNR_DB = 20.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant on the whole eval set, next to its float net in torch."""

    correct: int
    agreeing: int
    items: int
    snr_db: float
    golden_snr_db: float
    is_golden_decided_alike: bool

    @property
    def top1(self) -> float:
        """Share of items whose largest logit is the label's."""
        return self.correct / self.items

    @property
    def agreement(self) -> float:
        """Share of items that the float net decides in the same way."""
        return self.agreeing / self.items

    def fault(self) -> str:
        """Return why the variant must not be shipped; empty when it may be."""
        if self.snr_db < MIN_SNR_DB:
            return f"SNR {self.snr_db:.1f} dB is below {MIN_SNR_DB:.0f} dB"
        if self.golden_snr_db < MIN_GOLDEN_SNR_DB or not self.is_golden_decided_alike:
            return "the golden check would call it broken"
        return ""


def measure(path: Path, items: Pairs, reference: Floats) -> Measured:
    """Run the variant on all items; `reference` is the float net's logits [n, classes]."""
    logits = _infer(path, normalise(items.pixels).numpy())
    choice, reference_choice = logits.argmax(axis=1), reference.argmax(axis=1)
    golden = slice(GOLDEN_ITEMS)
    return Measured(
        correct=int((choice == items.labels.numpy()).sum()),
        agreeing=int((choice == reference_choice).sum()),
        items=len(choice),
        snr_db=_snr_db(reference, logits),
        golden_snr_db=_snr_db(reference[golden], logits[golden]),
        is_golden_decided_alike=bool((choice[golden] == reference_choice[golden]).all()),
    )


def _infer(path: Path, values: Floats) -> Floats:
    """Return the logits [n, classes] of normalised items, one inference each, on one thread."""
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for item in _quantised(values, source["quantization"]):
        interpreter.set_tensor(source["index"], item[np.newaxis])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(target["index"])[0])
    return _dequantised(np.stack(rows), target["quantization"])


def _quantised(values: Floats, scheme: tuple[float, int]) -> NDArray[np.generic]:
    """Return what the input tensor takes: int8 for a full-integer file, else unchanged."""
    scale, zero_point = scheme
    if not scale:
        return values
    steps: Floats = np.rint(values / np.float32(scale)) + np.float32(zero_point)
    return steps.clip(-128, 127).astype(np.int8)


def _dequantised(raw: NDArray[np.generic], scheme: tuple[float, int]) -> Floats:
    scale, zero_point = scheme
    floats = raw.astype(np.float32)
    return (floats - np.float32(zero_point)) * np.float32(scale) if scale else floats


def _snr_db(reference: Floats, values: Floats) -> float:
    """Return the power of the reference over the power of the difference."""
    error = float(np.square(values - reference, dtype=np.float64).sum())
    signal = float(np.square(reference, dtype=np.float64).sum())
    return 10 * math.log10(signal / error) if error else math.inf
