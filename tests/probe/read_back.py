"""Read the sentences of a verdict back and hold each against the numbers of the diagnosis: what is said but not true.

Written from the sentences, not from the code that makes them: patterns in, numbers out, compared with evidence, axes,
pairs and carried matrices as they stand in the object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from polygenesis.probe import Diagnosis, Missing, Origin
from polygenesis.stats import Estimate

PERCENT = r"([0-9.]+) %"
NUMBER = r"([0-9.e+-]*[0-9])"
AMOUNT = r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"
LISTED = rf"{AMOUNT}(?:(?:, | and ){AMOUNT})*"

WORDS = {
    "COMPATIBLE": "compatible with chance",
    "INCIDENTAL": "incidental",
    "NOTHING_SHARED": "nothing is shared",
    "PARTLY_STRUCTURED": "partly structured",
    "STRUCTURED": "structured",
    "UNDECIDED": "undecided",
}
"""What is said of each verdict at other thresholds."""


def untrue(found: Diagnosis) -> list[str]:
    """Return what the verdict says that its own numbers do not bear out; nothing where all is true."""
    return [each for rule in RULES for each in rule(found, found.verdict.sentence)]


def p_values(found: Diagnosis) -> dict[str, float]:
    tests = ("recurrence over seeds", "related starts")
    return {each.test: each.p_value for each in found.evidence if each.test in tests and each.p_value is not None}


def deciding(found: Diagnosis) -> dict[str, float]:
    """The p-values that may decide: related starts only where ten pairs share or more."""
    shared = int(sum(sum(each.counts) for each in found.pairs))
    return {test: p for test, p in p_values(found).items() if test != "related starts" or shared >= 10}


def structured_words(found: Diagnosis, said: str) -> Iterator[str]:
    claim = re.search(rf"at least {PERCENT} of the co-selections come back with every seed", said)
    if claim is None:
        return
    share = found.structured
    if not isinstance(share, Estimate):
        yield "a structured share is said, but there is none"
        return
    if float(claim[1]) > 100 * share.lower + 1e-9:
        yield f"at least {claim[1]} % is said, but the lower end is {share.lower}"
    if share.lower <= 0 or min(deciding(found).values()) > 0.01:
        yield "structure is said without a decisive test or a lower end above 0"
    rest = re.search(rf"\(estimate {PERCENT}, at most {PERCENT}\)", said)
    if rest is None or abs(float(rest[1]) - 100 * share.value) > 0.051 * 100 * share.value + 0.005:
        yield f"the estimate is {share.value}, but {rest} is said"
    elif float(rest[2]) < 100 * share.upper - 1e-9:
        yield f"at most {rest[2]} % is said, but the upper end is {share.upper}"
    size = "A small part" if share.value < 0.05 else "Partly" if share.value < 0.5 else "Structured"
    if not said.startswith(size):
        yield f"{size} is not said, but the estimate is {share.value}"


def no_structure_words(found: Diagnosis, said: str) -> Iterator[str]:
    claim = re.search(rf"[Nn]o test of pairs is decisive \(smallest p ([=>]) {NUMBER}\)", said)
    if claim is not None:
        least = min(deciding(found).values(), default=1.0)
        near = least > 0.99 if claim[1] == ">" else abs(float(claim[2]) - least) <= 0.051 * least
        if least <= 0.01 or not near:
            yield f"smallest p {claim[1]} {claim[2]} is said, but it is {least}"
    if said.startswith("Incidental"):
        if any(p <= 0.01 for p in deciding(found).values()):
            yield "incidental beside a decisive p"
        if any(each.q <= 0.05 for each in found.pairs):
            yield "incidental beside a pair that stands out"
        if isinstance(found.structured, Missing) or found.structured.lower > 0:
            yield "incidental beside a structured share above 0"
        excluded = [float(each) for each in re.findall(rf"(?:share of|at most) {PERCENT} (?:would|of)", said)]
        if not excluded or min(excluded) > 25.0000001:
            yield f"incidental, but what is excluded is {excluded}"


def bound_words(found: Diagnosis, said: str) -> Iterator[str]:
    limit, upper = found.axes.limit, getattr(found.structured, "upper", 1.0)
    would = re.search(rf"a structured share of {PERCENT} would have been found", said)
    if would is not None and (limit is None or float(would[1]) < 100 * limit.share - 1e-9):
        yield f"{would[1]} % would have been found is said, the limit is {limit}"
    most = re.search(rf"at most {PERCENT} of the co-selections(?: come back|\))", said)
    if most is not None and float(most[1]) < 100 * upper - 1e-9:
        yield f"at most {most[1]} % is said, the upper end is {upper}"
    missed = re.search(rf"a structured share of up to {PERCENT} could have been missed", said)
    known = min([upper, *([limit.share] if limit else [])])
    if missed is not None and float(missed[1]) < 100 * min(known, 1) - 1e-9:
        yield f"up to {missed[1]} % is said, but {known} could have been missed"


def forced_words(found: Diagnosis, said: str) -> Iterator[str]:
    some = re.search(rf"Some sharing is forced: .* at least {PERCENT} of the excess", said)
    none = "Counting forces none" in said
    live = [(int(each.any(axis=1).sum()), int(each.any(axis=0).sum())) for each in found.carried]
    if found.verdict.origin in (Origin.NOTHING_SHARED, Origin.UNDECIDED):
        return
    if some is None and not none:
        yield "nothing is said of what was forced"
    selected = re.search(
        r"(?:([0-9,]+)(?: to ([0-9,]+))? of ([0-9,]+) features?|all ([0-9,]+) features) (?:is|are)", said
    )
    if selected is not None:
        low, high, every, whole = (int((each or "0").replace(",", "")) for each in selected.groups())
        told = (whole, whole, whole) if whole else (low, high or low, every)
        counts = [n for n, _ in live]
        if told != (min(counts), max(counts), len(found.names)):
            yield f"{told} features are said to be selected, {counts} of {len(found.names)} are"
    account = next(each.result for each in found.evidence if each.test == "accounting")
    needed = sum(max(0, n - m) for n, m in zip(account.features, account.neurons, strict=True))
    excess = sum(int(np.maximum(each.sum(axis=0) - 1, 0).sum()) for each in found.carried)
    if [n for n, _ in live] != list(account.features):
        yield f"live features are {live}, the account has {account.features}"
    if none and needed:
        yield f"nothing was forced is said, but {needed} were"
    mean = re.search(rf"at least {NUMBER} \(mean of the runs\) of the features", said)
    if mean is not None and float(mean[1].replace(",", "")) > account.homeless / len(live) + 1e-9:
        yield f"{mean[1]} features a run without a neuron are said, {account.homeless} in {len(live)} runs are"
    if some is not None and (not needed or float(some[1]) > 100 * needed / max(1, account.excess) + 1e-9):
        yield f"{some[1]} % forced is said, but {needed} of {excess}"
    if "not forced" in said:
        yield "sharing is said not to be forced, which counting cannot show"


def baseline_words(found: Diagnosis, said: str) -> Iterator[str]:
    """What the untrained networks share has bounds that are true of its interval."""
    before = next((each for each in found.evidence if each.test == "untrained baseline"), None)
    if before is None or before.result.structured is None:
        return
    share = before.result.structured
    least, most = (re.search(rf"at {each} {PERCENT}", before.sentence) for each in ("least", "most"))
    if most is None or float(most[1]) < 100 * share.upper - 1e-9:
        yield f"{before.sentence} is said, the upper end is {share.upper}"
    if least is not None and float(least[1]) > 100 * share.lower + 1e-9:
        yield f"{before.sentence} is said, the lower end is {share.lower}"
    if (before.result.p_value > 0.05) != ("are not found to share the same pairs" in before.sentence):
        yield f"{before.sentence} is said beside p = {before.result.p_value}"


def pair_words(found: Diagnosis, said: str) -> Iterator[str]:
    kin = [each for each in found.pairs if each.kin]
    out = re.search(r"([0-9,]+) of ([0-9,]+) pairs? that shares? stands? out: ", said)
    counts = None if out is None else [int(each.replace(",", "")) for each in out.groups()]
    if counts is not None and counts != [len(kin), len(found.pairs)]:
        yield f"{counts} pairs stand out is said, {len(kin)} of {len(found.pairs)} are kin"
    if out is None and "stand out" not in said and "stands out" not in said and kin:
        yield "kin pairs, but none is named"
    if "No single pair of features stands out" in said and kin:
        yield "no single pair is said, but there are kin"
    pattern = rf"[:,] ([^:,()]+) \+ ([^,()]+) \((\d+) neurons?, {NUMBER} by chance(?:; in ([^)]+))?\)"
    named = re.findall(pattern, said)
    if len(named) != min(5, len(kin)) and found.verdict.origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED):
        yield f"{len(named)} pairs are named of {len(kin)}"
    for first, second, count, chance, signs in named:
        against = against_by_hand(found, first, second)
        told = re.match(r"(it|all of them|[0-9,]+ of them) (?:one raises|the signs)", signs)
        number = 0 if told is None else int(count) if told[1][0] in "ia" else int(told[1].split()[0].replace(",", ""))
        if number != (against if 2 * against > int(count) else 0):
            yield f"{first} + {second} are opposed in {number} of {count} is said, in {against} they are"
        row = next((each for each in kin if (each.first, each.second) == (first, second)), None)
        if row is None or row.observed != int(count) or abs(row.expected - float(chance)) > 0.06 * row.expected:
            yield f"{first} + {second} with {count} and {chance} is said, the row is {row}"
    if found.verdict.origin in (Origin.COMPATIBLE, Origin.INCIDENTAL, Origin.NOTHING_SHARED) and kin:
        yield "kin pairs beside a verdict without structure"


def signs_of(found: Diagnosis) -> list[np.ndarray]:
    """What each neuron carries with its sign, (n, m) a run, from the table of neurons and not from the pairs."""
    index = {name: i for i, name in enumerate(found.names)}
    signs = [np.zeros((found.carried.shape[1], found.carried.shape[2]), dtype=int) for _ in found.carried]
    for each in found.shared:
        if each.mark != "inseparable":
            for name, sign in zip(each.features, each.signs, strict=True):
                signs[each.run][index[name], each.neuron] = sign
    return signs


def against_by_hand(found: Diagnosis, first: str, second: str) -> int:
    """Neurons that one of the two raises and the other lowers."""
    i, j = found.names.index(first), found.names.index(second)
    return sum(int((each[i] * each[j] < 0).sum()) for each in signs_of(found))


def sign_words(found: Diagnosis, said: str) -> Iterator[str]:
    """How many shared neurons two features raise, and how many co-selections are of opposite signs."""
    pattern = r"(At least two|No two) features raise (.+?); in ([0-9,]+) of ([0-9,]+) co-selections? one feature raises"
    claim = re.search(pattern, said)
    if (claim is None) and "raise" in said and "one raises" not in said:
        yield "raising is said in other words"
    signs = signs_of(found)
    for each in found.pairs:
        if each.opposed is not None and each.opposed != against_by_hand(found, each.first, each.second):
            yield f"{each} is not opposed in {each.opposed} neurons"
    if claim is None:
        return
    numbers = [int(each.replace(",", "")) for each in re.findall("[0-9,]+", claim[2])]
    carried = [(each != 0).sum(axis=0) for each in signs]
    true = [sum(int(((each > 0).sum(axis=0) >= 2).sum()) for each in signs), sum(int((c >= 2).sum()) for c in carried)]
    told = [*([0] if claim[1] == "No two" else []), *(numbers or [1])]
    if told != true:
        yield f"{told} neurons that two features raise are said, {true} are"
    against = sum((int((each > 0).sum(axis=0) @ (each < 0).sum(axis=0)) for each in signs), 0)
    every = sum(int((c * (c - 1) // 2).sum()) for c in carried)
    if [int(claim[at].replace(",", "")) for at in (3, 4)] != [against, every]:
        yield f"{claim[3]} of {claim[4]} co-selections are opposed is said, {against} of {every} are"


def recurrence_words(found: Diagnosis, said: str) -> Iterator[str]:
    again = next((each for each in found.evidence if each.test == "recurrence over seeds"), None)
    if again is None:
        return
    expected = float(re.findall(rf"{NUMBER} expected", again.sentence.replace(",", ""))[0])
    more = re.search(rf"come back {PERCENT} more often", again.sentence)
    if more is not None and abs(float(more[1]) / 100 - (again.effect - 1)) > 0.06 * (again.effect - 1):
        yield f"{more[1]} % more often is said, but observed over expected is {again.effect}"
    if "more often" in again.sentence and again.statistic < 0.99 * expected:
        yield f"more often is said of {again.statistic}, {expected} expected"
    if again.statistic == 0 and "The same pairs come back" in again.sentence:
        yield "the same pairs come back is said, but none did"
    if again.p_value is not None and again.p_value <= 0.01 and ("do not come back" in said + again.sentence):
        yield "pairs are said not to come back beside a decisive p"
    observed = any(sum(count > 0 for count in each.counts) >= 2 for each in found.pairs)
    if (again.statistic == 0) == observed:
        yield "the statistic and the pairs disagree"


def run_words(found: Diagnosis, said: str) -> Iterator[str]:
    runs = len(found.carried)
    if runs < 3 and found.verdict.origin not in (Origin.COMPATIBLE, Origin.NOTHING_SHARED, Origin.UNDECIDED):
        yield f"{found.verdict.origin.name} from {runs} runs"
    if (runs == 1) != said.startswith("One network") and found.verdict.origin is Origin.COMPATIBLE:
        yield "one network or not"
    if re.match(r"(Incidental|Structured|Partly|A small part)", said) and runs < 3:
        yield "a word that needs three seeds"


def loss_words(found: Diagnosis, said: str) -> Iterator[str]:
    claim = re.search(r"The loss prefers the sharing in (\d+) of (\d+) neurons?", said)
    preferred = found.preferred
    judged = found.verdict.origin not in (Origin.NOTHING_SHARED, Origin.UNDECIDED)
    if judged and (claim is None) == isinstance(preferred, Estimate):
        yield "the preferred share is known but not said, or said but not known"
    if claim is not None and isinstance(preferred, Estimate):
        hits = sum(each.preference.name == "PREFERRED" for _, each in found.splits)
        decided = sum(each.preference.name != "UNDECIDED" for _, each in found.splits)
        if (int(claim[1]), int(claim[2])) != (hits, decided):
            yield f"{claim[1]} of {claim[2]} is said, {hits} of {decided} were"
        split = [(run, each.neuron) for run, each in found.splits]
        if f"{claim[2]} neuron split" not in said and len(set(split)) < len(split):
            yield f"{claim[2]} neurons are said to be parted, but {sorted(set(split))} were"


def threshold_words(found: Diagnosis, said: str) -> Iterator[str]:
    rows = [row for row in found.sensitivity if "verdict" in row]
    names = {row["verdict"] for row in rows}
    if "the same at every threshold" in said and names != {found.verdict.origin.name}:
        yield f"the same at every threshold is said, but {names}"
    held = re.search(rf"The verdict holds (?:for thresholds from ({AMOUNT}) to ({AMOUNT})|at ({LISTED}));(.*)\.", said)
    if held is None:
        return
    at = [float(each) for each in re.findall(AMOUNT, held[3] or "")] or [float(held[1]), float(held[2])]
    own = [row for row in rows if near(row["threshold"], at) or (held[1] and at[0] < row["threshold"] < at[1])]
    if own != [row for row in rows if row["verdict"] == found.verdict.origin.name]:
        yield f"the verdict is said to hold {held[0]}, but the rows are {rows}"
    told = {float(each): words for words, listed in re.findall(rf"([a-z][a-z ]+?) at ({LISTED})", held[4])
            for each in re.findall(AMOUNT, listed)}  # fmt: skip
    for row in rows:
        if row in own:
            continue
        words = next((told[each] for each in told if near(row["threshold"], [each])), "")
        least = min(row.get(f"{test}, p", 1) for test in ("recurrence", "related starts"))
        undecided = row["verdict"] == "COMPATIBLE" and least <= 0.01
        if re.sub("^(it is|and) ", "", words.strip()) != ("not decided" if undecided else WORDS[row["verdict"]]):
            yield f"{words!r} is said at {row['threshold']}, the row is {row}"
    if len(told) != len(rows) - len(own):
        yield f"{told} is said beside the verdict of {own}, the rows are {rows}"


def near(threshold: float, several: list[float]) -> bool:
    """Whether a threshold is one of several, which are written with six digits."""
    return any(abs(threshold - each) <= 1e-5 * abs(threshold) for each in several)


def seeds_words(found: Diagnosis, said: str) -> Iterator[str]:
    """More seeds are more than there are, and nothing is said to change that did not."""
    more = re.search(r"About ([0-9]+) seeds would settle it", said)
    if more is not None and int(more[1]) <= len(found.carried):
        yield f"about {more[1]} seeds would settle it, but there are {len(found.carried)}"
    if "changes with the seed" in said and all(len(set(each.counts)) == 1 for each in found.pairs):
        yield "which features share is said to change with the seed, but every run has the same"


def caution_words(found: Diagnosis, said: str) -> Iterator[str]:
    least = min(deciding(found).values(), default=1.0)
    for each in found.verdict.cautions:
        if "hardly reach p ≤ .01" in each and least <= 0.01:
            yield f"p ≤ .01 is said to be out of reach beside p = {least}"


def within_words(found: Diagnosis, said: str) -> Iterator[str]:
    """The excess within one run is that of its evidence, and the pairs that the caution names stand out."""
    again = next((each for each in found.evidence if each.test == "recurrence within the run"), None)
    cautions = [each for each in found.verdict.cautions if each.startswith("Within this run")]
    if again is None or not cautions:
        if cautions or (again is not None and again.finding and found.verdict.origin is Origin.COMPATIBLE):
            yield f"within the run {again} is beside {cautions}"
        return
    more = re.search(rf"{PERCENT} more often", cautions[0])
    times = re.search(rf"{NUMBER} times as often", cautions[0])
    told = 1 + float(more[1]) / 100 if more else float(times[1]) if times else again.effect
    if abs(told - again.effect) > 0.06 * (again.effect - (1 if more else 0)):
        yield f"{told} times chance is said, {again.effect} was found"
    out = [each for each in found.pairs if each.q <= 0.05]
    number = re.search(r"([0-9,]+) pairs? stands? out, ", cautions[0])
    if (0 if number is None else int(number[1].replace(",", ""))) != len(out):
        yield f"{cautions[0]!r} is said, {len(out)} pairs stand out"
    for first, second, count in re.findall(r"[:,] ([^:,()]+) \+ ([^,()]+) \((\d+) neurons?, ", cautions[0]):
        if (first, second, int(count)) not in {(each.first, each.second, each.observed) for each in out}:
            yield f"{first} + {second} with {count} is said to stand out"


def number_words(found: Diagnosis, said: str) -> Iterator[str]:
    """One thing has a singular, in the verdict, its cautions, the evidence and the gaps."""
    texts = (said, *found.verdict.cautions, *(each.sentence for each in found.evidence), *map(str, found.missing))
    for each in texts:
        for wrong in re.findall(r"(?<![0-9.,])1 (?:live |shared |sharing )?(?:features|neurons|pairs|runs)\b", each):
            yield f"{wrong!r} is said in {each!r}"


RULES = (
    baseline_words, structured_words, sign_words, no_structure_words, bound_words, forced_words, pair_words,
    recurrence_words, run_words, loss_words, threshold_words, seeds_words, caution_words, within_words, number_words,
)  # fmt: skip
