"""A diagnosis on a terminal: the answer on the first screen, 80 columns, no word broken, options that exist."""

from __future__ import annotations

import inspect
import re

import diagnoses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygenesis.cli.diagnose import diagnose as command
from polygenesis.html import visible
from polygenesis.probe import diagnose
from polygenesis.probe.show.columns import fitted, fitted_pair, line, table, width, wrapped
from polygenesis.probe.show.next_steps import OPTIONS, next_steps
from polygenesis.probe.show.text import text
from polygenesis.probe.show.wording import axis, number, record, share
from polygenesis.stats import Estimate

KINDS = [pytest.param(made, id=name) for name, made in diagnoses.KINDS.items()]
NAMES = st.text(alphabet=st.one_of(st.characters(), st.sampled_from(" 海\u0301\x1b")), max_size=60)


def words(text: str) -> list[str]:
    return line(text).split()


def screen(found, **options) -> str:
    return "\n".join(text(found, **options).split("\n")[:24])


@pytest.mark.parametrize("made", KINDS)
@pytest.mark.parametrize("on_command_line", [False, True])
def test_every_line_fits_and_holds_nothing_that_steers_a_terminal(made, on_command_line):
    shown = text(made(), command=on_command_line)
    assert max(map(width, shown.split("\n"))) <= 80
    assert visible(shown) == shown
    assert not re.search(r"[ \t]$", shown, flags=re.MULTILINE)


@pytest.mark.parametrize("made", KINDS)
def test_the_first_screen_is_the_answer(made):
    found = made()
    shown = screen(found)
    assert words(shown)[:4] == words(found.reading or found.verdict.sentence)[:4]
    assert line(found.verdict.sentence)[:40] in line(shown)
    places = [shown.index(f"\n  {name} ") for name in ("forced", "structured", "preferred")]
    assert places == sorted(places)
    for name in ("forced", "structured", "preferred"):
        assert axis(found, name)[0] in shown or "no answer" in shown
    steps = list(next_steps(found, command=False))
    assert ("what to do next" in shown) == bool(steps)
    if steps:
        assert words(steps[0])[:5] == words(shown[shown.index("what to do next") :])[4:9]


@pytest.mark.parametrize("name", ["structured", "partly", "incidental", "compatible", "weights"])
def test_the_first_screen_names_the_strongest_pairs_with_their_counts(name):
    found = diagnoses.KINDS[name]()
    rows = re.findall(r"^[* ] (.+?) \+ (.+?)  +((?:\d+ )+) +(\d+) +(\S+) +(\S+)$", screen(found), flags=re.MULTILINE)
    assert len(rows) >= 2
    for row, pair in zip(rows, found.pairs, strict=False):
        assert (row[0], row[1]) == (pair.first, pair.second)
        assert tuple(map(int, row[2].split())) == pair.counts
        assert int(row[3]) == pair.observed == sum(pair.counts)
        assert float(row[4]) == pytest.approx(pair.expected, rel=0.01)
    starred = [line for line in screen(found).split("\n") if line.startswith("* ")]
    assert len(starred) == sum(each.kin for each in found.pairs[: len(rows)])


def test_one_network_sees_its_neurons_and_how_many_seeds_to_bring():
    found = diagnoses.one_network()
    shown = screen(found, command=True)
    assert "Bring 2 to 4 more seeds of this network (--run FILE, once for each)" in " ".join(words(shown))
    assert "Bring 2 to 4 more seeds of this network (argument `runs`)" in " ".join(words(screen(found)))
    for each in found.shared:
        (row,) = [line for line in shown.split("\n") if line.split()[:1] == [str(each.neuron)]]
        assert all(name in row for name in each.features[:2])
    assert "There are neurons enough" in shown


def test_where_nothing_is_shared_the_next_threshold_is_named():
    assert "at 0.85, 10 neurons are" in " ".join(words(screen(diagnoses.nothing_shared())))


@pytest.mark.parametrize("name", [name for name in diagnoses.KINDS if name != "hostile"])
def test_no_word_of_a_sentence_is_broken_or_lost(name):
    found = diagnoses.KINDS[name]()
    shown = " ".join(words(text(found)))
    gaps = [each.reason for each in found.missing]
    for sentence in (found.verdict.sentence, *found.verdict.cautions, *found.notes, *found.advice(), *gaps):
        assert line(sentence).rstrip(".") in shown
    for each in found.evidence:
        assert line(each.sentence) in shown


def test_a_verdict_that_is_cut_stands_in_full_below():
    found = diagnoses.hostile()
    shown = text(found)
    assert " …\n" in shown.split("activations:")[0]
    full = shown[shown.index("the verdict in full") :]
    assert [each for each in words(found.verdict.sentence) if width(each) < 70] == [
        each for each in words(full[19 : full.index("to keep in mind")]) if width(each) < 70
    ]


