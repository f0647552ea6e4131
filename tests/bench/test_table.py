"""Tables of ratios."""
from benchlib import table
from benchlib.goals import Goal, verdicts
from benchlib.results import Results

SERVERS = ["navajo", "nginx", "haproxy", "mod_proxy", "floor"]


def measured(**values):
    results = Results()
    for server, value in values.items():
        results.add("http1", "1k", server, "cpu_per_request", "us", value)
        results.add("http1", "1k", server, "errors", "", 0)
    return results


def test_less_cpu_time_is_the_better_peer_and_more_throughput_is():
    assert table.best_peer({"nginx": 14.0, "haproxy": 15.0}) == 14.0
    assert table.best_peer({"nginx": 14.0, "haproxy": 15.0}, lower_is_better=False) == 15.0
    assert table.best_peer({"haproxy": 15.0}) == 15.0
    assert table.best_peer({"navajo": 15.0}) is None


def test_navajo_is_compared_with_the_better_peer_mod_proxy_and_the_floor():
    results = measured(navajo=16.0, nginx=14.0, haproxy=12.8, mod_proxy=40.0, floor=10.0)
    head, line = table.build(results, "http1", table.TableSpec("cpu_per_request", ""), SERVERS)
    assert dict(zip(head, line)) == {
        "": "1k", "navajo": "16.0", "nginx": "14.0", "haproxy": "12.8", "mod_proxy": "40.0", "floor": "10.0",
        "navajo : best of nginx, haproxy": "1.25", "navajo : mod_proxy": "0.40", "navajo : floor": "1.60",
        "best of nginx, haproxy : floor": "1.28"}


def test_a_failed_server_has_no_figure_and_is_no_measure_for_others():
    results = measured(navajo=16.0, nginx=14.0, haproxy=1.0)
    results.add("http1", "1k", "haproxy", "errors", "", 3)
    head, line = table.build(results, "http1", table.TableSpec("cpu_per_request", ""), SERVERS)
    cells = dict(zip(head, line))
    assert cells["haproxy"] == "FAILED"
    assert cells["navajo : best of nginx, haproxy"] == "1.14"


def test_without_navajo_its_comparisons_are_left_out():
    head, _ = table.build(measured(nginx=14.0, floor=11.0), "http1", table.TableSpec("cpu_per_request", ""), SERVERS)
    assert head == ["", "nginx", "floor", "best of nginx, haproxy : floor"]


def test_a_metric_that_nobody_has_makes_no_table():
    assert table.build(measured(nginx=1.0), "http1", table.TableSpec("memory", ""), SERVERS) is None


def test_metrics_of_one_case_stand_below_each_other():
    results = measured(navajo=16.0, nginx=14.0)
    results.add("http1", "1k", "nginx", "throughput", "1/s", 65000.4)
    spec = table.MetricsTable("1k", "", (("cpu_per_request", "cpu", 1), ("throughput", "rate", 0), ("other", "x", 0)))
    assert table.build_metrics(results, "http1", spec, ["navajo", "nginx"]) == [
        ["", "navajo", "nginx"], ["cpu", "16.0", "14.0"], ["rate", "-", "65,000"]]


def test_markdown_has_a_rule_below_its_heading():
    assert table.as_markdown([["", "nginx"], ["1k", "14.0"]]).splitlines() == [
        "|  | nginx |", "| --- | ---: |", "| 1k | 14.0 |"]


def test_goals_are_judged_against_the_named_measure_and_skipped_without_it():
    goals = [Goal("http1", "1k", "cpu_per_request", 1.25, "peers", "to peers"),
             Goal("http1", "1k", "cpu_per_request", 0.45, "mod_proxy", "to mod_proxy")]
    results = measured(navajo=16.0, nginx=12.0)
    assert verdicts(goals, results) == ["MISSED   to peers: 1.33, goal at most 1.25"]
    results = measured(navajo=16.0, nginx=16.0, mod_proxy=40.0)
    assert [verdict[:7] for verdict in verdicts(goals, results)] == ["reached", "reached"]
