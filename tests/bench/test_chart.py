"""The chart is well-formed SVG and its bars have the heights of their values."""
import xml.etree.ElementTree as ElementTree

import pytest

from benchlib import chart

SVG = "{http://www.w3.org/2000/svg}"


def bars(text):
    """height by series, of a chart with one group."""
    root = ElementTree.fromstring(text)
    by_colour = {colour: name for name, colour in chart.COLOURS.items()}
    return {by_colour[rect.get("fill")]: float(rect.get("height")) for rect in root.iter(SVG + "rect")
            if rect.find(SVG + "title") is not None}


def test_bars_are_proportional_to_their_values():
    panel = chart.Panel("CPU", [("1k", "floor 11.4 us", {"nginx": 1.25, "floor": 1.0, "mod_proxy": 4.0})])
    heights = bars(chart.document("t", "s", [panel], ["nginx", "mod_proxy", "floor"]))
    assert set(heights) == {"nginx", "mod_proxy", "floor"}
    assert heights["mod_proxy"] == pytest.approx(4 * heights["floor"], abs=0.2)
    assert heights["nginx"] == pytest.approx(1.25 * heights["floor"], abs=0.2)


def test_text_with_markup_characters_stays_text():
    root = ElementTree.fromstring(chart.document("a < b & c", "<x>", [], []))
    assert [text.text for text in root.iter(SVG + "text")] == ["a < b & c", "<x>"]


def test_all_bars_lie_within_the_picture():
    groups = [(f"case {number}", "", {name: float(number + 1) for name in chart.COLOURS}) for number in range(8)]
    root = ElementTree.fromstring(chart.document("t", "s", [chart.Panel("p", groups)] * 3, list(chart.COLOURS)))
    width, height = float(root.get("width")), float(root.get("height"))
    for rect in root.iter(SVG + "rect"):
        x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
        assert 0 <= x and x + float(rect.get("width")) <= width
        assert 0 <= y and y + float(rect.get("height")) <= height


@pytest.mark.parametrize("highest, step", [(0.9, 0.2), (4.2, 1.0), (9.0, 2.0), (36.0, 10.0), (1.0, 0.2)])
def test_grid_lines_are_at_round_numbers(highest, step):
    assert chart.tick_step(highest) == pytest.approx(step)
