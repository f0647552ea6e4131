"""T20: the incident of seed 004. TLS clients send a little, say goodbye and go on talking, or vanish. The server is
to be as quiet afterwards as it was before, and to serve others meanwhile."""
import os
import random
import socket
import ssl
import struct
import threading
import time

import pytest

from harness import paths, processes
from harness.client import get
from harness.edge import BytesBackend, routing, tcp_connector
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, files
from harness.tls import HeldBackClient
from harness.waiting import wait_until

LONG = os.environ.get("NAVAJO_TEST_LONG") == "1"
CONNECTIONS = 10_000 if LONG else 150 if paths.sanitized() else 800
CLIENTS = 4
TRAILERS = (b"\x17\x03\x03\x01", b"\x17\x03\x03\x00\x10" + 16 * b"r", b"x", 100 * b"x", 4096 * b"\xff")


def close_notify(client):
    try:
        client.tls.unwrap()
    except ssl.SSLError:
        pass
    return client.pending()


def one_of_the_incident(port, context, dice):
    """A handshake, 1 to 4 KB, and one of the bad ends."""
    client = HeldBackClient(port, context, "ends.example.test")
    try:
        client.handshake()
        client.write(dice.randbytes(dice.randrange(1024, 4096)))
        way = dice.randrange(5)
        if way == 0:  # T2: all in one segment
            client.flush(close_notify(client) + dice.choice(TRAILERS))
        elif way == 1:  # T3: what comes after comes later
            client.flush(close_notify(client))
            time.sleep(dice.random() / 100)
            client.socket.sendall(dice.choice(TRAILERS))
        elif way == 2:  # T5: no goodbye
            client.flush()
            client.socket.shutdown(socket.SHUT_WR)
        elif way == 3:  # in the middle of a record
            client.socket.sendall(client.pending()[:-7])
        else:
            client.flush()
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if dice.random() < 0.5:
            client.socket.settimeout(0.05)
            try:
                client.socket.recv(4096)
            except OSError:
                pass
    except OSError:
        pass  # the server may have had enough of this one
    finally:
        client.socket.close()


@pytest.fixture(scope="module")
def edge(make_server, module_folder, authority):
    backend = BytesBackend("one")
    certificate, key = authority.issue("ends.example.test")
    port = free_port()
    connector = tcp_connector(port, tls="terminate", certificate=certificate, key=key, halfClosedTimeout="2s",
                              maxConnectionsPerClient="10000")
    site = Site([Connector(free_port())], [Host("localhost", [Context(str(module_folder / "www"), [files()])])],
                inside=routing(backend.port) + connector)
    yield make_server(site=site), port
    backend.close()


def test_T20_the_incident_of_ten_thousand_aborted_connections(edge, authority):
    server, port = edge
    server.expect_log("NVJ205[0-9]|NVJ1[0-9]{3}", required=False)
    context = authority.client_context()
    dice = random.Random(20)
    one_of_the_incident(port, context, dice)
    wait_until(lambda: server.number("tcp_open") == 0, 10, "the first to be gone")
    children = server.children()
    descriptors = sum(map(processes.open_descriptors, children))
    left = iter(range(CONNECTIONS))
    lock = threading.Lock()

    def work(seed):
        own = random.Random(seed)
        while True:
            with lock:
                if next(left, None) is None:
                    return
            one_of_the_incident(port, context, own)

    clients = [threading.Thread(target=work, args=(seed,)) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    slowest = 0.0
    while any(client.is_alive() for client in clients):  # others are served all the time
        began = time.monotonic()
        assert get(server.port, "/").status in (403, 404)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.05)
    for client in clients:
        client.join()
    assert slowest < 2, slowest
    ended = time.monotonic()
    wait_until(lambda: server.number("tcp_open") == 0, 10, "all of them to be gone")
    wait_until(lambda: sum(map(processes.open_descriptors, children)) <= descriptors + 8, 10, "all closed")
    assert server.children() == children
    time.sleep(max(0.0, 5 - (time.monotonic() - ended)))
    before = sum(map(processes.cpu_seconds, children)), server.number("tunnel_wake_ups")
    time.sleep(1)
    assert sum(map(processes.cpu_seconds, children)) - before[0] <= (0.2 if paths.sanitized() else 0.03)
    assert server.number("tunnel_wake_ups") == before[1]
    assert server.number("tunnels_stuck") == 0
