"""What the page does in a browser: rows that links open, paper that shows all, keys, narrow screens."""

import pandas as pd
import pytest

from polygenesis import plots
from polygenesis.report import render
from polygenesis.studies.base import Claim, Illustration, Judgement, StudyResult, Verdict


def study(name):
    drawn = plots.chart([plots.series("flow", [8, 16], [4.0, 2.0])], x="neurons m", y="count")
    claim = Claim(f"{name} holds wherever there is room for a long sentence about it.", "nobody", "±10 %", "m ≥ n")
    return StudyResult(
        name=name,
        title=f"Does {name} hold?",
        profile="quick",
        judgements=(Judgement(claim, Verdict.REFUTED, "Ratio −1.5 (−1.6 to −1.4)."),),
        tables={"counts": pd.DataFrame({f"column {k}": range(30) for k in range(12)})},
        illustrations=(Illustration("counts", "Counts.", drawn.draw),),
        keys=("ab" * 32,),
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return render([study("one"), study("two"), study("three")], tmp_path_factory.mktemp("rows")).as_uri()


@pytest.fixture
def page(browser, address):
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    said = []
    opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(address)
    yield opened
    opened.close()
    assert said == []


def opened(page):
    return page.evaluate("[...document.querySelectorAll('details[open]')].map((row) => row.id).filter(Boolean)")


def test_the_first_screen_shows_the_question_and_figure_1(page):
    assert page.locator("h1").is_visible()
    assert page.evaluate("document.querySelector('figure').getBoundingClientRect().top") < 800
    assert opened(page) == []


def test_a_link_to_a_study_opens_its_row_and_gives_it_the_keys(page):
    page.click("nav a[href='#two']")
    page.wait_for_function("document.getElementById('two').open")
    assert opened(page) == ["two"]
    assert page.evaluate("document.activeElement.parentElement.id") == "two"
    page.keyboard.press("Enter")
    assert opened(page) == []
    page.click("nav a[href='#two']")  # the address does not change any more
    page.wait_for_function("document.getElementById('two').open")


def test_an_address_with_a_study_or_a_figure_opens_what_hides_it(browser, address):
    for anchor in ("three", "figure-three-counts"):
        page = browser.new_page()
        page.goto(f"{address}#{anchor}")
        assert opened(page) == ["three"]
        assert page.evaluate(f"document.getElementById('{anchor}').getBoundingClientRect().top") < 800
        page.close()


def test_one_button_opens_and_closes_all_rows(page):
    button = page.get_by_role("button", name="Open all")
    button.click()
    assert opened(page) == ["one", "two", "three"]
    closing = page.get_by_role("button", name="Close all")
    assert closing.get_attribute("aria-expanded") == "true"
    closing.click()
    assert opened(page) == []


def test_paper_shows_everything_and_afterwards_rows_are_as_they_were(page):
    page.click("nav a[href='#two']")
    page.wait_for_function("document.getElementById('two').open")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened(page) == ["two"]


def test_paper_shows_everything_without_scripts_too(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(".claim").first.is_hidden()
    page.emulate_media(media="print")
    assert all(page.locator(".claim").nth(k).is_visible() for k in range(3))
    assert page.locator("#open-all").is_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_in_one_direction(browser, address, scheme):
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page.goto(address)
    page.click("#open-all")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_the_explorer_waits_until_it_is_near_runs_inside_the_page_and_stays_off_paper(browser, tmp_path):
    page = browser.new_page(viewport={"width": 1280, "height": 300})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(render([study("one")], tmp_path, explorer=True).as_uri())
    assert page.locator("#explorer iframe").get_attribute("srcdoc") is None
    page.click("nav a[href='#explorer']")
    inside = page.frame_locator("#explorer iframe")
    inside.get_by_text("of 36 neurons", exact=False).first.wait_for(timeout=20_000)
    assert said == []
    page.emulate_media(media="print")
    assert page.locator("#explorer").is_hidden()
    page.close()
