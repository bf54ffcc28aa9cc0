import re
from pathlib import Path

import numpy as np
import pytest

from polygenesis import plots
from polygenesis.errors import InputError, StoreError
from polygenesis.plots.style import BLUE, FORMATS, GREEN, LOOKS, RC, VERMILLION


def simple() -> plots.Chart:
    counts = plots.series(
        "gradient flow", [8, 16, 32], [4.0, 2.0, 1.0], interval=([3, 1, 0], [6, 4, 3]), style="points"
    )
    return plots.chart([counts], x="neurons m", y="count", log="xy")


@pytest.mark.parametrize("format", FORMATS)
def test_same_chart_same_bytes(format):
    first, second = (plots.encode(simple().draw(), format) for _ in range(2))
    assert first == second
    assert len(first) > 1000


@pytest.mark.parametrize("format", FORMATS)
def test_files_carry_no_date(format):
    content = plots.encode(simple().draw(), format)
    for word in (b"CreationDate", b"<dc:date>", b"tIME"):
        assert word not in content


def test_saving_writes_each_format_and_names_a_folder_that_is_a_file(tmp_path):
    written = plots.save(simple().draw(), tmp_path / "new" / "counts")
    assert [path.name for path in written] == ["counts.pdf", "counts.svg", "counts.png"]
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Cannot write"):
        plots.save(simple().draw(), tmp_path / "file" / "counts")


def test_a_users_settings_survive_and_do_not_leak_in():
    import matplotlib

    plain = plots.encode(simple().draw(), "svg")
    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "red"}):
        assert plots.encode(simple().draw(), "svg") == plain
        assert matplotlib.rcParams["font.size"] == 31
    assert matplotlib.rcParams["font.size"] != RC["font.size"]


def test_unknown_role_and_format_list_the_known():
    with pytest.raises(InputError, match=r"series 'adam'; of [0-9]+ that are known, the nearest are AdamW"):
        plots.look("adam")
    with pytest.raises(InputError, match="known: pdf, png, svg"):
        plots.encode(simple().draw(), "gif")


def luminance(color: str) -> float:
    channels = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_a_ramp_is_ordered_in_grey_and_never_too_pale_for_white():
    shades = [luminance(color) for color in plots.ramp(5)]
    assert shades == sorted(shades, reverse=True)
    assert all(1.05 / (shade + 0.05) > 1.7 for shade in shades)
    assert len(plots.ramp(1)) == 1


def test_what_is_compared_on_one_figure_never_looks_the_same():
    together = ["gradient flow", "gradient descent", "AdamW", "published", "n²/4m", "slot model", "occupancy model"]
    assert len({LOOKS[role].color for role in together}) == len(together)
    assert len({LOOKS[role].marker for role in ("gradient flow", "gradient descent", "AdamW", "published")}) == 4


def test_all_formats_at_once_repeat_and_leave_the_layout_alive():
    figures = [plots.start_end(np.eye(4)).draw() for _ in range(2)]  # with a colour bar, which ties the layout down
    engine = figures[0].get_layout_engine()
    first, second = (plots.encode_all(figure) for figure in figures)
    assert tuple(first) == FORMATS
    assert first == second
    assert figures[0].get_layout_engine() is engine


SOURCE = Path(plots.__file__).parents[1]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_colours_have_names_that_say_what_they_mean(path):
    if path.parent.name == "plots" and path.name == "style.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"""["']#(?!fff)[0-9a-fA-F]{3,8}["']""", text)
    assert not re.findall(r"""\bcmap\s*=\s*["']|colorscale["']?\s*[=:]\s*["']|colormaps?\[""", text)


def test_pages_have_the_same_colours_for_signs_as_figures():
    text = (SOURCE / "html.css").read_text(encoding="utf-8")
    light = text[: text.index("@media")]
    assert f"--positive: {plots.style.POSITIVE}; --negative: {plots.style.NEGATIVE};" in light
    assert (plots.look("positive").color, plots.look("negative").color) == (BLUE, VERMILLION)


def test_kinds_of_shared_neurons_differ_in_shape_as_well_as_in_colour():
    kinds = [plots.look(kind) for kind in ("benign", "malign", "undecided")]
    assert [each.color for each in kinds[:2]] == [GREEN, VERMILLION]
    for attribute in ("color", "marker", "dash"):
        assert len({getattr(each, attribute) for each in kinds}) == 3
