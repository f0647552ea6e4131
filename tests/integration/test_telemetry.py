"""OpenTelemetry: W3C trace context, spans and metrics at a collector; one that fails costs requests nothing."""
import re
import ssl
import time

import pytest

from harness.client import Client, get
from harness.collector import Collector
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy, status
from harness.waiting import wait_until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-00"


@pytest.fixture(scope="module")
def collector():
    made = Collector()
    yield made
    made.close()


@pytest.fixture(scope="module")
def make_traced(make_server, module_folder):
    """A server with an OpenTelemetry element of these attributes."""
    count = 0

    def make(*components, collector=None, **attributes):
        nonlocal count
        count += 1
        if collector:
            attributes = {"exporter": f"127.0.0.1:{collector.port}", "batchDelay": "50ms", **attributes}
        element = "    <OpenTelemetry" + "".join(f' {name}="{value}"' for name, value in attributes.items()) + "/>\n"
        return make_server(site=Site([Connector(free_port())], [Host("localhost", [
            Context(str(module_folder / f"traced{count}" / "www"), list(components))])], inside=element))
    return make


@pytest.fixture(scope="module")
def server(make_traced, backend, collector, module_folder):
    headers = module_folder / "headers"
    headers.write_text("# secret\nX-Api-Key: OpenSesame\n")
    return make_traced(status(), proxy("127.0.0.1:1", backend.port, name="Retried", at=("/retried/*",),
                                       LoadBalancing="false"),
                       proxy("127.0.0.1:1", name="Dead", at=("/dead/*",)), proxy(backend.port), collector=collector,
                       metricsInterval="300ms", environment="test", serviceName="edge", headersFile=headers)


def told(backend):
    """The traceparent the backend got with the last request, taken apart."""
    request = backend.requests[-1]
    values = request.all("traceparent")
    assert len(values) == 1, values
    return (*re.fullmatch("00-([0-9a-f]{32})-([0-9a-f]{16})-(0[0-3])", values[0]).groups(), request)


def spans_of(collector, trace, count):
    wait_until(lambda: len([s for s in collector.spans() if s["traceId"] == trace]) >= count, 5, f"{count} spans")
    return [span for span in collector.spans() if span["traceId"] == trace]


def test_a_clients_trace_is_gone_on_with(server, backend, collector):
    fields = {"traceparent": SAMPLED, "tracestate": "congo=t61,rojo=00"}
    assert get(server.port, "/app/x/ok?secret=1", fields).status == 200
    trace, parent, flags, request = told(backend)
    assert (trace, flags) == (TRACE, "01") and parent != PARENT
    assert request.all("tracestate") == ["congo=t61,rojo=00"]
    spans = spans_of(collector, TRACE, 2)
    server_span, = [span for span in spans if span["kind"] == 2]
    client_span, = [span for span in spans if span["kind"] == 3]
    assert server_span["parentSpanId"] == PARENT
    assert client_span["parentSpanId"] == server_span["spanId"]
    assert client_span["spanId"] == parent, "the backend's parent is the span of its call"
    assert server_span["traceState"] == "congo=t61,rojo=00"
    facts = server_span["attributes"]
    assert [facts[name] for name in ("http.request.method", "http.response.status_code", "url.path", "url.scheme")] == \
        ["GET", "200", "/app/x/ok", "http"]
    assert server_span["name"] == "GET /*" and facts["http.route"] == "/*" and facts["navajo.servlet"] == "Backend"
    facts = client_span["attributes"]
    assert facts["server.address"] == "127.0.0.1" and facts["server.port"] == str(backend.port)
    assert facts["url.full"] == f"http://127.0.0.1:{backend.port}/app/x/ok"
    assert "secret" not in str(spans)
    assert int(server_span["startTimeUnixNano"]) <= int(client_span["startTimeUnixNano"]) + 2_000_000
    assert int(client_span["startTimeUnixNano"]) <= int(client_span["endTimeUnixNano"]) <= \
        int(server_span["endTimeUnixNano"]) + 2_000_000
    assert abs(int(server_span["endTimeUnixNano"]) / 1e9 - time.time()) < 60


