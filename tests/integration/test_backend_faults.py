"""Backends that lie, stall or die (failure modes 17, 44): 502 or 504 and its cause, never a complete-looking reply."""
import time

import pytest

from harness.backend import ScriptedBackend
from harness.client import Client, get, request_bytes
from harness.ports import free_port
from harness.response import Incomplete
from harness.site import proxy
from harness.waiting import wait_until

BACKEND_LOG = r"NVJ12\d\d"


@pytest.fixture(scope="module")
def server(make_server, backend):
    return make_server([
        proxy(backend.port, RequestTimeout=1000, ConnectTimeout=1000),
        proxy(free_port(), name="Nobody", at=("/nobody/*",)),
        proxy("no-such-host.invalid:80", name="Nameless", at=("/nameless/*",)),
        proxy("192.0.2.1:81", name="Unroutable", at=("/unroutable/*",), ConnectTimeout=500)])


def in_step(server):
    assert get(server.port, "/ok").status == 200


@pytest.mark.parametrize("script", [
    "length-and-chunked", "two-lengths", "bad-chunk", "unknown-coding", "junk-status", "not-http", "big-header",
    "many-headers", "cut-header", "unasked-upgrade"])
def test_ambiguous_or_broken_response_is_502_and_never_reused(server, backend, script):
    server.expect_log(BACKEND_LOG)
    try:
        response = get(server.port, f"/{script}")
    except Incomplete:
        # A bad chunk may show only after the header has left; then the cut is the answer.
        assert script == "bad-chunk"
    else:
        assert response.status == 502
        assert b"hello" not in response.body and b"hi" != response.body
    connection = backend.seen(f"/{script}")[-1].connection
    for _ in range(5):
        in_step(server)
    assert connection not in {arrived.connection for arrived in backend.seen("/ok")}


@pytest.mark.parametrize("script", ["cut?after=2", "cut?after=0", "cut?after=99", "cut-chunk"])
def test_truncated_response_never_looks_complete(server, script):
    server.expect_log(BACKEND_LOG)
    with Client(server.port) as client:
        client.send(request_bytes("GET", f"/{script}"))
        try:
            response = client.read()
        except Incomplete:
            response = None
        assert response is None or response.status == 502
    in_step(server)


def test_truncated_response_to_http_1_0_is_not_delivered_as_complete(server):
    """Delimited by close, a truncation would look like the end: the length or a reset must tell."""
    server.expect_log(BACKEND_LOG)
    with Client(server.port) as client:
        client.send("GET /cut-chunk HTTP/1.0\r\nHost: localhost\r\n\r\n")
        try:
            client.socket.settimeout(5)
            data = b""
            while piece := client.socket.recv(65536):
                data += piece
            assert b" 200 " not in data.split(b"\r\n")[0], "a truncated body ended like a complete one"
        except ConnectionResetError:
            pass


@pytest.mark.parametrize("path", ["/close-at-once", "/rst"])
def test_backend_that_closes_without_an_answer_is_502(server, path):
    server.expect_log(BACKEND_LOG)
    assert get(server.port, path).status == 502
    in_step(server)


def test_post_is_not_repeated_after_bytes_were_sent(server, backend):
    server.expect_log(BACKEND_LOG)
    with Client(server.port) as client:
        assert client.request("POST", "/close-at-once/post", body=b"pay 100").status == 502
    assert len(backend.seen("/close-at-once/post")) == 1


def test_refused_connection_is_502_with_its_cause(server):
    server.expect_log(r"NVJ12\d\d .*(refused|127\.0\.0\.1)")
    response = get(server.port, "/nobody/x")
    assert response.status in (502, 503)
    assert response.header("Retry-After") is None or response.status == 503


def test_unknown_name_is_502(server):
    server.expect_log(r"NVJ(12|10)\d\d .*no-such-host\.invalid")
    assert get(server.port, "/nameless/x").status in (502, 503)


def test_connect_timeout_is_bounded(server):
    """Without a route the kernel may refuse at once; either way the answer comes in time."""
    server.expect_log(BACKEND_LOG)
    started = time.monotonic()
    assert get(server.port, "/unroutable/x").status in (502, 503, 504)
    assert time.monotonic() - started < 4


def test_silent_backend_is_504_in_time_and_let_go(server, backend):
    server.expect_log(r"NVJ12\d\d .*(time|silent)")
    started = time.monotonic()
    assert get(server.port, "/never").status == 504
    assert 0.8 < time.monotonic() - started < 3
    arrived, = backend.seen("/never")
    wait_until(lambda: arrived.gone_after is not None, 5, "the proxy to close its backend connection")


def test_backend_that_falls_silent_in_the_body_is_cut_off(server, backend):
    server.expect_log(BACKEND_LOG)
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/half-then-silence"))
        started = time.monotonic()
        with pytest.raises(Incomplete):
            client.read()
        assert time.monotonic() - started < 4
    arrived, = backend.seen("/half-then-silence")
    wait_until(lambda: arrived.gone_after is not None, 5, "the proxy to close its backend connection")


def test_slow_backend_below_its_timeout_is_served(server):
    started = time.monotonic()
    assert get(server.port, "/slow?delay=0.7").status == 200
    assert time.monotonic() - started >= 0.7


def test_slow_body_below_its_timeout_is_served(server):
    """The timeout is between bytes, not for the whole."""
    assert len(get(server.port, "/trickle?pieces=8&size=100&delay=0.3").body) == 800


def test_backend_that_does_not_read_the_body_is_504_in_time(make_server):
    """Writes to a deaf backend wait, not for ever, and not in memory."""
    deaf = ScriptedBackend(receive_buffer=4096)
    server = make_server([proxy(deaf.port, RequestTimeout=1000)])
    server.expect_log(BACKEND_LOG)
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/deaf", {"Content-Length": "50000000"}))
        started = time.monotonic()
        client.socket.settimeout(5)
        try:
            for _ in range(50):
                client.send(b"x" * 1_000_000)
        except (TimeoutError, ConnectionError):
            pass
        assert client.read().status in (502, 504)
        assert time.monotonic() - started < 10
    deaf.close()
    server.stop()


def test_error_page_names_the_request_id_and_nothing_internal(server, backend):
    server.expect_log(BACKEND_LOG)
    response = get(server.port, "/close-at-once", {"Accept": "text/html"})
    assert response.status == 502
    assert str(backend.port).encode() not in response.body
    assert b"127.0.0.1" not in response.body


def test_slow_backends_do_not_hold_up_others(server):
    """Twenty requests wait for the backend; a quick one passes them all."""
    waiting = [Client(server.port) for _ in range(20)]
    for client in waiting:
        client.send(request_bytes("GET", "/slow?delay=0.8"))
    started = time.monotonic()
    in_step(server)
    assert time.monotonic() - started < 0.5
    for client in waiting:
        assert client.read().status == 200
        client.close()
