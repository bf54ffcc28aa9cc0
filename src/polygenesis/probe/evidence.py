"""Evidence: what each test found, and what could not be asked."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """One test: its statistic, the null it stands against, the p-value, the effect, and the sentence.

    ``null`` is the statistic's expectation under the null, in words; ``p_value`` and ``effect`` are None where
    the test is bookkeeping. ``finding`` says whether it found what it looks for.
    """

    test: str
    statistic: float
    null: str
    p_value: float | None
    effect: float | None
    sentence: str
    finding: bool | None = None


@dataclass(frozen=True)
class Missing:
    """A test that the given evidence does not allow: why not, and what to supply."""

    test: str
    reason: str
    supply: str


class Origin(enum.Enum):
    """Why features share neurons, as far as the evidence goes. The value is the sentence shown to a reader."""

    NOTHING_SHARED = "No neuron carries two features."
    UNDECIDED = "The network does not meet the preconditions, so its sharing cannot be judged."
    COMPATIBLE_WITH_INCIDENTAL = (
        "Compatible with incidental: nothing here speaks against chance, but recurrence over seeds could not be judged."
    )
    RECURS_WITHIN_RUN = (
        "Recurs within the run: the same pairs share again and again, so they are tied in this network; whether by an "
        "accident of its data or start, or with every seed, one run cannot tell."
    )
    INCIDENTAL = "Incidental: the sharing was not forced, and the same pairs do not come back with other seeds."
    NECESSARY = "Necessary: most of the sharing is forced, because there are more live features than neurons."
    STRUCTURED = "Structured: the same pairs come back; whether by task or by input, the loss was not there to say."
    STRUCTURED_BY_TASK = "Structured by task: the same pairs come back, and the loss prefers them together."
    STRUCTURED_BY_INPUT = (
        "Structured by input: the same pairs come back though the loss is indifferent, so they start related."
    )


@dataclass(frozen=True)
class Verdict:
    """The origin of the sharing with its mix: forced, structured (at least), and the rest; shares of the excess.

    ``rests_on``: the tests that decided; ``cautions``: what weakens it.
    """

    origin: Origin
    forced: float
    structured: float
    rests_on: tuple[str, ...]
    cautions: tuple[str, ...] = ()

    @property
    def rest(self) -> float:
        """The share that is neither forced nor shown to be structured: chance, as far as the evidence goes."""
        return max(0.0, 1 - self.forced - self.structured)

    @property
    def sentence(self) -> str:
        """The verdict in words, with its mix."""
        if self.origin in (Origin.NOTHING_SHARED, Origin.UNDECIDED):
            return str(self.origin.value)
        mix = f"forced {self.forced:.0%}, structured at least {self.structured:.0%}, other {self.rest:.0%}"
        return f"{self.origin.value} Mix: {mix}."

    def __str__(self) -> str:
        return self.sentence


def judge(
    *,
    shared: int,
    forced: float,
    recurs: bool | None,
    structured: float = 0.0,
    prefers: bool | None = None,
    sound: bool = True,
    within: bool = False,
    rests_on: tuple[str, ...] = (),
    cautions: tuple[str, ...] = (),
) -> Verdict:
    """Decide the origin: recurrence first, then the loss, then the count that was forced, then chance.

    ``shared``: excess E over all runs; ``forced``: its necessary share; ``recurs``: whether the same pairs come
    back (None: not tested, or with no power to tell); ``prefers``: whether the loss prefers the recurring pairs
    (None: not tested); ``sound``: whether the preconditions hold; ``within``: whether pairs recur within one run, which
    is no verdict of structure.
    """
    structured = structured if recurs else 0.0
    return Verdict(
        _origin(shared, forced, recurs, prefers, sound, within),
        forced if shared else 0.0,
        min(structured, 1 - forced) if shared else 0.0,
        rests_on,
        cautions,
    )


def _origin(shared: int, forced: float, recurs: bool | None, prefers: bool | None, sound: bool, within: bool) -> Origin:
    if not sound:
        return Origin.UNDECIDED
    if not shared:
        return Origin.NOTHING_SHARED
    if recurs:
        if prefers is None:
            return Origin.STRUCTURED
        return Origin.STRUCTURED_BY_TASK if prefers else Origin.STRUCTURED_BY_INPUT
    if forced > 0.5:
        return Origin.NECESSARY
    if within:
        return Origin.RECURS_WITHIN_RUN
    return Origin.INCIDENTAL if recurs is False else Origin.COMPATIBLE_WITH_INCIDENTAL