def test_a_trace_that_begins_here_has_the_requests_id(server, backend, collector):
    get(server.port, "/begins")
    trace, _, flags, _ = told(backend)
    assert flags == "01"
    spans = spans_of(collector, trace, 2)
    server_span, = [span for span in spans if span["kind"] == 2]
    assert "parentSpanId" not in server_span
    assert server_span["attributes"]["navajo.request_id"] == trace
    server.access_lines(f"id={trace}")


@pytest.mark.parametrize("bad", [
    "00-" + TRACE.upper() + "-" + PARENT + "-01", "00-" + "0" * 32 + "-" + PARENT + "-01", SAMPLED + "-x",
    "ff" + SAMPLED[2:], "garbage", f"{SAMPLED}, {SAMPLED}"])
def test_a_malformed_traceparent_is_none(server, backend, bad):
    before = server.number("traces_malformed")
    get(server.port, "/malformed", {"traceparent": bad, "tracestate": "congo=1"})
    trace, parent, _, request = told(backend)
    assert trace != TRACE and parent != PARENT
    assert request.all("tracestate") == []
    assert server.number("traces_malformed") == before + 1


def test_a_malformed_tracestate_goes_and_the_trace_stays(server, backend):
    get(server.port, "/state", {"traceparent": SAMPLED, "tracestate": "a=1,a=2"})
    trace, _, _, request = told(backend)
    assert trace == TRACE and request.all("tracestate") == []


def test_what_the_client_does_not_sample_is_passed_on_and_not_recorded(server, backend, collector):
    before = server.number("spans_recorded")
    trace = "1" * 32
    get(server.port, "/unsampled", {"traceparent": f"00-{trace}-{PARENT}-00"})
    assert told(backend)[0::2][:2] == (trace, "00")
    assert server.number("spans_recorded") == before
    assert not [span for span in collector.spans() if span["traceId"] == trace]


def test_each_call_has_a_span_also_one_that_was_repeated(server, backend, collector):
    server.expect_log(r"NVJ12\d\d", required=False)
    trace = "2" * 32
    assert get(server.port, "/retried/ok", {"traceparent": f"00-{trace}-{PARENT}-01"}).status == 200
    spans = spans_of(collector, trace, 3)
    calls = sorted((span for span in spans if span["kind"] == 3), key=lambda span: int(span["startTimeUnixNano"]))
    assert [span["attributes"].get("error.type") for span in calls] == ["connect_refused", None]
    assert calls[0]["status"] == {"code": 2} and calls[1]["status"] == {}
    assert calls[1]["attributes"]["http.request.resend_count"] == "1"
    assert told(backend)[1] == calls[1]["spanId"]


def test_a_refused_request_has_its_cause(server, collector):
    server.expect_log(r"NVJ12\d\d|NVJ14\d\d", required=False)
    trace = "3" * 32
    assert get(server.port, "/dead/x", {"traceparent": f"00-{trace}-{PARENT}-01"}).status == 502
    spans = spans_of(collector, trace, 2)
    server_span, = [span for span in spans if span["kind"] == 2]
    assert server_span["status"] == {"code": 2}
    assert server_span["attributes"]["error.type"] == server_span["attributes"]["navajo.cause"] == "connect_refused"


def test_metrics_come_from_one_child_with_the_names_of_a_scrape(server, collector):
    get(server.port, "/counted")
    wanted = server.number("requests")

    def arrived():
        metrics = collector.metrics()
        requests = metrics.get("navajo_requests")
        return requests and int(requests["sum"]["dataPoints"][0]["asInt"]) >= wanted and metrics
    metrics = wait_until(arrived, 5, "metrics")
    histogram = metrics["navajo_http_request_duration_seconds"]
    assert histogram["unit"] == "s" and histogram["histogram"]["aggregationTemporality"] == 2
    point = histogram["histogram"]["dataPoints"][0]
    assert sum(map(int, point["bucketCounts"])) == int(point["count"])
    assert len(point["bucketCounts"]) == len(point["explicitBounds"]) + 1
    path, headers, body = [one for one in collector.requests if one[0] == "/v1/metrics"][-1]
    assert headers["X-Api-Key"] == "OpenSesame" and headers["Content-Type"] == "application/json"
    resource = {one["key"]: one["value"]["stringValue"] for one in body["resourceMetrics"][0]["resource"]["attributes"]}
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("edge", "test")
    assert "OpenSesame" not in server.log.everything() + str(server.status())


