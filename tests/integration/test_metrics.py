"""OpenMetrics: strict text, numbers that agree with the client's, over reloads and dead children."""
import re
import shutil
import ssl
import subprocess
import time

import pytest

from harness import openmetrics
from harness.client import get
from harness.paths import stock_module
from harness.site import proxy, status
from harness.waiting import wait_until

WRK_CONNECTIONS = 2
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.fixture(scope="module")
def server(make_server, backend):
    store = proxy(backend.port, name="Sessions", at=("/unused/*",))
    store.class_name = "LocalSessionStoreServlet"
    store.params = {"MemorySize": "1M", "MaxLifetime": "3600", "MaxInactiveInterval": "600"}
    return make_server([status(at=("/navajo-status", "/metrics")), store, proxy(backend.port, at=("/app/*",)),
                        proxy("127.0.0.1:1", name="Dead", at=("/dead/*",))])


def scrape(server, path="/metrics", **headers):
    response = get(server.port, path, headers)
    assert response.status == 200
    assert response.header("Content-Type") == CONTENT_TYPE
    return openmetrics.parse(response.body)


def requests_of(families, servlet="Backend"):
    return openmetrics.total(families, "navajo_http_request_duration_seconds", "_count", servlet=servlet)


def counted(server, expected, servlet="Backend"):
    """A request is counted after its response has left: the last ones may be a moment behind."""
    wait_until(lambda: requests_of(scrape(server), servlet) >= expected, 5, f"{expected} counted requests")
    return scrape(server)


def wrk(port, seconds="2s"):
    """The requests that were answered, as wrk says."""
    url = f"http://127.0.0.1:{port}/app/ok"
    out = subprocess.run(["wrk", "-t", "1", "-c", str(WRK_CONNECTIONS), "-d", seconds, url], capture_output=True,
                         text=True, timeout=30, check=True).stdout
    assert "Socket errors" not in out and "Non-2xx" not in out, out
    return int(re.search(r"(\d+) requests in", out)[1])


def test_the_text_is_strict_openmetrics_and_has_what_it_should(server):
    get(server.port, "/app/ok")
    families = counted(server, 1)
    assert families["navajo_build"].samples[0][1]["version"].startswith("Navajo/")
    for name in ("navajo_configuration_generation", "navajo_requests", "navajo_epoll_waits", "navajo_fibers_live",
                 "navajo_sessions_active", "navajo_session_store_used_bytes", "navajo_backend_up",
                 "navajo_resident_memory_bytes", "navajo_cpu_seconds", "navajo_allocator_allocated_bytes"):
        assert families[name].samples, name
        assert families[name].help, name
    assert openmetrics.total(families, "navajo_backend_connect_duration_seconds", "_count", servlet="Backend") >= 1
    assert openmetrics.total(families, "navajo_backend_first_byte_duration_seconds", "_count", servlet="Backend") >= 1


@pytest.mark.parametrize("target, accept", [
    ("/metrics", "*/*"), ("/navajo-status?format=openmetrics", "text/html"),
    ("/navajo-status", "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")])
def test_it_is_asked_for_by_path_query_or_accept(server, target, accept):
    assert "navajo_up" in scrape(server, target, Accept=accept)


def test_refused_requests_are_counted_by_cause(server):
    server.expect_log(r"NVJ12\d\d|NVJ14\d\d", required=False)
    before = scrape(server)
    assert get(server.port, "/dead/x").status == 502
    after = counted(server, requests_of(before, "Dead") + 1, "Dead")
    for family in ("navajo_http_request_refusals", "navajo_backend_call_failures"):
        assert openmetrics.total(after, family, servlet="Dead", cause="connect_refused") == \
            openmetrics.total(before, family, servlet="Dead", cause="connect_refused") + 1
    assert openmetrics.total(after, "navajo_http_request_duration_seconds", "_count", servlet="Dead",
                             status_class="5xx") >= 1
    assert openmetrics.total(after, "navajo_backend_up", "", servlet="Backend") == 1


def tolerance(sent):
    """One percent, or what is under way when wrk ends: answered and counted, but not by wrk."""
    return max(sent * 0.01, WRK_CONNECTIONS)


