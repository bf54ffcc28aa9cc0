"""The explorer's page as a reader uses it, in headless Chromium: keys, slider, selection, links, nudges, fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polygenesis as pg

Opened = Callable[..., Any]
READY = "#explorer[data-ready=true]"
SMALL = pg.RunSpec(model=pg.TiedAutoencoder(n=10, m=14), penalty=pg.L1(0.03), seed=3)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    pg.explore(SMALL).save(path)
    return path.as_uri()


@pytest.fixture(scope="module")
def stored_run() -> pg.Run:
    return pg.simulate(SMALL)


@pytest.fixture
def opened(browser: Any, page_file: str) -> Iterator[Opened]:
    """Open the page (or another address); no message in the console, no request to another host."""
    pages: list[Any] = []
    trouble: list[str] = []

    def note(request: Any) -> None:
        if not request.url.startswith(("file:", "blob:", "data:", "about:")):
            trouble.append(f"request to {request.url}")

    def visit(
        address: str = page_file, fragment: str = "", width: int = 1280, motion: str = "reduce", **more: Any
    ) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion=motion, **more)
        page.set_default_timeout(8000)
        pages.append(page)
        page.on("request", note)
        page.on("console", lambda message: trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.goto(address + fragment)
        page.wait_for_selector(READY)
        return page

    yield visit
    for page in pages:
        page.close()
    assert not trouble


def frame(page: Any) -> int:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(page.get_attribute("#explorer", "data-frame"))


def sentence(page: Any) -> str:
    frame(page)
    return str(page.inner_text("#now"))


def after_training(page: Any, act: Callable[[], Any]) -> None:
    """Do something that trains the network again, and wait for the new one."""
    before = page.get_attribute("#explorer", "data-runs")
    act()
    page.wait_for_function("(before) => document.querySelector('#explorer').dataset.runs !== before", arg=before)
    frame(page)


def test_keys_play_and_step(opened: Opened) -> None:
    page = opened()
    assert frame(page) == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert frame(page) == 2
    page.keyboard.press("ArrowLeft")
    assert frame(page) == 1
    page.keyboard.press("End")
    last = frame(page)
    assert last == int(page.get_attribute("#time", "max"))
    assert sentence(page).startswith("At the end")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    page.wait_for_function(  # at once: on a busy machine it may have played to the end before the next look
        "() => Number(document.querySelector('#explorer').dataset.frame) > 2"
        " && document.querySelector('#play').getAttribute('aria-pressed') === 'true'"
    )
    page.keyboard.press(" ")
    stopped = frame(page)
    assert page.get_attribute("#play", "aria-label") == "Play"
    assert frame(page) == stopped


def test_the_slider_moves_the_time_and_the_sentence(opened: Opened) -> None:
    page = opened()
    before = sentence(page)
    page.focus("#time")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert frame(page) == 5
    assert sentence(page) != before
    assert page.get_attribute("#time", "aria-valuetext") == page.inner_text("#clock")


def test_the_page_plays_by_itself_unless_motion_is_reduced(opened: Opened) -> None:
    moving = opened(motion="no-preference")
    moving.wait_for_function("() => Number(document.querySelector('#explorer').dataset.frame) > 3")
    resting = opened()
    assert frame(resting) == 0
    assert resting.get_attribute("#play", "aria-pressed") == "false"


def test_a_selected_feature_is_marked_in_all_views(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("End")
    rows = page.locator("#collisions tbody tr")
    assert rows.count() > 0
    for feature in (4, 7):
        page.select_option("#pick-feature", str(feature))
        frame(page)
        for view in ("race", "nudge", "forces"):
            assert page.get_attribute(f"#{view}", "data-feature") == str(feature)
        assert f"feature {feature}" in page.get_attribute("#network canvas", "aria-label")
        for each in rows.all():
            pair = each.locator("button").inner_text().split(" and ")
            assert ("marked" in (each.get_attribute("class") or "")) == (str(feature) in pair)
    page.keyboard.press("Escape")
    frame(page)
    assert page.get_attribute("#explorer", "data-features") == ""


def test_nodes_cells_and_collisions_can_be_chosen(opened: Opened) -> None:
    page = opened()
    box = page.locator("#network canvas").bounding_box()
    page.mouse.click(box["x"] + 25, box["y"] + 44)
    frame(page)
    chosen = page.get_attribute("#explorer", "data-features")
    assert chosen == page.input_value("#pick-feature") != ""
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # between the rows: nothing
    frame(page)
    assert page.get_attribute("#explorer", "data-features") == ""
    page.locator("#matrix canvas").click(position={"x": 30, "y": 30})
    frame(page)
    assert page.get_attribute("#explorer", "data-features") == chosen  # the first row is the first in the picture
    assert page.input_value("#pick-neuron") != ""
    pair = page.locator("#collisions tbody button").first
    names = pair.inner_text().split(" and ")
    pair.click()
    frame(page)
    assert page.get_attribute("#explorer", "data-features") == " ".join(names)
    assert pair.get_attribute("aria-pressed") == "true"


def test_a_link_brings_everything_back(opened: Opened) -> None:
    page = opened()
    after_training(page, lambda: page.fill("#field-n", "9"))
    after_training(page, lambda: page.click("#next-seed"))
    after_training(page, lambda: page.click("#nudge-flip"))
    page.select_option("#pick-feature", "5")
    page.select_option("#order", "index")
    page.keyboard.press("Escape")
    page.locator("#collisions tbody button").first.click()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash.includes('nudges=f_') && !/t=0(&|$)/.test(location.hash)")
    page.wait_for_timeout(350)  # the address follows when the page rests
    fragment = page.evaluate("location.hash")
    seen = ("#now", "#nudges", "#nudge-outcome", "#race .caption", "#collisions .caption")
    facts = [page.inner_text(each) for each in seen]
    again = opened(fragment=fragment)
    assert [again.inner_text(each) for each in seen] == facts
    for name in ("data-features", "data-neuron", "data-frame"):
        assert again.get_attribute("#explorer", name) == page.get_attribute("#explorer", name)
    assert again.input_value("#order") == "index"
    after_training(again, lambda: again.evaluate("location.hash = 'n=6&m=8&seed=1&t=0'"))
    assert again.input_value("#field-n") == "6"
    assert "of 8 neurons" in sentence(again)


def test_a_link_that_cannot_be_says_so(opened: Opened) -> None:
    page = opened(fragment="#n=900&m=8")
    assert page.inner_text("#failure") == "The link cannot be shown. n must be a whole number from 2 to 64, but is 900."
    assert page.input_value("#field-n") == "10"


def test_a_nudge_is_compared_and_undone(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("End")
    before = sentence(page)
    page.select_option("#pick-feature", "2")
    frame(page)
    after_training(page, lambda: page.fill("#nudge-weight", "1.5") or page.keyboard.press("Enter"))
    assert re.fullmatch(r"Feature 2, neuron \d+: start weight set to 1.500", page.inner_text("#nudges").strip())
    outcome = page.inner_text("#nudge-outcome")
    was, now = (float(each) for each in re.findall(r"([\d.]+) (?:before|after)", outcome))
    assert ("the loss is the same" in outcome) == (abs(was - now) <= 1e-3 * was)
    counts = page.locator("#nudge-table tr").nth(1).locator("td").all_inner_texts()
    assert ("Still" in outcome) == (counts[0] == counts[1])
    page.select_option("#showing", "before")
    assert sentence(page) == before
    page.select_option("#showing", "after")
    after_training(page, lambda: page.click("#nudge-undo"))
    assert sentence(page) == before
    assert page.inner_text("#nudges") == page.inner_text("#nudge-outcome") == ""
    assert page.is_disabled("#nudge-undo")


def test_a_nudge_is_found_that_frees_a_shared_neuron(opened: Opened) -> None:
    page = opened(fragment="#n=12&m=16&seed=1&t=0")
    after_training(page, lambda: page.click("#nudge-try"))
    before, after = page.locator("#nudge-table tr").nth(1).locator("td").all_inner_texts()[:2]
    assert int(after) < int(before)
    assert "fewer" in page.inner_text("#nudge-outcome") or "gone" in page.inner_text("#nudge-outcome")


def test_a_bar_can_be_dragged(opened: Opened) -> None:
    page = opened()
    canvas = page.locator("#nudge canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 120, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 12, steps=3)
    after_training(page, page.mouse.up)
    assert len(page.locator("#nudges li").all()) == 1
    set_to = float(page.inner_text("#nudges").split("set to ")[1])
    assert set_to == pytest.approx(float(page.input_value("#nudge-weight")))
    assert set_to > 0.1


def test_a_value_that_cannot_be_is_refused_in_a_sentence(opened: Opened) -> None:
    page = opened()
    before = sentence(page)
    for field, value, problem in [
        ("n", "99", "n must be a whole number from 2 to 64, but is 99."),
        ("m", "3.5", "m must be a whole number from 2 to 256, but is 3.5."),
        ("penalty", "x", "λ must be a number from 0.001 to 0.2, but is x."),
        ("seed", "", "The seed must be a whole number from 0 to 2,147,483,647, but is empty."),
    ]:
        page.fill(f"#field-{field}", value)
        assert page.inner_text(f"#error-{field}") == problem
        assert page.get_attribute(f"#field-{field}", "aria-invalid") == "true"
        assert sentence(page) == before
    after_training(page, lambda: page.fill("#field-n", "8"))
    assert page.inner_text("#error-n") == ""
    assert page.inner_text("#error-m") != ""  # still what it was


def test_everything_that_can_be_used_has_a_name(opened: Opened) -> None:
    page = opened()
    page.click("#more summary")
    page.click("#open-python")
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    used = {
        "button",
        "slider",
        "textbox",
        "combobox",
        "checkbox",
        "link",
        "image",
        "img",
        "DisclosureTriangle",
        "region",
        "form",
    }
    found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    named = [each for each in found if each[0] in used]
    assert len(named) > 40
    assert [each for each in named if not each[1].strip()] == []
    assert sum(role in ("image", "img") for role, _ in named) >= 7  # every canvas says what it shows


def test_tab_goes_through_the_page_from_top_to_bottom(opened: Opened) -> None:
    page = opened()
    places = []
    for _ in range(14):
        page.keyboard.press("Tab")
        places.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert places[:5] == ["play", "time", "pick-feature", "pick-neuron", "order"]
    assert "field-n" in places
    assert len(set(places)) >= 12


def test_nothing_is_wider_than_the_screen(opened: Opened) -> None:
    page = opened()
    page.click("#open-python")
    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_blue_is_positive_and_vermillion_negative(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("End")
    canvas = page.locator("#matrix canvas")
    canvas.scroll_into_view_if_needed()
    frame(page)
    box = canvas.bounding_box()
    cells = canvas.evaluate(
        """(canvas, [n, m]) => {
          const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          const found = [];
          for (let row = 0; row < n; row++) for (let column = 0; column < m; column++) {
            const x = 4 + (column + .5) * (canvas.clientWidth - 8) / m;
            const y = 4 + (row + .5) * (canvas.clientHeight - 8) / n;
            const at = 4 * (Math.round(y * canvas.height / canvas.clientHeight) * canvas.width
              + Math.round(x * canvas.width / canvas.clientWidth));
            if (Math.abs(pixels[at] - pixels[at + 2]) > 60) found.push([x, y, pixels[at] < pixels[at + 2] ? "+" : "−"]);
          }
          return found;
        }""",
        [SMALL.model.n, SMALL.model.m],
    )
    assert {sign for _, _, sign in cells} == {"+", "−"}
    for x, y, sign in cells[:6]:
        page.mouse.move(box["x"] + x, box["y"] + y)
        frame(page)
        assert page.inner_text("#matrix .tip").split(": ")[1][0] == sign


def test_many_networks_are_counted_and_can_be_stopped(opened: Opened) -> None:
    page = opened()
    page.select_option("#how-many", "100")
    page.click("#many")
    page.wait_for_function("() => /^[1-9]\\d* networks/.test(document.querySelector('#counts .caption').textContent)")
    page.click("#many")
    frame(page)
    assert page.inner_text("#many") == "Start"
    counted = page.inner_text("#counts .caption")
    page.wait_for_timeout(200)
    assert page.inner_text("#counts .caption") == counted


def test_a_stored_run_is_replayed_and_counts_as_the_census_does(
    opened: Opened, stored_run: pg.Run, tmp_path: Path
) -> None:
    path = tmp_path / "replay.html"
    pg.explore(stored_run).save(path)
    page = opened(path.as_uri())
    page.keyboard.press("End")
    shared = int(pg.census(stored_run.final).polysemantic[0])
    words = [
        "no neuron is",
        "one neuron is",
        "two neurons are",
        "three neurons are",
        "four neurons are",
        "five neurons are",
    ]
    assert words[shared] + " shared" in sentence(page)
    assert page.is_disabled("#field-n")
    assert page.inner_text("#replay-reason").startswith("This network was computed before the page was made")
    after_training(page, lambda: page.click("#go-live"))
    assert page.is_enabled("#field-n")
    page.keyboard.press("End")
    assert words[shared] + " shared" in sentence(page)  # from the engine's own start the page ends alike


def test_the_page_works_inside_a_notebook(opened: Opened, tmp_path: Path) -> None:
    inner = tmp_path / "notebook.html"
    inner.write_text(
        f"<!doctype html><main id='explorer' data-ready='true'>.</main>{pg.explore(SMALL)._repr_html_()}", "utf-8"
    )
    page = opened(inner.as_uri())
    framed = page.frame_locator("iframe")
    framed.locator(READY).wait_for()
    framed.locator("#play").focus()
    page.keyboard.press("ArrowRight")
    framed.locator("#next-seed").click()
    page.wait_for_timeout(500)
    assert framed.locator("#failure").inner_text() == ""


def test_the_page_simulates_itself_where_workers_are_forbidden(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("End")
    with_worker = sentence(page)
    page.add_init_script("delete window.Worker")
    page.reload()
    page.wait_for_selector(READY)
    page.keyboard.press("End")
    assert sentence(page) == with_worker


def test_theory_of_the_papers_model_stands_beside_no_other(opened: Opened, tmp_path: Path) -> None:
    other = pg.RunSpec(model=pg.Autoencoder(n=5, m=8), penalty=pg.L1(0.03), training=pg.GradientFlow(max_time=20))
    page = opened(pg.explore(other, path=None).save(tmp_path / "other.html").as_uri())
    page.keyboard.press("End")
    assert "n²/4m" not in page.inner_text("#explorer")
    assert [page.is_visible(part) for part in ("#race", "#forces", "#counts", ".line-exact")] == [
        True,
        False,
        False,
        False,
    ]


def test_the_law_is_said_only_where_every_feature_has_room(opened: Opened, tmp_path: Path) -> None:
    crowded = pg.RunSpec(model=pg.TiedAutoencoder(n=10, m=6), penalty=pg.L1(0.03))
    page = opened(pg.explore(crowded).save(tmp_path / "crowded.html").as_uri())
    page.keyboard.press("End")
    assert sentence(page).endswith("with fewer neurons than features some sharing is forced.")
    assert "n²/4m" not in page.inner_text("#counts .caption")


def test_a_link_with_a_start_weight_that_no_field_allows_is_refused(opened: Opened) -> None:
    page = opened(fragment="#nudges=s_0_0_99")
    assert "or a start weight beyond ±2" in page.inner_text("#failure")
    page = opened(fragment="#n=many")
    assert page.inner_text("#failure").endswith("n must be a whole number from 2 to 64, but is many.")


def test_the_end_says_both_counts_where_features_have_not_settled(opened: Opened) -> None:
    page = opened(fragment="#n=40&m=10&penalty=0.016&seed=0")
    page.keyboard.press("End")
    said = sentence(page)
    rings = [page.inner_text(f"[data-count={kind}]") for kind in ("benign", "malign")]
    assert rings == ["0", "10"]
    assert "six neurons are shared, five of them malign" in said
    assert said.endswith("two features lead on ten, all of them malign, as the rings show.")
    page = opened()
    page.keyboard.press("End")
    assert "as the rings show" not in sentence(page)  # where all have settled there is one count


def test_the_address_follows_a_new_start_while_the_page_plays(opened: Opened) -> None:
    page = opened(motion="no-preference")
    page.wait_for_function("() => document.querySelector('#play').getAttribute('aria-pressed') === 'true'")
    after_training(page, lambda: page.click("#next-seed"))
    page.wait_for_function("() => location.hash.includes('seed=4')")


def test_the_key_of_a_race_names_what_is_drawn(opened: Opened) -> None:
    page = opened()
    for feature in range(10):
        page.select_option("#pick-feature", str(feature))
        frame(page)
        caption = page.inner_text("#race .caption")
        led, again = "led from the start" in caption, "led at the start and, after another had passed it" in caption
        assert page.is_hidden("#race .line-leader") == (led or again)
        assert page.is_hidden("#race .line-decided") or not led
