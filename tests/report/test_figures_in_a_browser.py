"""What interactive figures do in a browser: the bar of tools covers no name, and names come back on a phone."""

import pytest

from polygenesis import plots
from polygenesis.report import render
from polygenesis.studies.base import Claim, Illustration, Judgement, StudyResult, Verdict

NAMES = ("law of weights", "another law")
SERIES = [f"a series with a long name {k}" for k in range(5)]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    panels = [
        plots.rates(
            NAMES, {each: [k, k + 1.0] for each in SERIES}, intervals={}, quantity=str(k), limits=None, dots=True
        )
        for k in range(2)
    ]
    claim = Claim("Dots are seen.", "nobody", "±10 %", "m ≥ n")
    result = StudyResult(
        name="dots",
        title="Are dots seen?",
        profile="quick",
        judgements=(Judgement(claim, Verdict.SUPPORTED, "They are."),),
        tables={},
        illustrations=(Illustration.of(plots.bars(*panels), "dots", "Dots."),),
        keys=("ab" * 32,),
    )
    return render([result], tmp_path_factory.mktemp("dots")).as_uri()


def box(page, selector):
    return page.evaluate(
        f"(() => {{ const b = document.querySelector('{selector}').getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })()"
    )


def test_the_bar_of_tools_covers_no_name_and_names_come_back_on_a_phone(browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address, wait_until="commit")
    page.locator(".live .infolayer .legend").wait_for(state="attached", timeout=120_000)
    page.locator(".live").hover()
    bar, legend = box(page, ".live .modebar"), box(page, ".live .legend .bg")
    assert bar[2] > bar[0]
    assert bar[3] <= legend[1] + 1  # above the legend, and so above the figure
    named = "document.querySelectorAll('.live .ytick, .live .y2tick').length"
    assert page.evaluate(named) == len(NAMES)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"{named} === {2 * len(NAMES)}", timeout=120_000)
    page.close()