def test_without_extract_a_stranger_decides_nothing(make_traced, backend):
    server = make_traced(proxy(backend.port), extract="off", samplingRatio="0")
    get(server.port, "/x", {"traceparent": SAMPLED, "tracestate": "congo=1"})
    trace, _, flags, request = told(backend)
    assert trace != TRACE and flags == "00" and request.all("tracestate") == []


def test_without_inject_or_without_the_element_the_clients_fields_pass(make_traced, make_server, backend):
    for server in (make_traced(proxy(backend.port), inject="off"), make_server([proxy(backend.port)])):
        get(server.port, "/x", {"traceparent": SAMPLED, "tracestate": "congo=1"})
        assert backend.requests[-1].all("traceparent") == [SAMPLED]
        assert backend.requests[-1].all("tracestate") == ["congo=1"]


def test_a_collector_with_tls_is_trusted_by_the_ca_that_is_named(make_traced, backend, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("localhost"))
    collector = Collector(context)
    try:
        known, unknown = (make_traced(proxy(backend.port), exporter=f"https://localhost:{collector.port}",
                                      metrics="off", batchDelay="50ms", **more)
                          for more in ({"caCertificate": authority.certificate}, {}))
        unknown.expect_log("NVJ2100")
        get(unknown.port, "/x")
        unknown.wait_for_log("NVJ2100")
        assert not collector.spans()
        get(known.port, "/x")
        wait_until(lambda: len(collector.spans()) == 2, 5, "spans over TLS")
    finally:
        collector.close()


def slowest(server, count=40):
    times = []
    with Client(server.port) as client:
        for _ in range(count):
            started = time.monotonic()
            assert client.get("/ok").status == 200
            times.append(time.monotonic() - started)
    return sorted(times)[len(times) // 2]


def test_a_slow_or_dead_collector_costs_requests_nothing_and_drops_are_counted(make_traced, backend):
    collector = Collector()
    try:
        server = make_traced(proxy(backend.port), collector=collector, queue="16", batch="8", timeout="500ms",
                             metrics="off")
        usual = slowest(server)
        server.expect_log("NVJ2100")
        server.expect_log("NVJ2101", required=False)
        collector.delay = 2  # longer than timeout
        assert slowest(server) < usual + 0.02
        wait_until(lambda: server.number("spans_dropped") > 0, 5, "dropped spans")
        assert server.number("spans_queued") <= 16 * len(server.children())
        server.wait_for_log("NVJ2100")
        collector.delay = 0
        exported = server.number("spans_exported")
        wait_until(lambda: server.number("spans_exported") > exported, 8, "the collector works again")
        recorded, dropped = server.number("spans_recorded"), server.number("spans_dropped")
        # 40 requests twice, a request and a call each: every span was taken or dropped, none is lost count of.
        assert recorded + dropped >= 4 * 40
    finally:
        collector.close()
    assert slowest(server) < usual + 0.02, "nobody listens there any more"


@pytest.mark.parametrize("attributes, fault", [
    ({"samplingRatio": "2"}, "samplingRatio"), ({"exporter": "ftp://x"}, "exporter"),
    ({"headersFile": "none"}, "headersFile"), ({"caCertificate": "none"}, "caCertificate")])
def test_what_is_wrong_is_a_fault_of_the_configuration(make_server, backend, module_folder, attributes, fault):
    element = "<OpenTelemetry " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + "/>"
    server = make_server(site=Site([Connector(free_port())], [Host("localhost", [
        Context(str(module_folder / "faulty"), [proxy(backend.port)])])], inside=element), start=False)
    result = server.navajo("check")
    assert result.returncode == 1
    assert re.search(rf"navajo\.xml:\d+:\d+.*OpenTelemetry {fault}", result.stdout + result.stderr)
