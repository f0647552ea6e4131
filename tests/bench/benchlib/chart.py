"""A small SVG writer: panels of grouped bars below each other."""
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 1120, 60, 20
PLOT_HEIGHT, ABOVE, BELOW = 220, 44, 58
HEAD = 66
COLOURS = {"navajo": "#c8402f", "nginx": "#3f8f4f", "haproxy": "#3b6fb6", "mod_proxy": "#8a6fb0", "floor": "#9a9a9a"}
OTHER_COLOUR = "#555555"


@dataclass(frozen=True)
class Panel:
    title: str
    groups: list          # of (label, second line of the label, {series: value})
    digits: int = 2


def document(title, subtitle, panels, series):
    """The whole file. Bars of one series have one colour in all panels."""
    panel_height = ABOVE + PLOT_HEIGHT + BELOW
    height = HEAD + panel_height * len(panels) + 10
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           'font-family="system-ui, sans-serif">',
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           _text(LEFT, 26, title, 18, weight="bold"), _text(LEFT, 46, subtitle, 12, colour="#555555")]
    out += _legend(series)
    for number, panel in enumerate(panels):
        out += _panel(panel, HEAD + number * panel_height, series)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _legend(series):
    out, right = [], WIDTH - RIGHT - 96 * len(series)
    for number, name in enumerate(series):
        x = right + 96 * number
        out.append(f'<rect x="{x}" y="16" width="12" height="12" fill="{COLOURS.get(name, OTHER_COLOUR)}"/>')
        out.append(_text(x + 17, 26, name, 12))
    return out


def _panel(panel, top, series):
    plot_top, plot_width = top + ABOVE, WIDTH - LEFT - RIGHT
    bottom = plot_top + PLOT_HEIGHT
    highest = max((value for _, _, values in panel.groups for value in values.values()), default=0) or 1
    step = tick_step(highest)
    ceiling = step * (int(highest / step) + 1)

    def y_of(value):
        return bottom - PLOT_HEIGHT * value / ceiling

    out = [_text(LEFT, top + 26, panel.title, 14, weight="bold")]
    tick = 0.0
    while tick <= ceiling + step / 2:
        y = y_of(tick)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>')
        out.append(_text(LEFT - 6, y + 4, f"{tick:g}", 11, anchor="end", colour="#555555"))
        tick = round(tick + step, 6)
    group_width = plot_width / max(1, len(panel.groups))
    bar_width = min(30.0, group_width * 0.86 / max(1, len(series)))
    for number, (label, note, values) in enumerate(panel.groups):
        middle = LEFT + group_width * (number + 0.5)
        bars = [name for name in series if name in values]
        x = middle - bar_width * len(bars) / 2
        for name in bars:
            y = y_of(values[name])
            out.append(f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{bar_width - 2:.1f}" height="{bottom - y:.1f}" '
                       f'fill="{COLOURS.get(name, OTHER_COLOUR)}">'
                       f"<title>{escape(f'{label}, {name}: {values[name]:.{panel.digits}f}')}</title></rect>")
            out.append(_text(x + bar_width / 2, y - 4, f"{values[name]:.{panel.digits}f}", 9.5, anchor="middle"))
            x += bar_width
        out.append(_text(middle, bottom + 17, label, 12, anchor="middle"))
        out.append(_text(middle, bottom + 33, note, 11, anchor="middle", colour="#555555"))
    out.append(f'<line x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}" stroke="#333333"/>')
    return out


def tick_step(highest):
    """A round distance between grid lines, four to eight of them."""
    step = 10.0 ** -6
    while True:
        for factor in (1, 2, 5):
            if highest / (step * factor) <= 6:
                return step * factor
        step *= 10


def _text(x, y, text, size, *, anchor="start", weight="normal", colour="#222222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
            f'fill="{colour}">{escape(text)}</text>')