def test_sections_come_in_their_order():
    shown = text(diagnoses.partly())
    titles = ["pair (*", "what to do next", "to keep in mind", "who shares with whom", "shared neurons", "evidence",
              "what was not possible", "how the answer moves", "what can be undone", "replay"]  # fmt: skip
    places = [shown.index(f"\n{each}") for each in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("made", KINDS)
def test_the_command_names_options_that_it_has_and_no_python_arguments(made):
    shown = text(made(), command=True)
    options = {f"--{name}" for name in inspect.signature(command).parameters}
    assert set(re.findall(r"(?<!\S)\(?(--[a-z]+)", shown)) <= options
    assert "argument `" not in shown
    assert "to_dataframe" not in shown


@pytest.mark.parametrize("made", KINDS)
def test_python_names_arguments_and_no_options(made):
    assert not re.search(r"(?<!\S)\(?--[a-z]", text(made()))


def test_options_stand_for_arguments_of_the_same_meaning():
    assert set(OPTIONS) <= set(inspect.signature(diagnose).parameters)
    options = {f"--{name}" for name in inspect.signature(command).parameters} | {"LABELS"}
    assert set(OPTIONS.values()) <= options


def test_the_penalty_is_an_option_for_weights_only():
    found = diagnoses.weights()
    weights = diagnoses.Diagnosis(**{**vars(found), "missing": (diagnoses.LOSS,)})
    assert "(--penalty)" in text(weights, command=True)
    assert "--penalty" not in text(diagnoses.partly(), command=True)
    assert "from Python only" in text(diagnoses.partly(), command=True)


def test_every_run_lists_its_neurons():
    found = diagnoses.partly()
    shown = text(found)
    for run in range(5):
        part = shown[shown.index(f"\n  run {run}\n") :]
        first = next(each for each in found.shared if each.run == run)
        assert part.split("\n")[2].split()[:2] == [str(first.neuron), first.mark]


def test_many_runs_are_counted_instead_of_listed():
    found = diagnoses.made(runs=16, planted=((0, 1),), **KNOWN)
    assert "in 16 of 16" in screen(found)
    assert max(map(width, text(found).split("\n"))) <= 80


KNOWN = {
    "forced": diagnoses.LOSS, "structured": diagnoses.LOSS, "preferred": diagnoses.LOSS,
    "verdict": diagnoses.Verdict(diagnoses.Origin.COMPATIBLE, ("Compatible.",)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate(0.19, 0.08, 0.3, 0.95, "t", 5), ("19 %", "8 to 30 %")),
        (Estimate(0.31, 0.31, 1.0, 1.0, "bound", 5), ("≥ 31 %", "")),
        (Estimate(0.0, 0.0, 0.0, 1.0, "exact", 5), ("0 %", "")),
        (Estimate(0.0, 0.0, 1.0, 1.0, "bound", 5), ("none", "by counting")),
        (Estimate(0.997, 0.004, 1.0, 0.95, "t", 5), ("99.7 %", "0.4 to 100 %")),
        (Estimate(0.5, float("nan"), float("nan"), 0.95, "t", 1), ("50 %", "")),
    ],
)
def test_an_axis_is_a_share_with_its_interval_or_a_bound(estimate, said):
    assert axis(diagnoses.made(**{**KNOWN, "structured": estimate}), "structured") == said


def test_an_axis_without_an_answer_says_why():
    assert axis(diagnoses.partly(), "preferred") == ("–", "the loss is not known")


@given(st.floats(0, 1))
def test_a_share_never_says_nothing_or_all_where_it_is_not(value):
    said = share(value)
    assert (said == "0 %") == (value == 0)
    assert (said == "100 %") == (value == 1)
    percent = float(said.strip("<> %"))
    assert abs(percent - 100 * value) <= 0.5 + 1e-9


def test_numbers_are_short_and_origins_are_words():
    values = (None, float("nan"), 0.00012, 12345.6, True, "a", "PARTLY_STRUCTURED")
    assert [number(each) for each in values] == ["", "", "0.00012", "12,346", "yes", "a", "partly structured"]


def test_a_record_is_flat_and_repeats_nothing():
    found = diagnoses.made(
        **KNOWN, record={"inputs": {"labels": ["ab"] * 5, "runs": ["a", "b"]}, "given": "", "n": None}
    )
    assert list(record(found)) == [("inputs.labels", "ab (5 times)"), ("inputs.runs", "a, b"), ("n", "None")]


# Columns


@given(NAMES, st.integers(1, 30))
def test_a_text_fits_and_is_whole_where_it_can_be(name, most):
    shown = fitted(name, most)
    assert width(shown) <= most
    assert shown == line(name) if width(line(name)) <= most else shown.endswith("…")


@given(NAMES, NAMES, st.integers(9, 60))
def test_two_names_fit_together(first, second, most):
    shown = fitted_pair(first, second, most)
    assert width(shown) <= most
    if width(line(first)) + width(line(second)) + 3 <= most:
        assert shown == f"{line(first)} + {line(second)}"


@given(st.lists(st.text(alphabet="ab海,", min_size=1, max_size=12), min_size=1, max_size=20), st.integers(30, 80))
def test_wrapping_keeps_words_and_width(given_words, most):
    lines = wrapped(" ".join(given_words), first="  x: ", then="    ", most=most)
    assert max(map(width, lines)) <= most
    assert " ".join(lines).split() == ["x:", *given_words]


def test_a_table_stands_in_columns_or_becomes_sentences():
    rows = [["0.6", "64"], ["0.75", "4"]]
    assert table(["threshold", "observed/expected"], rows, right={0, 1}) == [
        "  threshold  observed/", "              expected", "        0.6         64", "       0.75          4",
    ]  # fmt: skip
    said = [["0.6", "partly structured"]]
    assert table(["threshold", "verdict"], said, right={0}, most=24) == [
        "  threshold  verdict", "        0.6  partly", "             structured",
    ]  # fmt: skip
    assert table(["threshold", "shared"], rows, most=16) == [
        "  threshold 0.6,", "    shared 64", "  threshold", "    0.75, shared", "    4",
    ]  # fmt: skip
