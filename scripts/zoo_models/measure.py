"""How far the outputs of a written file are from those of its float net."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.zoo_models.recipes import Recipe

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant on its eval set, next to the float net in torch."""

    items: int
    top1: float
    """Share of items whose largest logit is the label's."""
    agreement: float
    """Share of items that are decided as the float net does."""
    snr_db: float
    golden_snr_db: float
    golden_agreement: float

    def shortfall(self, recipe: Recipe) -> str:
        """Return in what the recipe's limits are not met; empty when they are."""
        if recipe.is_naive:
            return ""
        if not self.golden_snr_db >= recipe.min_snr_db:  # so that a NaN falls short too
            return f"SNR {self.golden_snr_db:.1f} dB is below {recipe.min_snr_db:.0f} dB"
        if self.golden_agreement < recipe.min_agreement:
            return f"only {self.golden_agreement:.0%} of the golden items are decided alike"
        return ""


def measure(outputs: Floats, reference: Floats, labels: Labels, golden: int) -> Measured:
    """Compare logits [n, classes]; the first `golden` items are the golden ones."""
    alike = outputs.argmax(axis=1) == reference.argmax(axis=1)
    return Measured(
        items=len(outputs),
        top1=float((outputs.argmax(axis=1) == labels).mean()),
        agreement=float(alike.mean()),
        snr_db=snr_db(reference, outputs),
        golden_snr_db=snr_db(reference[:golden], outputs[:golden]),
        golden_agreement=float(alike[:golden].mean()),
    )


def snr_db(reference: Floats, values: Floats) -> float:
    """Return the power of the reference over the power of the difference; NaN for NaN."""
    error = float(np.square(values - reference, dtype=np.float64).sum())
    signal = float(np.square(reference, dtype=np.float64).sum())
    if error == 0:
        return math.inf
    return 10 * math.log10(signal / error) if signal > 0 and error < math.inf else math.nan
