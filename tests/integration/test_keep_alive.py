"""Kept connections: limits, hibernation, lingering close."""
import time

import pytest

from harness import processes
from harness.backend_scripts import filler
from harness.client import Client, request_bytes
from harness.response import Incomplete
from harness.site import proxy
from harness.waiting import wait_until


@pytest.fixture(scope="module")
def server(make_server, backend):
    return make_server([proxy(backend.port)], reactor={"threads": 1, "hibernateAfter": 300},
                       server={"KeepAliveTimeout": 2, "MaxKeepAliveRequests": 5})


def test_idle_connection_is_closed_after_keep_alive_timeout(server):
    with Client(server.port) as client:
        assert client.get("/ok").status == 200
        started = time.monotonic()
        assert client.closed_by_server(within=6)
        assert 1.5 < time.monotonic() - started < 4.5


def test_max_keep_alive_requests_ends_the_connection_politely(server):
    with Client(server.port) as client:
        # httpd counts those after the first.
        responses = [client.get("/ok") for _ in range(6)]
        assert [response.keeps_connection for response in responses] == [True] * 5 + [False]
        assert client.closed_by_server()


def test_connection_close_is_honoured(server):
    with Client(server.port) as client:
        response = client.request("GET", "/ok", {"Connection": "close"})
        assert not response.keeps_connection
        assert client.closed_by_server()


def test_http_1_0_closes_unless_asked_to_keep(server):
    with Client(server.port) as client:
        client.send("GET /ok HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert not client.read().keeps_connection
        assert client.closed_by_server()
    with Client(server.port) as client:
        client.send("GET /ok HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
        assert client.read().keeps_connection
        client.send("GET /ok HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert client.read().status == 200


def test_hibernated_connection_answers_again(server):
    before = server.number("hibernations"), server.number("wake_ups")
    clients = [Client(server.port) for _ in range(5)]
    for client in clients:
        assert client.get("/ok").status == 200
    wait_until(lambda: server.number("hibernations") >= before[0] + 5, 1.5, "hibernation")
    for client in clients:
        assert client.get("/echo/awake").status == 200
        client.close()
    assert server.number("wake_ups") >= before[1] + 5


def test_hibernation_does_not_renew_the_keep_alive_timeout(server):
    with Client(server.port) as client:
        assert client.get("/ok").status == 200
        started = time.monotonic()
        assert client.closed_by_server(within=6)
        assert time.monotonic() - started < 4.5


def test_hibernation_does_not_forget_max_keep_alive_requests(server):
    with Client(server.port) as client:
        served = 0
        while served < 10:
            response = client.get("/ok")
            served += 1
            if not response.keeps_connection:
                break
            if served == 2:
                time.sleep(0.6)  # one night in between
        assert served == 6


def test_half_a_request_after_hibernation_is_completed(server):
    with Client(server.port) as client:
        assert client.get("/ok").status == 200
        time.sleep(0.6)
        data = request_bytes("GET", "/echo/halves")
        client.send(data[:10])
        time.sleep(0.5)
        client.send(data[10:])
        assert client.read().status == 200


def test_client_that_leaves_while_hibernated_is_noticed(server):
    clients = [Client(server.port) for _ in range(10)]
    for client in clients:
        assert client.get("/ok").status == 200
    wait_until(lambda: server.number("connections_hibernated") >= 10, 1.5, "ten hibernated connections")
    for client in clients:
        client.close()
    wait_until(lambda: server.number("connections_live") <= 1, 5, "the connections to be forgotten")


def test_idle_connections_use_no_processor(server):
    clients = [Client(server.port) for _ in range(50)]
    for client in clients:
        assert client.get("/ok").status == 200
    time.sleep(0.5)
    before = sum(processes.cpu_seconds(pid) for pid in server.children())
    time.sleep(1)
    assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.1
    for client in clients:
        client.close()


def test_line_end_after_a_request_does_not_count_as_one(server):
    """Old clients add CRLF after a body; the connection is idle, not readable (reactor rule 6)."""
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/echo", body=b"body") + b"\r\n")
        assert client.read().status == 200
        before = sum(processes.cpu_seconds(pid) for pid in server.children())
        assert client.silent(0.7)
        assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.3
        assert client.get("/ok").status == 200


def test_last_response_survives_a_client_that_still_sends(server):
    """Lingering close: what arrives after our end is drained, or RST would eat the response."""
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/ok?bytes=300000", {"Connection": "close"}))
        for _ in range(20):
            try:
                client.send(b"more that nobody reads " * 1000)
            except ConnectionError:
                break
        try:
            assert client.read().body == filler(300_000)
        except Incomplete as torn:
            raise AssertionError("the response was torn by a reset") from torn


def test_lingering_connection_ends_in_time(server):
    """A client that never closes after our end is let go without holding a stack."""
    clients = [Client(server.port) for _ in range(20)]
    for client in clients:
        assert client.request("GET", "/ok", {"Connection": "close"}).status == 200
        assert client.closed_by_server()
    wait_until(lambda: server.number("fibers_live") <= 2, 5, "the fibers to end")
    wait_until(lambda: server.number("connections_lingering") == 0, 40, "the lingering connections to end")
    for client in clients:
        client.close()


def test_connections_spread_over_both_children(make_server, backend):
    server = make_server([proxy(backend.port)])
    assert len(server.children()) >= 2
    clients = [Client(server.port) for _ in range(40)]
    for client in clients:
        assert client.get("/ok").status == 200
    taken = server.numbers_of_children("connections_taken")
    assert len([pid for pid, number in taken.items() if number > 0]) >= 2, taken
    for client in clients:
        client.close()
    server.stop()
