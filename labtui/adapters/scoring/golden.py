"""The golden check: outputs of a few items against those of the float model."""

import numpy as np

from labtui.adapters.scoring.arrays import Array
from labtui.core.accuracy import Golden

_SNR_LIMIT_DB = 200.0
"""Equal outputs have no finite SNR."""


def golden_check(outputs: Array, reference: Array) -> Golden:
    """Compare outputs [golden items, classes] with the reference of the same shape."""
    items = len(reference)
    agrees = int((outputs.argmax(axis=1) == reference.argmax(axis=1)).sum())
    if not np.isfinite(outputs).all():
        return Golden(items, None, agrees, None)
    values = outputs.astype(np.float64)
    return Golden(items, _snr_db(values, reference), agrees, _mean_cosine(values, reference))


def _snr_db(values: Array, reference: Array) -> float:
    """Return 10 log10(signal power / error power) over all golden items."""
    signal, error = float((reference**2).sum()), float(((values - reference) ** 2).sum())
    if error == 0 or signal == 0:
        return _SNR_LIMIT_DB if error == 0 else -_SNR_LIMIT_DB
    return float(np.clip(10 * np.log10(signal / error), -_SNR_LIMIT_DB, _SNR_LIMIT_DB))


def _mean_cosine(values: Array, reference: Array) -> float:
    """Return the mean over the items; an item of zeros is like nothing but another one."""
    products = (values * reference).sum(axis=1)
    norms = np.linalg.norm(values, axis=1) * np.linalg.norm(reference, axis=1)
    same = (values == reference).all(axis=1)
    cosines = np.where(norms > 0, products / np.where(norms > 0, norms, 1.0), same)
    return float(np.clip(cosines, -1.0, 1.0).mean())
