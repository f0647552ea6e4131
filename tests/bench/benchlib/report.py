"""From results to what people read: tables on the terminal, the chart, the results section of docs/benchmarks.md."""
from . import chart, goals, machine as machine_info, table
from .servers import ALL

BEGIN = "<!-- results: begin (written by tests/bench/bench.py --write-docs) -->"
END = "<!-- results: end -->"
ORDER = [kind.name for kind in ALL]


def servers_in(results, suite):
    seen = results.servers(suite)
    return [name for name in ORDER if name in seen] + [name for name in seen if name not in ORDER]


def tables(results, suite):
    """(title, table) of everything the suite shows."""
    for spec in suite.TABLES:
        build = table.build_metrics if isinstance(spec, table.MetricsTable) else table.build
        built = build(results, suite.NAME, spec, servers_in(results, suite.NAME))
        if built:
            yield spec.title, built


def as_text(results, suites):
    parts = []
    for suite in suites:
        parts += [f"== {suite.NAME}: {title}\n\n{table.as_text(built)}\n" for title, built in tables(results, suite)]
    verdicts = goals.verdicts([goal for suite in suites for goal in suite.GOALS], results)
    if verdicts:
        parts.append("Goals\n" + "\n".join("  " + verdict for verdict in verdicts) + "\n")
    return "\n".join(parts)


def as_svg(results, suites, machine):
    panels = [panel for suite in suites for panel in suite.panels(results)]
    # Who is in no panel needs no place in the legend.
    drawn = {name for panel in panels for _, _, values in panel.groups for name in values}
    series = [name for name in servers_in(results, None) if name in drawn]
    return chart.document("Navajo and its peers", machine_info.summary(machine), panels, series)


def as_markdown(results, suites, machine):
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    parts = [f"Machine: {machine_info.summary(machine)}; {machine['memory_mb']} MB memory; {machine['pinning']}.",
             f"Versions: {versions}." + (f" Commit: {machine['commit']}." if machine["commit"] else ""),
             f"Command: `{machine['command']}`. Load average before the run: {machine['load_average_before']:.2f}."]
    for suite in suites:
        for title, built in tables(results, suite):
            parts.append(f"### {suite.NAME}: {title}\n\n{table.as_markdown(built)}")
    verdicts = goals.verdicts([goal for suite in suites for goal in suite.GOALS], results)
    if verdicts:
        parts.append("### Goals\n\n" + "\n".join(f"- {verdict}" for verdict in verdicts))
    return "\n\n".join(parts) + "\n"


def replace_between_marks(document, text):
    """The document with the text in the place of what stood between the two marks."""
    before, found, rest = document.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the document lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"
