"""Floods and odd messages over HTTP/2, sent frame by frame (failure modes 9, 10, 26 to 28)."""
import time

import pytest

from harness import paths, processes
from harness.client import get
from harness.h2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS, H2Client,
    frame,
                        get_fields, literals)
from harness.site import proxy

GROWTH = 1 << 20


@pytest.fixture(scope="module")
def server(make_server, backend):
    return make_server([proxy(backend.port)], connector={"Protocols": "h2c http/1.1"},
                       httpd="<IfModule !mod_http2.c>\n"
                             f"LoadModule http2_module {paths.stock_module('mod_http2')}\n</IfModule>\n")


@pytest.fixture(autouse=True)
def still_serving(server, backend):
    server.expect_log(r"AH\d+|NVJ1[12]\d\d", required=False)
    yield
    assert get(server.port, "/ok").status == 200
    assert not backend.seen("/smuggled")


@pytest.fixture
def client(server):
    with H2Client(server.port) as made:
        yield made


def test_the_frame_writer_speaks_http2(client, backend):
    assert client.outcome(client.request(get_fields(b"/ok/fine"))).code == 200
    assert client.outcome(client.request(get_fields(b"/ok/post", method=b"POST"), b"hello")).code == 200
    assert client.outcome(client.request(get_fields(b"/junk-status"))).code == 502
    assert backend.seen("/ok/post")[0].body == b"hello"


@pytest.mark.parametrize("more", [
    (b"transfer-encoding", b"chunked"), (b"connection", b"close"), (b"upgrade", b"websocket"), (b"te", b"chunked"),
    (b"x\r\nevil", b"y"), (b"x", b"y\r\nevil: z"), (b"x", b"y\0"), (b"x:", b"y"), (b"X-Upper", b"y"), (b"x y", b"z"),
    (b":path", b"/smuggled"), (b":authority", b"evil"), (b":unknown", b"x"), (b"proxy-connection", b"x")], ids=repr)
def test_row_09_odd_fields_are_refused_before_the_backend(client, backend, more):
    outcome = client.outcome(client.request(get_fields(b"/ok/r9", more=[more])))
    arrived = b"".join(request.raw.lower() for request in backend.seen("/ok/r9"))
    assert outcome.refused or more[0].lower() not in arrived
    assert b"evil" not in b"".join(arrived.raw for arrived in backend.requests)


@pytest.mark.parametrize("path", [b"/ok/r9\r\nX: y", b"/ok/r9 HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled",
    b"/ok/r9\0", b"", b"ok"])
def test_row_09_odd_paths_are_refused(client, backend, path):
    assert client.outcome(client.request(get_fields(path))).refused
    assert not backend.requests


@pytest.mark.parametrize("length, body", [(b"3", b"hello"), (b"9", b"hello"), (b"5", b""), (b"+5", b"hello"),
    (b"5, 5", b"hello")])
def test_row_09_length_that_is_not_the_bodys(client, backend, length, body):
    fields = get_fields(b"/ok/r9cl", method=b"POST", more=[(b"content-length", length)])
    assert client.outcome(client.request(fields, body)).refused
    assert not [arrived for arrived in backend.seen("/ok/r9cl") if arrived.complete]


def test_row_10_authority_wins_over_host(client, backend):
    outcome = client.outcome(client.request(get_fields(b"/ok/r10", more=[(b"host", b"evil")])))
    for arrived in backend.seen("/ok/r10"):
        assert b"evil" not in arrived.raw and arrived.header("X-Forwarded-Host") == "localhost"
    assert outcome.refused or backend.seen("/ok/r10")


def test_row_26_rapid_reset(server, client, backend):
    """CVE-2023-44487: ended in time, few requests reach the backend, no processor time is left behind."""
    sent = 0
    try:
        for _ in range(100):
            batch = b""
            for _ in range(50):
                stream = client.new_stream()
                batch += frame(HEADERS, END_STREAM | END_HEADERS, stream,
                    literals(get_fields(b"/slow/r26?delay=0.05")))
                batch += frame(RST_STREAM, 0, stream, b"\0\0\0\x08")
            client.send(batch)
            sent += 50
    except OSError:
        pass
    ended = client.wait_until_ended()
    assert ended.kind in ("goaway", "closed"), f"{ended} after {sent} resets"
    time.sleep(0.5)
    assert len(backend.seen("/slow/r26")) < 200
    before = sum(processes.cpu_seconds(pid) for pid in server.children())
    time.sleep(1)
    assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.2


def test_row_27_continuation_flood(server, client):
    """CVE-2024-27316: a head without end is ended, and not kept."""
    before = sum(processes.resident_bytes(pid) for pid in server.children())
    most = before
    stream = client.new_stream()
    block = literals([(b"x-%d" % number, b"y" * 100) for number in range(100)])
    try:
        client.send(frame(HEADERS, END_STREAM, stream, literals(get_fields())))
        for _ in range(2000):
            client.send(frame(CONTINUATION, 0, stream, block))
            most = max(most, sum(processes.resident_bytes(pid) for pid in server.children()))
    except OSError:
        pass
    assert client.wait_until_ended().kind in ("goaway", "closed")
    assert most - before < 4 * GROWTH, f"{most - before} bytes for a head that never ends"


@pytest.mark.parametrize("flood", [frame(PING, 0, 0, b"12345678"), frame(SETTINGS)], ids=["ping", "settings"])
def test_row_28_floods_whose_answers_nobody_reads(server, flood):
    """A client that makes the server write without reading is ended, or held back, at bounded memory."""
    before = sum(processes.resident_bytes(pid) for pid in server.children())
    with H2Client(server.port, timeout=1) as client:
        try:
            for _ in range(300):
                client.send(flood * 1000)
        except OSError:
            pass
        growth = sum(processes.resident_bytes(pid) for pid in server.children()) - before
    assert growth < 16 * GROWTH, f"{growth} bytes of answers are kept for a client that reads none"


def test_empty_data_frames_without_end_do_not_spin(server, client):
    stream = client.new_stream()
    client.send(frame(HEADERS, END_HEADERS, stream, literals(get_fields(method=b"POST"))))
    try:
        for _ in range(200):
            client.send(frame(DATA, 0, stream) * 50)
    except OSError:
        pass
    before = sum(processes.cpu_seconds(pid) for pid in server.children())
    time.sleep(1)
    assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.3
