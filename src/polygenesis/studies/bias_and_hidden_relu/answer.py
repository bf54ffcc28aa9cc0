"""What biases and other activations do to sharing, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, tally
from polygenesis.studies.bias_and_hidden_relu.arms import REFERENCE, SIGNLESS
from polygenesis.studies.bias_and_hidden_relu.claims import BIAS_KEEPS_THE_COUNT, NO_SHARING, roomy
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends
from polygenesis.studies.claim import Judgement
from polygenesis.studies.regimes import joined


def answers(found: Sequence[Ends], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    return sentences(
        sharing=sharing(roomy(found), retold(NO_SHARING, found, judgements)),
        bias=bias(retold(BIAS_KEEPS_THE_COUNT, found, judgements)),
    )


def sharing(found: Sequence[Ends], cases: Sequence[Told]) -> str:
    """Say how many polysemantic neurons there are at rest without signs to separate features, network by network."""
    parts = [f"{_many(name, found)} with {name}" for name in SIGNLESS if _at_rest(name, found)]
    if not parts or not measured(cases):
        return ""
    shared = sum(int(each.usable.sum()) for each in found if each.name in SIGNLESS)
    some = "is 1" if shared == 1 else f"are {shared or 'none'}"
    return (
        f"At rest and with m ≥ n the paper's network has {_many(REFERENCE, found)} polysemantic neurons. Where signs "
        f"cannot separate two features there {some}: {joined(parts)}; "
        f"that no neuron is polysemantic there is {tally(cases)}."
    )


def _at_rest(name: str, found: Sequence[Ends]) -> int:
    return sum(len(each.usable) for each in found if each.name == name)


def _many(name: str, found: Sequence[Ends]) -> str:
    count = sum(int(each.usable.sum()) for each in found if each.name == name)
    return f"{count:,} (in {_at_rest(name, found):,} replicates)"


def bias(cases: Sequence[Told]) -> str:
    """Say how an output bias changes the count, width by width."""
    known = measured(cases)
    if not known:
        return ""
    rooms, ratios = joined([f"{each.words['room']:g}n" for each in known]), joined([each.number for each in known])
    return (
        f"At m = {rooms} an output bias makes {ratios} times as many polysemantic neurons; that it leaves their number "
        f"as it is is {tally(cases)}."
    )
