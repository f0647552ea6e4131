"""HealthCheck of a Routing: what is down is left alone before a client meets it."""
import os
import signal
import time

import pytest

from harness.backend import ScriptedBackend
from harness.client import get
from harness.edge import BytesBackend, element, routing, routing_db
from harness.ports import free_port
from harness.site import Component, Connector, Context, Host, Site, status
from harness.waiting import wait_until

TWO_CHILDREN = {"StartServers": "2", "ServerLimit": "2", "MaxRequestWorkers": "50", "MinSpareThreads": "50",
                "MaxSpareThreads": "75"}


def check(**attributes):
    return element("HealthCheck", **{"type": "http", "interval": "200ms", "timeout": "2s", "rise": 2, "fall": 2,
                                     **attributes})


@pytest.fixture
def make_checked(make_server, module_folder):
    made = []

    def make(inside, server=None):
        edge = Component("servlet", "Edge", "EdgeConnectorServlet", ("/*",), {"Routing": "edge"})
        folder = module_folder / f"site{time.monotonic_ns()}"
        site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder), [edge, status()])])],
                    inside=inside, server=dict(server or {}))
        made.append(make_server(site=site))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def test_a_backend_that_stops_answering_meets_no_client_and_comes_back(make_checked):
    one, two = ScriptedBackend(), ScriptedBackend()
    server = make_checked(routing(one.port, two.port, policy="roundRobin", binding="none",
                                  inside=check(path="/status?code=204", status="204")))
    wait_until(lambda: one.seen("/status") and two.seen("/status"), 5, "checks")
    one.close()
    server.expect_log(f"NVJ2002.*127.0.0.1:{one.port}.*Connection refused")
    server.wait_for_log("NVJ2002")
    # No NVJ1201 of a request: an unexpected line would fail the test.
    for _ in range(10):
        assert get(server.port, "/ok/down").status == 200
    assert len(two.seen("/ok/down")) == 10
    assert server.number("backend_checks_failed") >= 2

    back = ScriptedBackend(port=one.port)
    server.wait_for_log("NVJ2003")
    for _ in range(10):
        assert get(server.port, "/ok/back").status == 200
    # Each child has turns of its own.
    assert len(back.seen("/ok/back")) + len(two.seen("/ok/back")) == 10
    assert back.seen("/ok/back") and two.seen("/ok/back")
    two.close()
    back.close()


def test_one_child_checks_for_all_and_another_one_takes_over(make_checked, module_folder):
    backend = BytesBackend(proxy_protocol=True)
    path = routing_db(module_folder / "checked.db",
                      {"id": "one", "port": backend.port, "check": "tcp", "proxy_protocol": "v2"},
                      {"id": "two", "port": backend.port, "check": "off"})
    server = make_checked(routing(database=path, inside=check(interval="500ms")), server=TWO_CHILDREN)
    wait_until(lambda: len(server.children()) == 2 and backend.connections, 10, "two children, and a check")
    before = len(backend.connections)
    time.sleep(4)
    # Eight of one child; sixteen if both did it.
    assert 6 <= len(backend.connections) - before <= 10
    assert backend.connections[0].header == b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"
    by_child = server.numbers_of_children("backend_checks")
    checking = [pid for pid, number in by_child.items() if number > 0]
    assert len(checking) == 1, by_child
    server.expect_log(f"AH00052|AH00051|child pid {checking[0]}", required=False)
    os.kill(checking[0], signal.SIGKILL)
    at = len(backend.connections)
    wait_until(lambda: len(backend.connections) >= at + 3, 10, "checks of the other child")


def test_a_check_that_is_taken_away_leaves_nobody_down(make_checked, module_folder):
    gone, there = free_port(), ScriptedBackend()
    path = module_folder / "taken.db"
    rows = [{"id": "one", "port": there.port, "check": "http:/status?code=503=200"}, {"id": "two", "port": gone}]
    routing_db(path, *rows)
    server = make_checked(routing(database=path, binding="none", inside=check(type="tcp")))
    server.expect_log("NVJ2002")
    wait_until(lambda: len(server.log.lines("NVJ2002")) == 2, 10, "both to be down")
    server.expect_log("NVJ2006", required=False)
    assert get(server.port, "/ok/none").status == 503
    rows[0]["check"] = "off"
    routing_db(path, *rows)
    wait_until(lambda: get(server.port, "/ok/again").status == 200, 5, "the backend without a check")
    there.close()
