"""`navajo route`: what a running server's Routing says of its backends, and what a client would get."""
import json
import time

import pytest

from harness.backend import ScriptedBackend
from harness.client import get
from harness.edge import routing
from harness.ports import free_port
from harness.site import Component, Connector, Context, Host, Site, status


@pytest.fixture
def backend():
    made = ScriptedBackend()
    yield made
    made.close()


@pytest.fixture
def server(make_server, module_folder, backend):
    folder = module_folder / f"site{time.monotonic_ns()}"
    servlet = Component("servlet", "Edge", "EdgeConnectorServlet", ("/*",), {"Routing": "edge"})
    site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder), [servlet, status()])])],
                inside=routing(backend.port, policy="tiers", binding="none"))
    made = make_server(site=site)
    yield made
    made.stop()


def lines(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_machines_load_can_be_read_as_the_proxy_sees_it(server, backend):
    """fly-proxy: users cannot read per-machine load."""
    for _ in range(5):
        assert get(server.port, "/ok/why").status == 200
    candidate, verdict = lines(server.navajo("route", "why", "--client", "192.0.2.7", "--live", "--json"))
    assert candidate["id"] == verdict["backend"] == f"127.0.0.1:{backend.port}"
    assert candidate["chosen"] and candidate["state"] == "usable"
    assert candidate["load"] == 0 and candidate["connect_us"] > 0


def test_many_clients_are_tried_without_a_request(server, backend):
    shared, end = lines(server.navajo("route", "simulate", "--random", "50", "--live", "--json"))
    assert shared["clients"] == end["clients"] == 50 and end["refused"] == {}
    assert backend.seen("/") == []
