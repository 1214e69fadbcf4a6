"""What is known of a variant's correctness on a device: counts, golden check, health."""

from dataclasses import dataclass
from enum import StrEnum

from labtui.core.accuracy.intervals import CONFIDENCE, Interval, wilson
from labtui.core.model import Digest

GOLDEN_MIN_SNR_DB = 10.0
"""Silently wrong engines lie between -4 and 1 dB. Coarse quantization that still predicts well goes
down to 13 dB (int8 calibrated on one item) and 19 dB (4-bit weights): what it costs is for the
accuracy to say."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Items scored so far, and how many of them were right."""

    items: int = 0
    top1: int = 0
    """Items whose label is the predicted class."""
    top5: int = 0
    """Items whose label is among the five highest outputs."""

    @property
    def share(self) -> float:
        """Top-1 accuracy of 1; 0 before the first item."""
        return self.top1 / self.items if self.items else 0.0

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Return the Wilson interval of the top-1 accuracy."""
        return wilson(self.top1, self.items, confidence)

    def interval5(self, confidence: float = CONFIDENCE) -> Interval:
        """Return the Wilson interval of the top-5 accuracy."""
        return wilson(self.top5, self.items, confidence)


@dataclass(frozen=True, slots=True)
class Golden:
    """Outputs of the golden items against those of the float model."""

    items: int
    snr_db: float | None
    """10 log10 of reference power / power of the difference, at most 200; None = not finite."""
    argmax_agrees: int
    """Items with the reference's predicted class."""
    cosine: float | None = None
    """Mean over the items of the cosine between output and reference; None = not finite."""

    @property
    def is_broken(self) -> bool:
        """Whether these are not the outputs of this model: wrong, whatever their speed."""
        is_far = self.snr_db is None or self.snr_db < GOLDEN_MIN_SNR_DB
        return is_far or 2 * self.argmax_agrees < self.items


class Health(StrEnum):
    """Whether a score can be believed; anything but OK makes a result red."""

    OK = "ok"
    NAN = "nan"
    """An output is not finite."""
    CONSTANT = "constant"
    """Every item has the same outputs."""
    UNLIKE_REFERENCE = "unlike_reference"
    """The golden check failed."""
    GUESSING = "guessing"
    """The accuracy cannot be told from that of a guess."""

    @property
    def is_red(self) -> bool:
        """Whether the result must not count, however fast it is."""
        return self is not Health.OK

    @property
    def sentence(self) -> str:
        """What is wrong, without a full stop."""
        return _SENTENCES[self]


_SENTENCES = {
    Health.OK: "The outputs are plausible",
    Health.NAN: "The outputs hold numbers that are not finite",
    Health.CONSTANT: "The outputs are the same for every item",
    Health.UNLIKE_REFERENCE: "The outputs are unlike those of the float model",
    Health.GUESSING: "The accuracy cannot be told from guessing",
}


@dataclass(frozen=True, slots=True)
class Score:
    """The accuracy of one variant on one device."""

    eval_set: Digest
    """`EvalSet.digest`: scores of the same digest are of the same items."""
    tally: Tally
    golden: Golden | None
    """None when the set has no reference outputs of the variant's model."""
    health: Health

    @property
    def is_red(self) -> bool:
        """Whether the outputs are garbage, whatever the latency."""
        return self.health.is_red
