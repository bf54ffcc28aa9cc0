import dataclasses

import pandas as pd
import pytest

from polygenesis import plots
from polygenesis.errors import InputError, StoreError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.report import write_pages
from polygenesis.report.markdown import MOST_ROWS, page, plain
from polygenesis.report.rows import rows
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Illustration, StudyResult
from polygenesis.studies.claim import Claim, Judgement, Verdict
from polygenesis.studies.margin import Margin


def result(name="capacity", rows=2, index=None):
    drawn = plots.chart([plots.series("flow", [8, 16], [4.0, 2.0])], x="neurons m", y="count")
    frame = pd.DataFrame({"law": ["a|b"] * rows, "mean": [1 / 3] * rows}, index=index)
    claim = Claim("Counts have |W| < 1", "arXiv:2312.03096", "±10 %", "m ≥ n")
    return StudyResult(
        name=name,
        title="How many?",
        profile="quick",
        judgements=(Judgement(claim, Verdict.REFUTED, "Ratio 1.5 (1.4 to 1.6)."),),
        tables={"counts by law": frame},
        illustrations=(Illustration("counts", "Counts of W_ik.", drawn.draw),),
        limits=("Only one n.",),
    )


def table(text):
    return [line for line in text.splitlines() if line.startswith("|")]


def test_a_page_says_everything_once():
    text = page(result(), "Is it so?", "numpy 2 and more")
    assert text.startswith(
        "# How many?\n\n*Is it so?*\n\nRatio 1.5 (1.4 to 1.6).\n\n"
        "![counts](figures/capacity-counts.png)\n\nCounts of W\\_ik.\n\n1 claim: 1 refuted."
    )
    assert text.count("![counts]") == 1
    assert "**✗ REFUTED — Counts have \\|W\\| &lt; 1.** Ratio 1.5 (1.4 to 1.6).\n" in text
    link = "[arXiv:2312.03096](https://arxiv.org/abs/2312.03096)"
    assert f"Margin: ±10 %. Regime: m ≥ n. Source: {link}." in text
    assert table(text) == ["| law | mean |", "|---|---:|", "| a\\|b | 0.3333 |", "| a\\|b | 0.3333 |"]
    assert text.endswith("## Limits\n\n- Only one n.\n\n<small>Made with numpy 2 and more.</small>\n")


def answer(made):
    return page(made).split("\n\n")[1]


def test_without_an_answer_two_claims_say_their_first_sentence():
    longer = judged(2, sentence="Law 2: 0.92. More of it stands below.")
    assert answer(with_claims(judged(1, verdict=Verdict.UNDECIDED), longer, judged(3))) == "Law 2: 0.92. Law 3: 0.93."


def test_an_answer_is_used_whole_and_no_claim_stands_beside_it():
    long = "It is shared. The count is 0.912 (90 % interval 0.9 to 0.92) times n²/4m."
    made = dataclasses.replace(with_claims(judged(1)), answers={"first": long})
    assert answer(made) == long
    two = dataclasses.replace(made, answers={"first": long, "second": "Half of them.", "third": "Or so."})
    assert answer(two) == f"{long} Half of them."


def test_what_has_been_said_in_other_words_is_not_said_again():
    share = "28.7 % (90 % interval 27.4 to 30.0 %)"
    first, again, other = (
        f"At m = 2n {share} win.",
        f"Of n = 256 it is {share}.",
        "At m = 4n 2 % (90 % interval 1 to 3 %).",
    )
    claims = [judged(k, sentence=text) for k, text in enumerate((first, again, other), 1)]
    assert answer(with_claims(*claims)) == f"{first} {other}"
    made = dataclasses.replace(with_claims(), answers={"a": first, "b": again, "c": other})
    assert answer(made) == f"{first} {other}"


def test_numbers_that_begin_alike_are_different_numbers():
    claims = [judged(k, sentence=text) for k, text in enumerate(("Ratio 0.91.", "Ratio 0.9."), 1)]
    assert answer(with_claims(*claims)) == "Ratio 0.91. Ratio 0.9."


