"""How long a body may be, by Server, Host and Context; places for large bodies; memory that gets short; a child that is
replaced. Failure-modes.md rows 30, 38."""
import contextlib

import pytest

from harness.client import Client, chunked, request_bytes
from harness.load import Load
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy
from harness.waiting import wait_until


@pytest.fixture(scope="module")
def server(make_server, backend, module_folder):
    def context(path, **attributes):
        # The whole path goes to the backend, whose answers are chosen by its first segment.
        return Context(str(module_folder / f"www{len(path)}"), [proxy(backend.port)], path, attributes)
    contexts = [context(""), context("/ok/narrow", limitRequestBody="1000"),
                context("/ok/wide!", limitRequestBody="300K"), context("/ok/unlimited", limitRequestBody="any")]
    host = Host("localhost", contexts, {"limitRequestBody": "50000"})
    other = Host("other.example.org", [Context(str(module_folder / "other"), [proxy(backend.port)])])
    return make_server(site=Site([Connector(free_port())], [host, other], server={"LimitRequestBody": "100000"}))


@pytest.fixture(autouse=True)
def httpd_may_tell(request):
    for name in ("server", "observed"):
        if name in request.fixturenames:
            request.getfixturevalue(name).expect_log(r"AH0\d+|NVJ1213|NVJ1001", required=False)


def declared(server, path, size, host="localhost", expect=False):
    """Announces a body and sends none of it."""
    fields = {"Content-Length": str(size)}
    if expect:
        fields["Expect"] = "100-continue"
    with Client(server.port) as client:
        client.send(request_bytes("POST", path, fields, host=host))
        return client.read()


def posted(server, path, size, host="localhost"):
    with Client(server.port) as client:
        client.send(request_bytes("POST", path, {"Content-Length": str(size)}, host=host) + b"b" * size)
        return client.read()


