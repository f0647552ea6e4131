"""Reports: every suite has its form, results become text, chart and Markdown."""
import xml.etree.ElementTree as ElementTree

import pytest

import suites
from benchlib import report
from benchlib.results import Results

MACHINE = {"date": "2030-01-01 00:00 UTC", "cpu": "a cpu", "cores": 2, "virtual": True, "memory_mb": 1024,
           "kernel": "6.1", "system": "an OS", "pinning": "proxy on core 1", "load_average_before": 0.1,
           "versions": {"nginx": "1.22.1"}, "commit": "abc", "command": "make bench"}


@pytest.fixture(name="results")
def some_results():
    results = Results()
    for server, value in (("floor", 11.0), ("nginx", 14.0), ("navajo", 15.4)):
        results.add("http1", suites.http1.MAIN.name, server, "cpu_per_request", "us", value)
        results.add("memory", suites.memory.AWAKE, server, "memory_per_connection", "KB", value / 10)
    return results


@pytest.mark.parametrize("suite", suites.ALL, ids=lambda suite: suite.NAME)
def test_every_suite_has_the_parts_that_the_driver_uses(suite):
    assert suite.NAME and suite.ABOUT and suite.TABLES and callable(suite.run)
    assert list(suite.panels(Results())) == []
    assert all(goal.suite == suite.NAME for goal in suite.GOALS)


def test_cases_have_names_of_their_own():
    for quick, wrk in ((False, True), (True, True), (False, False)):
        names = [case.name for case in suites.http1.cases(quick, wrk)]
        assert len(names) == len(set(names))


def test_the_text_holds_the_ratio_and_the_verdict(results):
    text = report.as_text(results, [suites.http1])
    assert "1.10" in text
    assert "reached" in text and "to the better of nginx and HAProxy: 1.10" in text


def test_navajo_comes_first_and_the_floor_last(results):
    assert report.servers_in(results, "http1") == ["navajo", "nginx", "floor"]


def test_the_chart_of_all_suites_is_well_formed(results):
    ElementTree.fromstring(report.as_svg(results, suites.ALL, MACHINE))


def test_the_legend_names_only_who_is_drawn(results):
    results.add("mitm", suites.mitm.NEW, "squid", "first_byte_p50", "us", 5000)
    drawn = report.as_svg(results, suites.ALL, MACHINE)
    assert "nginx" in drawn and "squid" not in drawn


def test_markdown_replaces_only_what_stands_between_the_marks(results):
    text = report.as_markdown(results, suites.ALL, MACHINE)
    assert "### http1: CPU time of the proxy per request (us)" in text
    document = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    changed = report.replace_between_marks(document, text)
    assert changed.startswith("before\n") and changed.endswith("after\n")
    assert "old" not in changed and "make bench" in changed
    with pytest.raises(ValueError):
        report.replace_between_marks("no marks here", text)
