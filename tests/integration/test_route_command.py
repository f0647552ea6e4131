"""`navajo route`: what a running server's Routing says of its backends, and what a client would get."""
import json
import time

import pytest

from harness.edge import BytesBackend, connect, routing, tcp_connector
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, files


@pytest.fixture
def far():
    made = BytesBackend()
    yield made
    made.close()


@pytest.fixture
def tcp_port():
    return free_port()


@pytest.fixture
def server(make_server, module_folder, far, tcp_port):
    folder = module_folder / f"site{time.monotonic_ns()}"
    site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder), [files()])])],
                inside=routing(far.port, policy="tiers", binding="none") + tcp_connector(tcp_port, app="default"))
    made = make_server(site=site)
    yield made
    made.stop()


def lines(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_machines_load_can_be_read_as_the_proxy_sees_it(server, far, tcp_port):
    """fly-proxy: users cannot read per-machine load."""
    held = [connect(tcp_port) for _ in range(3)]
    for one in held:
        one.sendall(b"hello")
        assert one.recv(5) == b"hello"
    candidate, verdict = lines(server.navajo("route", "why", "--client", "192.0.2.7", "--live", "--json"))
    assert candidate["id"] == verdict["backend"] == f"127.0.0.1:{far.port}"
    assert candidate["chosen"] and candidate["state"] == "usable"
    assert candidate["load"] == 3 and candidate["connect_us"] > 0
    for one in held:
        one.close()


def test_many_clients_are_tried_without_a_connection(server, far):
    shared, end = lines(server.navajo("route", "simulate", "--random", "50", "--live", "--json"))
    assert shared["clients"] == end["clients"] == 50 and end["refused"] == {}
    assert far.connections == []
