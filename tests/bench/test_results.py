"""From runs to rows: medians, spreads, errors; rows survive the file."""
import pytest

from benchlib.load import Measured
from benchlib.results import Results, add_runs, spread_percent


def run(cpu_us, *, requests=1000.0, errors=None, others=0.0, p50=100.0):
    return Measured(requests, 0.5, p50, 200.0, cpu_us, cpu_us / 4, cpu_us * 3 / 4, errors or {}, others_cpu_us=others)


def value(results, metric):
    return results.value("s", "c", "navajo", metric)


def test_the_median_run_counts_and_not_the_mean():
    results = Results()
    add_runs(results, "s", "c", "navajo", [run(16000), run(90000), run(15000)], cores=2)
    assert value(results, "cpu_per_request") == 16.0
    assert value(results, "cpu_user_per_request") == 4.0
    assert value(results, "throughput") == 2000.0
    assert value(results, "runs") == 3


def test_one_error_in_one_run_makes_the_case_failed():
    results = Results()
    add_runs(results, "s", "c", "navajo", [run(1), run(1, errors={"closed": 1}), run(1)], cores=2)
    assert results.failed() == [("s", "c", "navajo")]


def test_runs_without_a_finished_answer_have_no_latency_instead_of_zero():
    results = Results()
    add_runs(results, "s", "c", "navajo", [run(1, p50=0.0), run(1, p50=0.0), run(1, p50=700.0)], cores=2)
    assert value(results, "latency_p50") == 700.0


def test_disturbance_that_was_not_measured_is_not_reported_as_none():
    results = Results()
    add_runs(results, "s", "c", "navajo", [run(1, others=None)], cores=2)
    assert value(results, "disturbance") is None
    assert value(results, "cpu_per_request") is not None


def test_spread_is_relative_to_the_median():
    assert spread_percent([9.0, 10.0, 12.0]) == pytest.approx(30.0)
    assert spread_percent([0.0, 0.0]) == 0.0


def test_rows_are_the_same_after_writing_and_reading(tmp_path):
    results = Results()
    results.add("http1", "1k", "nginx", "cpu_per_request", "us", 14.3)
    results.add("http1", "1k", "floor", "cpu_per_request", "us", 11.4)
    results.write(tmp_path / "results.json")
    again = Results.read(tmp_path / "results.json")
    assert again.rows == results.rows
    assert again.rows[0] == {"suite": "http1", "case": "1k", "server": "nginx", "metric": "cpu_per_request",
                             "unit": "us", "value": 14.3}
    assert again.servers("http1") == ["nginx", "floor"]
