"""Charts as SVG that stands in a page by itself: no script, nothing loaded, told to screen readers.

Pygal draws them. What it adds for its own scripts is taken out again, and the names that it makes
up are set, so that the same figures give the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lxml import etree
from pygal import Bar, HorizontalBar
from pygal.style import Style

# pygal leaves a finder of a kind that Python has given up: each import after it would warn of it
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]

#: told apart by their lightness too, on paper and by people who see few colours
_COLOURS: Final = ("#0b3954", "#c2570c", "#6b9ab8")
_FONT: Final = "system-ui, sans-serif"
_STYLE: Final = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#222222",
    foreground_strong="#222222",
    foreground_subtle="#777777",
    guide_stroke_color="#dddddd",
    major_guide_stroke_color="#dddddd",
    opacity="1",
    colors=_COLOURS,
    value_colors=("#222222",) * len(_COLOURS),
    font_family=_FONT,
    label_font_size=13,
    major_label_font_size=13,
    value_font_size=12,
    legend_font_size=13,
    transition="0s",
)
_WIDTH: Final = 760
_BAR: Final = 22


def bars(
    name: str, title: str, told: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]
) -> str:
    """Draw bars that lie one below the other, a label each. `told` says in words what is seen.

    `name` must be another for each chart of a page: letters and hyphens.
    """
    height = 60 + len(labels) * (_BAR * len(series) + 14) + (26 if len(series) > 1 else 0)
    chart = HorizontalBar(**_options(height, series))
    # pygal puts the first at the bottom, where people read from the top
    turned = {what: list(reversed(numbers)) for what, numbers in series.items()}
    tree = _drawn(chart, name, title, told, list(reversed(labels)), turned)
    for number in tree.iter("text"):
        if number.get("class") == "value":
            # it would stand half on the end of its bar
            number.set("x", f"{float(number.get('x')) + 5:.1f}")
            number.set("style", "text-anchor: start")
    return _written(tree)


def columns(
    name: str, title: str, told: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]
) -> str:
    """Draw bars that stand beside each other, for what follows in time. As `bars`."""
    chart = Bar(**_options(320, series), x_label_rotation=40 if len(labels) > 8 else 0)
    return _written(_drawn(chart, name, title, told, list(labels), series))


def _options(height: int, series: Mapping[str, Sequence[int]]) -> dict[str, object]:
    return {
        "style": _STYLE,
        "y_labels": _ticks(max(map(max, series.values()), default=0)),
        "js": [],
        "disable_xml_declaration": True,
        "explicit_size": True,
        "width": _WIDTH,
        "height": height,
        "show_legend": len(series) > 1,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": len(series),
        "print_values": True,
        "print_zeroes": False,
        "print_values_position": "top",
        "truncate_label": -1,
        "truncate_legend": -1,
        "formatter": lambda number: f"{number:,}",
        "value_formatter": lambda number: f"{number:,.0f}",
        "margin": 12,
        "spacing": 8,
    }


def _ticks(most: int) -> list[int]:
    """Give whole numbers for an axis up to `most`, at most seven, round ones."""
    step = 1
    while most > 6 * step:
        # 1, 2, 5, 10, 20, ...
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, most + step, step))


def _drawn(
    chart: Bar,
    name: str,
    title: str,
    told: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[int]],
) -> Any:
    chart.uuid = name
    chart.x_labels = [_plain(label) for label in labels]
    for what, numbers in series.items():
        chart.add(_plain(what), list(numbers))
    tree = chart.render_tree()
    for element in list(tree.iter("script", "desc", "title")):
        element.getparent().remove(element)
    for element in tree.iter():
        if str(element.get("id")).startswith("activate-"):
            # by which its script would find the legend, in each chart the same
            del element.attrib["id"]
    for comment in list(tree.iter(etree.Comment)):
        comment.getparent().remove(comment)
    for place, (tag, text) in enumerate((("title", title), ("desc", told))):
        element = etree.Element(tag, id=f"{name}-{tag}")
        element.text = _plain(text)
        tree.insert(place, element)
    tree.set("role", "img")
    tree.set("aria-labelledby", f"{name}-title {name}-desc")
    return tree


def _written(tree: Any) -> str:
    written: str = etree.tostring(tree, encoding="unicode")
    return written


def _plain(text: str) -> str:
    """Leave out what XML can't hold."""
    return "".join(c if c.isprintable() else " " for c in text)