def sent_in_chunks(server, path, size):
    with Client(server.port) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.send(request_bytes("POST", path, {"Transfer-Encoding": "chunked"}))
            client.send(chunked(*[b"c" * 500] * (size // 500)))
        return client.read()


@pytest.mark.parametrize("path, limit", [
    ("/ok/host", 50_000), ("/ok/narrow/x", 1000), ("/ok/wide!/x", 300 << 10)])
def test_the_innermost_limit_counts_to_the_byte(server, backend, path, limit):
    assert posted(server, path, limit).status == 200
    assert len(backend.seen(path)[0].body) == limit
    backend.clear()
    assert declared(server, path, limit + 1).status == 413
    assert not backend.seen(path)


def test_a_host_without_a_limit_has_the_servers(server, backend):
    assert posted(server, "/ok/servers", 100_000, host="other.example.org").status == 200
    backend.clear()
    assert declared(server, "/ok/servers", 100_001, host="other.example.org").status == 413
    assert not backend.seen("/ok/servers")


def test_a_context_may_let_everything_in(server, backend):
    assert posted(server, "/ok/unlimited", 1_500_000).status == 200
    assert sent_in_chunks(server, "/ok/unlimited", 200_000).status == 200


def test_a_client_that_waits_for_100_is_told_413_instead(server, backend):
    response = declared(server, "/ok/narrow/wait", 1001, expect=True)
    assert response.status == 413
    assert not backend.seen("/ok/narrow/wait")


@pytest.mark.parametrize("path, size", [("/ok/host/c", 60_000), ("/ok/narrow/c", 20_000), ("/ok/wide!/c", 400_000)])
def test_a_chunked_body_over_the_limit_never_looks_whole(server, backend, path, size):
    assert sent_in_chunks(server, path, size).status == 413
    assert not [arrived for arrived in backend.seen(path) if arrived.complete]


def test_a_chunked_body_within_a_wider_limit_passes(server, backend):
    assert sent_in_chunks(server, "/ok/wide!/whole", 250_000).status == 200
    assert len(backend.seen("/ok/wide!/whole")[0].body) == 250_000


def test_the_cause_is_counted(server):
    before = server.number("bodies_refused")
    assert declared(server, "/ok/narrow", 5000).status == 413
    assert server.number("bodies_refused") == before + 1


# ---------------------------------------------------------------- places and memory

def one_child(observer, interval="20ms", **server):
    return {"server": {"StartServers": "1", "ServerLimit": "4", "ThreadsPerChild": "4", "ThreadLimit": "8",
                       "MaxRequestWorkers": "4", "MinSpareThreads": "1", "MaxSpareThreads": "4", **server},
            "inside": "<MemoryObserver groupHigh='off' groupCritical='off' "
                      f"interval='{interval}' {observer}/>\n"}


def observed_site(backend, folder, observer, **server):
    return Site([Connector(free_port())], [Host("localhost", [Context(str(folder), [proxy(backend.port)])])],
                **one_child(observer, **server))


@pytest.fixture(scope="module")
def observed(make_server, backend, module_folder):
    return make_server(site=observed_site(backend, module_folder / "places",
                                          "largeBody='100K' maxLargeBodies='2' largeBodyWait='200ms'"))


def test_one_large_body_too_many_waits_and_is_refused(observed, backend):
    observed.expect_log("NVJ1947")
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            client = stack.enter_context(Client(observed.port))
            client.send(request_bytes("POST", "/ok/held", {"Content-Length": "200000"}) + b"x" * 1000)
        wait_until(lambda: observed.number("large_bodies") == 2, 5, "two large bodies at work")
        response = declared(observed, "/ok/third", 200_000)
        assert response.status == 503
        assert response.header("Retry-After") == "5"
        assert not backend.seen("/ok/third")
        assert posted(observed, "/ok/small", 1000).status == 200
        assert sent_in_chunks(observed, "/ok/grown", 150_000).status == 503
        assert not [arrived for arrived in backend.seen("/ok/grown") if arrived.complete]
    wait_until(lambda: observed.number("large_bodies") == 0, 5, "the places given back")
    assert posted(observed, "/ok/again", 200_000).status == 200


def test_a_child_short_of_memory_refuses_large_bodies_or_everything(make_server, backend, module_folder):
    high = make_server(site=observed_site(backend, module_folder / "high", "processHigh='1M' largeBody='100K'"))
    high.expect_log("NVJ1940")
    high.wait_for_log("NVJ1940")
    response = declared(high, "/ok/large", 200_000)
    assert (response.status, response.header("Retry-After")) == (503, "5")
    assert posted(high, "/ok/small", 1000).status == 200
    critical = make_server(site=observed_site(backend, module_folder / "critical",
                                              "processCritical='1M' largeBody='100K'"))
    critical.expect_log("NVJ1941")
    critical.wait_for_log("NVJ1941")
    with Client(critical.port) as client:
        assert client.request("GET", "/ok").status == 503
    assert critical.number("memory_refused") >= 1


def test_a_child_that_stays_too_large_is_replaced_under_load_without_a_failed_request(
        make_server, backend, module_folder):
    server = make_server(site=observed_site(backend, module_folder / "replace", "processReplace='1M'", interval="1s"))
    server.expect_log("NVJ1943")
    first = server.children()
    with Load(server.port, clients=4) as load:
        server.wait_for_log("NVJ1943")
        wait_until(lambda: server.children() and not set(first) & set(server.children()), 20, "another child")
        wait_until(lambda: load.done > 100, 10, "some requests more")
        load.stop()
    assert not load.failures, load.summary()
    # The next one is as large, and has to wait its minute.
    assert len(server.log.lines("NVJ1943")) == 1


def test_without_room_for_another_one_a_child_stays(make_server, backend, module_folder):
    server = make_server(site=observed_site(backend, module_folder / "alone", "processReplace='1M'", ServerLimit="1"))
    server.expect_log("NVJ1943")
    server.wait_for_log("NVJ1943.*ServerLimit leaves no room")
    with Client(server.port) as client:
        assert client.request("GET", "/ok").status == 200
