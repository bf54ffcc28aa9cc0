"""No diagnosis runs what it shows: hostile names and sentences in every field."""

from __future__ import annotations

import dataclasses
import functools

import diagnoses

from hostile_texts import ALL, EVERY, TEXTS, tagged, texts
from polygenesis.html import shell
from polygenesis.probe.show.page import page as diagnosis_page


def hostile_diagnosis():
    """A diagnosis with the texts in every field, as its results, or a file that somebody made, could hold them."""
    say = [functools.partial(tagged, index=index) for index in EVERY]
    names = tuple(each("name") for each in say)
    gap = diagnoses.Missing(say[0]("axis"), say[1]("reason"), say[2]("supply"), "runs")
    made = diagnoses.made(
        names=names, neurons=24, chance=0.1, planted=((0, 1), (9, 10)), forced=gap, preferred=gap,
        missing=tuple(diagnoses.Missing(each("test"), each("why"), each("needed"), "runs") for each in say),
        structured=diagnoses.share(0.2, 0.1, 0.3, caution=say[3]("caution")),
        evidence=tuple(diagnoses.Evidence(each("asked"), 1.0, each("null"), 0.5, None, each("found")) for each in say),
        notes=tuple(each("note") for each in say), advised=tuple(each("advice") for each in say),
        record={each("record"): each("kept") for each in say},
        sensitivity=({each("level"): each("state") for each in say} | {"threshold": 0.7},),
        verdict=diagnoses.Verdict(
            diagnoses.Origin.PARTLY_STRUCTURED,
            tuple(each("clause") for each in say),
            tuple(each("weak") for each in say),
        ),
    )  # fmt: skip
    shared = tuple(
        dataclasses.replace(each, copies=(say[k % 12]("copy"),), examples=(say[k % 12]("sample"),), told=())
        for k, each in enumerate(made.shared)
    )
    return dataclasses.replace(made, shared=shared)


def test_diagnoses_run_nothing(hostile, tmp_path):
    found = hostile_diagnosis()
    assert len(found.shared) >= len(TEXTS)
    hostile.show(diagnosis_page(found, ALL), tmp_path)
    places = ("test", "why", "needed", "asked", "null", "found", "note", "advice", "record", "kept", "level", "state")
    more = ("clause", "weak", "name", "copy", "sample")
    seen = hostile.found([*texts(*places, *more), ALL, tagged("reason", 1), tagged("caution", 3)], scripts=0)
    for index in EVERY:  # beside the map and under the pointer
        assert seen["text"].count(f"name{index} ") > 5


def test_titles_of_pages_run_nothing(hostile, tmp_path):
    for text in TEXTS:
        hostile.show(shell(text, "<main>nothing else</main>", anchor=text), tmp_path).found([text], scripts=0)