def test_rows_with_names_keep_them():
    named = result(index=pd.Index(["x", "y"], name="start"))
    assert table(page(named))[0] == "| start | law | mean |"
    assert table(page(named))[2].startswith("| x | ")


def test_a_long_table_is_folded_and_cut_and_says_so():
    text = page(result(rows=MOST_ROWS + 5))
    assert f"<details><summary>Counts by law ({MOST_ROWS + 5} rows)</summary>\n\n|" in text
    assert len(table(text)) == MOST_ROWS + 2
    assert f"The first {MOST_ROWS} rows" in text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [("a * b_c", "a \\* b\\_c"), ("`W | x_i`", "`W | x_i`"), ("$5 <b>", "\\$5 &lt;b>"), ("two\nlines", "two lines")],
)
def test_markup_is_shown_as_it_is_written(text, markdown):
    assert plain(text) == markdown


def test_pages_repeat_and_leave_others_alone(tmp_path):
    (tmp_path / "other.md").write_text("mine")
    first = [path.read_bytes() for path in write_pages([result(), result("second")], tmp_path)]
    assert first == [path.read_bytes() for path in write_pages([result(), result("second")], tmp_path)]
    assert (tmp_path / "other.md").read_text() == "mine"
    assert (tmp_path / "figures" / "second-counts.png").read_bytes().startswith(b"\x89PNG")


