"""Tables of ratios: what a server needs compared with the better of nginx and HAProxy, mod_proxy and the floor."""
from dataclasses import dataclass

PEERS = ("nginx", "haproxy")


@dataclass(frozen=True)
class TableSpec:
    metric: str
    title: str
    lower_is_better: bool = True
    ratios: bool = True
    digits: int = 1


@dataclass(frozen=True)
class MetricsTable:
    """One case with its metrics below each other."""
    case: str
    title: str
    rows: tuple              # of (metric, label, digits)


def best_peer(values, lower_is_better=True):
    """The better of nginx and HAProxy; None when neither was measured."""
    known = [values[peer] for peer in PEERS if values.get(peer) is not None]
    if not known:
        return None
    return min(known) if lower_is_better else max(known)


def ratio(value, base):
    return value / base if value is not None and base else None


def ratios(values, lower_is_better=True):
    """The comparisons of one line, as (heading, number or None)."""
    navajo, peer = values.get("navajo"), best_peer(values, lower_is_better)
    return [
        ("navajo : best of nginx, haproxy", ratio(navajo, peer)),
        ("navajo : mod_proxy", ratio(navajo, values.get("mod_proxy"))),
        ("navajo : floor", ratio(navajo, values.get("floor"))),
        ("best of nginx, haproxy : floor", ratio(peer, values.get("floor"))),
    ]


def build(results, suite, spec, servers):
    """Heading and lines as lists of strings; None when nobody has that metric."""
    lines, shown = [], []
    bad = set(results.failed())
    for case in results.cases(suite):
        values = {server: results.value(suite, case, server, spec.metric) for server in servers}
        if all(value is None for value in values.values()):
            continue
        cells = [f"{value:,.{spec.digits}f}" if value is not None else "-" for value in values.values()]
        cells = ["FAILED" if (suite, case, server) in bad else cell for server, cell in zip(servers, cells)]
        good = {s: v for s, v in values.items() if (suite, case, s) not in bad}
        comparison = ratios(good, spec.lower_is_better) if spec.ratios else []
        lines.append([case, *cells, *(f"{number:.2f}" if number is not None else "-" for _, number in comparison)])
        shown = [heading for heading, _ in comparison]
    if not lines:
        return None
    table = [["", *servers, *shown], *lines]
    # A comparison that no line has is left out.
    keep = [column for column in range(len(table[0]))
            if column == 0 or any(line[column] != "-" for line in table[1:])]
    return [[line[column] for column in keep] for line in table]


def build_metrics(results, suite, spec, servers):
    """The same for a MetricsTable."""
    lines = []
    for metric, label, digits in spec.rows:
        values = [results.value(suite, spec.case, server, metric) for server in servers]
        if any(value is not None for value in values):
            lines.append([label, *(f"{value:,.{digits}f}" if value is not None else "-" for value in values)])
    return [["", *servers], *lines] if lines else None


def as_text(table):
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return "\n".join("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in table)


def as_markdown(table):
    head, *lines = table
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])
