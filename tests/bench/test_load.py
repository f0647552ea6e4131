"""The reports of both load generators are read as they are printed."""
import json

import pytest

from benchlib.child import Failed
from benchlib.load import parse_own, parse_wrk

WRK = """\
Running 2s test @ http://127.0.0.1:8080/1k
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.62ms    2.10ms  40.36ms   97.19%
    Req/Sec    23.51k     1.51k   26.03k    85.00%
  Latency Distribution
     50%  640.00us
     75%    1.43ms
     90%    2.02ms
     99%    7.05ms
  46807 requests in 2.00s, 51.42MB read
Requests/sec:  23388.02
Transfer/sec:     25.69MB
"""
OWN = {"requests": 1000.5, "answered": 1000, "seconds": 0.5, "p50_us": 300, "p99_us": 900, "max_us": 1200,
       "cpu_us": 20010.0, "cpu_user_us": 5000.0, "cpu_system_us": 15000.0, "cpu_complete": True,
       "foreign_cpu_us": 40000, "stolen_us": 10000, "reconnects": 0,
       "errors": {"connect": 0, "closed": 0, "status": 0, "response": 0, "timeout": 0}}


def test_wrk_counts_and_percentiles_are_read_in_microseconds():
    run = parse_wrk(WRK)
    assert (run.requests, run.seconds, run.p50_us, run.p99_us) == (46807, 2.0, 640.0, 7050.0)
    assert run.error_count == 0


def test_wrk_errors_of_sockets_and_of_status_are_added_up():
    run = parse_wrk(WRK + "  Socket errors: connect 1, read 20, write 3, timeout 400\n"
                    "  Non-2xx or 3xx responses: 5000\n")
    assert run.errors == {"connect": 1, "closed": 20, "write": 3, "timeout": 400, "status": 5000}
    assert run.error_count == 5424


def test_wrk_seconds_and_minutes_are_understood():
    run = parse_wrk(WRK.replace("7.05ms", "1.50s").replace("in 2.00s", "in 1.50m"))
    assert run.p99_us == 1.5e6
    assert run.seconds == 90.0


def test_wrk_without_a_summary_is_a_failure_and_not_a_zero():
    with pytest.raises(Failed):
        parse_wrk("unable to connect to 127.0.0.1:8080 Connection refused\n")


def test_own_report_gives_the_share_of_cpu_time_that_others_had():
    run = parse_own(json.dumps(OWN))
    assert run.requests == 1000.5
    assert run.error_count == 0
    assert run.disturbance(cores=2) == pytest.approx(5.0)


def test_own_report_without_any_answer_is_an_error():
    run = parse_own(json.dumps({**OWN, "requests": 0.0}))
    assert run.error_count == 1


def test_own_report_of_a_server_that_lost_a_process_is_a_failure():
    with pytest.raises(Failed):
        parse_own(json.dumps({**OWN, "cpu_complete": False}))