def test_wrong_results_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="each study once"):
        write_pages([result(), result()], tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Cannot write"):
        write_pages([result()], tmp_path / "file")


def test_the_index_lists_all_pages_with_their_questions(tmp_path):
    write_pages([result("capacity")], tmp_path, questions={"capacity": "Is |W| so?"})
    write_pages([result("bias")], tmp_path)
    (tmp_path / "notes.md").write_text("Some notes.\n\nOf mine.\n")
    assert table((tmp_path / "index.md").read_text("utf-8"))[2:] == [
        "| [How many?](bias.md) |  | 1 refuted |",
        "| [How many?](capacity.md) | Is \\|W\\| so? | 1 refuted |",
    ]


def test_an_index_of_others_stays(tmp_path):
    (tmp_path / "index.md").write_text("# My own notes")
    write_pages([result()], tmp_path)
    assert (tmp_path / "index.md").read_text("utf-8") == "# My own notes"


def test_every_sign_is_a_true_minus_sign():
    made = result(index=pd.Index([-1.5, -1e-9], name="gap"))
    made.tables["counts by law"]["law"] = ["from -2", "`--x -1`"]
    made = StudyResult(**{**vars(made), "limits": ("Not below -3.",)})
    text = page(made, "Is it -1e-5?")
    assert "| −1e−9 | `--x -1` |" in text
    assert "from −2" in text
    assert "- Not below −3." in text
    assert "Is it −1e−5?" in text


def judged(number, verdict=Verdict.SUPPORTED, **fields):
    margin = Margin.around("Ratio of counts", 1, 0.1)
    claim = Claim(
        f"Law {number} gives as many.", "arXiv:2312.03096", margin, "converged replicates", trials="after a look"
    )
    spec = RunSpec(TiedAutoencoder(4, 8 * number), penalty=L1(0.1), replicates=3)
    said = {"of": (spec,), "number": f"0.9{number}", "family": 4, "effect": "0.2", "template": "Law {k} gives as many."}
    sentence = fields.pop("sentence", f"Law {number}: 0.9{number}.")
    return Judgement(claim, verdict, sentence, **(said | fields))


def with_claims(*judgements):
    return dataclasses.replace(result(), judgements=judgements)


def test_many_like_claims_are_one_table_with_what_they_share_under_it():
    family = [judged(k, near=k == 2) for k in range(1, 5)]
    text = page(with_claims(*family))
    assert "4 claims: 4 supported." in text
    lines = [line for line in table(text) if "SUPPORTED" in line]
    assert lines[0] == "| 1 | ✓ SUPPORTED | Law 1 gives as many. | 0.91 | 0.2 |"
    assert lines[1].startswith("| 2 | ✓ SUPPORTED (near the margin) | ")
    assert "Margin: Ratio of counts within 1 ± 0.1; Holm's correction over 4 claims." in text
    assert "Regime: n = 4, m = 8, 16, 24 and 32; λ = 0.1; gradient flow; 3 networks each; converged replicates." in text
    assert text.count("arXiv:2312.03096") == 1
    assert html(family).count("<tr>") == 5 + 3  # the family, and the table of counts


def test_open_rows_of_a_table_say_why_and_what_would_decide_them():
    needed = "About 3 times as many networks would decide it, if the number stays the same."
    cells = "Cell by cell: open: m = 8 0.93."
    family = [
        judged(1, blind="below"),
        judged(2, Verdict.UNDECIDED, needed=needed, cells=cells),
        dataclasses.replace(judged(3, Verdict.UNDECIDED, needed="There is no number to test."), number=""),
        judged(4, assumed="Taken as independent."),
    ]
    text = page(with_claims(*family))
    assert f"\n\n- Row 2: Law 2: 0.92. {needed}\n- Row 3: There is no number to test.\n\n<small>" in text
    assert "Cells, row 2: Cell by cell: open: m = 8 0.93." in text
    assert "Assumed, row 4: Taken as independent." in text
    assert "| 0.91 | 0.2 (none below) |" in text
    assert f"<p class='note'>Row 2: Law 2: 0.92. {needed}</p>" in html(family)
    assert "<dt>Cells, row 2</dt><dd>Cell by cell: open: m = 8 0.93.</dd>" in html(family)
    assert "Row 1:" not in text


def test_a_table_of_like_claims_keeps_the_regime_of_its_runs_where_words_differ():
    family = [
        dataclasses.replace(one, claim=dataclasses.replace(one.claim, regime=f"λ = {k // 3}", source="B" * (k % 3)))
        for k, one in enumerate([judged(k) for k in range(1, 5)], 1)
    ]
    text = page(with_claims(*family))
    assert "Regime: n = 4, m = 8, 16, 24 and 32; λ = 0.1; gradient flow; 3 networks each." in text
    assert "Regime, rows 1–2: λ = 0. Regime, rows 3–4: λ = 1." in text
    assert "Source, rows 1 and 4: B. Source, row 2: BB." in text
    assert text.count("Margin chosen: after a look.") == 1


def test_a_table_says_the_level_of_its_intervals_where_the_study_has_set_it():
    made = result()
    assert "**Counts by law**" in page(made)
    table = made.tables["counts by law"]
    made.tables["counts by law"] = table.assign(lower=0.0, upper=1.0)
    assert "**Counts by law (intervals: 95 %)**" in page(made)
    made.tables["counts by law"].attrs["level"] = 0.9
    assert "**Counts by law (intervals: 90 %)**" in page(made)
    assert "Counts by law (intervals: 90 %) <a class='file'" in rows([made], {}, {"capacity": []})
    made.tables["counts by law"].attrs["caption"] = "All counts."
    assert "**All counts (intervals: 90 %).**" in page(made)
    assert "All counts (intervals: 90 %). <a class='file'" in rows([made], {}, {"capacity": []})


def test_few_like_claims_stand_by_themselves_with_margin_power_and_regime():
    one = judged(1, near=True, cells="Cell by cell: inside the margin: m = 8 1.00.")
    text = page(with_claims(one))
    assert "**✓ SUPPORTED — Law 1 gives as many.** Law 1: 0.91. Near the margin: a margin a tenth" in text
    for said in (
        "Margin: Ratio of counts within 1 ± 0.1; Holm's correction over 4 claims.",
        "Regime: n = 4, m = 8; λ = 0.1; gradient flow; 3 networks; converged replicates.",
        "Cells: Cell by cell: inside the margin: m = 8 1.00.",
        "Power: The runs detect a number 0.2 outside the margin with power 0.8.",
        "Margin chosen: after a look.",
    ):
        assert said in text
        assert said.partition(": ")[2].rstrip(".") in html(
            [judged(1, cells="Cell by cell: inside the margin: m = 8 1.00.")]
        )


def html(judgements):
    return rows([with_claims(*judgements)], {}, {"capacity": []})
