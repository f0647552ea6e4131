"""Slow senders and slow readers cost others nothing, and are let go in time (failure mode 29)."""
import time

import pytest

from harness import processes
from harness.backend_scripts import filler
from harness.client import Client, get, request_bytes
from harness.response import Incomplete
from harness.site import proxy
from harness.waiting import stays_true, wait_until


@pytest.fixture(scope="module")
def server(make_server, backend):
    """One reactor in each child, so that a held-up reactor shows."""
    return make_server(
        [proxy(backend.port)], reactor={"threads": 1},
        # Without AcceptFilter the kernel keeps a connection from us until its first byte.
        server={"Timeout": 2, "AcceptFilter": "http none",
                "RequestReadTimeout": "header=2-4,MinRate=500 body=2,MinRate=500"})


@pytest.fixture(autouse=True)
def httpd_may_tell(server):
    server.expect_log(r"AH01382|AH00\d+|NVJ1[12]\d\d", required=False)


def answers_quickly(server, seconds=0.5):
    started = time.monotonic()
    assert get(server.port, "/ok").status == 200
    return time.monotonic() - started < seconds


def test_half_a_request_line_holds_up_nobody(server):
    """One such client per reactor killed an early design; here are ten."""
    clients = [Client(server.port).send("GET /half") for _ in range(10)]
    before = sum(processes.cpu_seconds(pid) for pid in server.children())
    stays_true(lambda: answers_quickly(server), 1.5, "quick service beside half a request line")
    used = sum(processes.cpu_seconds(pid) for pid in server.children()) - before
    assert used < 0.75, f"{used} s of CPU: the waiting connections are spun on"
    for client in clients:
        client.close()


def test_slow_header_is_ended_with_408(server):
    with Client(server.port) as client:
        client.send("GET /slow-header HTTP/1.1\r\nHost: localhost\r\n")
        started = time.monotonic()
        try:
            assert client.read().status == 408
        except Incomplete as ended:
            assert not ended.raw
        assert 1.5 < time.monotonic() - started < 6


def test_header_at_a_trickle_is_ended_by_the_longest_time(server):
    """Each byte would renew a plain timeout; MinRate and the maximum do not fall for it."""
    with Client(server.port) as client:
        started = time.monotonic()
        data = b"GET /trickle-header HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 400
        with pytest.raises((ConnectionError, AssertionError)):
            for byte in data:
                client.send(bytes([byte]))
                assert client.silent(0.05)
        assert time.monotonic() - started < 8


def test_slow_body_is_ended_in_time(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/echo/slow-body", {"Content-Length": "1000"}) + b"x" * 10)
        started = time.monotonic()
        try:
            assert client.read().status in (408, 400, 500, 502, 504)
        except Incomplete as ended:
            assert not ended.raw
        assert 1.5 < time.monotonic() - started < 7
    assert not [arrived for arrived in backend.seen("/echo/slow-body") if arrived.complete]


def test_connection_that_says_nothing_is_closed(server):
    with Client(server.port) as client:
        started = time.monotonic()
        client.socket.settimeout(8)
        client.rest()
        assert time.monotonic() - started < 7


def test_body_fast_enough_passes(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/echo/fast-enough", {"Content-Length": "5000"}))
        for _ in range(10):
            client.send(b"y" * 500)
            time.sleep(0.2)
        assert client.read().status == 200


def test_slow_reader_gets_everything_and_holds_up_nobody(server):
    size = 20_000_000
    with Client(server.port, receive_buffer=4096) as client:
        client.send(request_bytes("GET", f"/ok?bytes={size}"))
        time.sleep(0.5)
        assert answers_quickly(server)
        response = client.read()
    assert response.body == filler(size)


def test_slow_reader_does_not_make_memory_grow(server):
    """Back-pressure reaches the backend: what nobody reads is not fetched."""
    before = {pid: processes.resident_bytes(pid) for pid in server.children()}
    clients = [Client(server.port, receive_buffer=4096) for _ in range(10)]
    for client in clients:
        client.send(request_bytes("GET", "/ok?bytes=50000000"))
    time.sleep(1)
    growth = sum(max(0, processes.resident_bytes(pid) - before.get(pid, 0)) for pid in server.children())
    assert growth < 60_000_000, f"{growth} bytes for responses of 500 MB that nobody reads"
    for client in clients:
        client.reset()


def test_reader_that_stops_is_cut_after_timeout(server, backend):
    client = Client(server.port, receive_buffer=4096)
    client.send(request_bytes("GET", "/endless/stopped"))
    arrived, = backend.wait_for("/endless/stopped")
    wait_until(lambda: arrived.gone_after is not None, 12, "the backend call of a reader that stopped to end")
    client.close()


def test_reader_at_a_trickle_is_cut_and_costs_others_nothing(make_server, backend):
    """A byte a second renews any plain timeout. Ten of them; meanwhile others are served as ever."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1, "minReadRate": 20000}, server={"Timeout": 2})
    server.expect_log(r"AH\d+", required=False)

    def slowest():
        times = []
        for _ in range(20):
            started = time.monotonic()
            assert get(server.port, "/ok").status == 200
            times.append(time.monotonic() - started)
        return sorted(times)[-3]

    calm = slowest()
    clients = [Client(server.port, receive_buffer=4096) for _ in range(10)]
    for number, client in enumerate(clients):
        client.send(request_bytes("GET", f"/endless/trickle{number}"))
    started = time.monotonic()

    def all_cut():
        for client in clients:
            try:
                client.socket.settimeout(0.01)
                client.socket.recv(1)
            except OSError:
                pass
        time.sleep(0.5)
        return all(arrived.gone_after is not None for arrived in backend.seen("/endless/trickle"))

    wait_until(lambda: len(backend.seen("/endless/trickle")) == 10, 5, "the slow readers' requests")
    assert slowest() < max(2 * calm, 0.1), "others wait for slow readers"
    wait_until(all_cut, 25, "every slow reader to be cut")
    assert time.monotonic() - started > 1.9, "cut before a whole Timeout was waited"
    wait_until(lambda: server.number("slow_readers") == 10, 5, "the counter")
    assert server.wait_for_log("NVJ1170")
    for client in clients:
        client.close()
    server.stop()


def test_reader_above_the_rate_is_left_alone(make_server, backend):
    """Slow, with pauses, but fast enough on average: 1 MB/s where 100 KB/s are asked for."""
    server = make_server([proxy(backend.port)], reactor={"minReadRate": 100000}, server={"Timeout": 2})
    size = 6_000_000
    with Client(server.port, receive_buffer=65536) as client:
        client.send(request_bytes("GET", f"/ok?bytes={size}"))
        got = 0
        while got < size:
            data = client.socket.recv(500_000)
            assert data, f"cut after {got} bytes"
            got += len(data)
            time.sleep(len(data) / 1_000_000)
    assert server.number("slow_readers") == 0
    server.stop()