def settled(server):
    """The requests counted, once those that were under way when wrk ended are among them."""
    seen = []

    def the_same_again():
        seen.append(requests_of(scrape(server)))
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]
    wait_until(the_same_again, 5, "requests to be counted")
    return seen[-1]


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_counts_agree_with_wrk_over_a_reload_and_a_killed_child(server):
    before = requests_of(scrape(server))
    sent = wrk(server.port)
    families = counted(server, before + sent * 0.99)
    assert abs(requests_of(families) - before - sent) <= tolerance(sent)
    calls = openmetrics.total(families, "navajo_backend_call_duration_seconds", "_count", servlet="Backend")
    assert abs(calls - requests_of(families)) <= tolerance(sent)
    generation = families["navajo_configuration_generation"].samples[0][2]

    known = settled(server)
    server.graceful_restart()
    wait_until(lambda: scrape(server)["navajo_configuration_generation"].samples[0][2] == generation + 1, 5, "reload")
    assert requests_of(scrape(server)) == known
    sent = wrk(server.port, "1s")
    counted(server, known + sent * 0.99)
    after = settled(server)
    assert abs(after - known - sent) <= tolerance(sent)

    server.expect_log(r"AH00052|AH00051|exit signal Killed", required=False)
    victim = server.children()[-1]  # the oldest may be one of before the reload, at its end
    server.kill_child(victim)
    wait_until(lambda: victim not in server.children() and len(server.children()) >= 2, 10, "another child")
    assert requests_of(scrape(server)) == after


def test_numbers_are_those_of_the_command_and_of_mod_status_too(server):
    result = server.navajo("status", "--openmetrics")
    assert result.returncode == 0, result.stderr
    command, page = openmetrics.parse(result.stdout), scrape(server)
    assert command["navajo_sessions_active"].samples == page["navajo_sessions_active"].samples
    assert requests_of(command) == requests_of(page)
    # What only components know needs a child to ask: backends are on the page alone.
    assert set(command) <= set(page) and "navajo_backend_up" in set(page) - set(command)


def test_mod_status_has_every_number_too(make_server, backend):
    server = make_server([proxy(backend.port)], httpd="""
<IfModule !mod_status.c>
LoadModule status_module %s
</IfModule>
<Location /server-status>
SetHandler server-status
</Location>
""" % stock_module("mod_status"))
    get(server.port, "/ok")
    keys = {line.partition(":")[0] for line in get(server.port, "/server-status?auto").body.decode().splitlines()}
    total = server.status()["total"]
    names = {"Navajo" + "".join(word[:1].upper() + word[1:] for word in name.split("_"))
             for name in [*total["counters"], *total["gauges"]]}
    assert len(names) > 100 and names <= keys


def test_the_commands_json_has_quantiles(server):
    traffic = server.status()["traffic"]
    series = [one for one in traffic["http_request_duration"] if one["servlet"] == "Backend"]
    assert series and 0 < series[0]["p50"] <= series[0]["p99"] < 10
    assert len(series[0]["buckets"]) == len(traffic["bounds_seconds"]) + 1


def test_a_scrape_is_cheap(server):
    started = time.monotonic()
    for _ in range(20):
        get(server.port, "/metrics")
    assert (time.monotonic() - started) / 20 < 0.2


def test_the_end_of_a_served_certificate_is_told(make_server, backend, authority):
    certificate, key = authority.issue("localhost")
    server = make_server([proxy(backend.port)], ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key},
                         httpd=f"<IfModule !mod_ssl.c>\nLoadModule ssl_module {stock_module('mod_ssl')}\n</IfModule>\n")
    server.expect_log(r"\[ssl:|AH0\d+", required=False)
    families = openmetrics.parse(server.navajo("status", "--openmetrics").stdout)
    end = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", certificate], capture_output=True, text=True,
                         check=True).stdout.strip().partition("=")[2]
    (name, labels, value), = families["navajo_certificate_not_after_seconds"].samples
    assert value == ssl.cert_time_to_seconds(end)
    assert labels == {"name": f"localhost:{server.port}", "use": "server"}
