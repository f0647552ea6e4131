"""Requests shared between backends: LoadBalancing of HttpConnectorServlet, LoadBalancerServlet, dynamic addresses."""
import pytest

from harness.backend import ScriptedBackend
from harness.client import Client, get
from harness.ports import free_port
from harness.site import Component, proxy
from harness.waiting import wait_until


@pytest.fixture
def pair():
    made = [ScriptedBackend(), ScriptedBackend()]
    yield made
    for one in made:
        one.close()


def balancer(*targets, **params):
    return Component("servlet", "Balancer", "LoadBalancerServlet", ("/*",),
                     {"Servlets": ", ".join(targets), "RetryTimeout": 1, **params})


def target(name, port, **params):
    return Component("servlet", name, "BackendConnectorServlet", (),
                     {"InetAddress": f"127.0.0.1:{port}", "Secure": "false", **params})


def test_requests_take_turns_whichever_child_serves_them(make_server, pair):
    server = make_server([proxy(pair[0].port, pair[1].port, LoadBalancing="true")])
    for _ in range(20):
        assert get(server.port, "/ok/turn").status == 200
    assert len(pair[0].seen("/ok/turn")) == len(pair[1].seen("/ok/turn")) == 10
    server.stop()


def test_later_groups_serve_when_the_first_is_down(make_server, pair):
    server = make_server([proxy(f"127.0.0.1:{free_port()} | 127.0.0.1:{pair[0].port} 127.0.0.1:{pair[1].port}",
                                LoadBalancing="true")])
    server.expect_log(r"NVJ1201")
    for _ in range(10):
        assert get(server.port, "/ok/group").status == 200
    assert abs(len(pair[0].seen("/ok/group")) - len(pair[1].seen("/ok/group"))) <= 1
    server.stop()


def test_load_balancer_shares_requests_between_servlets(make_server, pair):
    server = make_server([balancer("One", "Two"), target("One", pair[0].port), target("Two", pair[1].port)])
    for _ in range(10):
        assert get(server.port, "/ok/shared").status == 200
    assert len(pair[0].seen("/ok/shared")) == len(pair[1].seen("/ok/shared")) == 5
    server.stop()


def test_load_balancer_sends_a_post_elsewhere_when_nothing_was_sent(make_server, pair):
    server = make_server([balancer("Gone", "Two"), target("Gone", free_port()), target("Two", pair[1].port)])
    server.expect_log(r"NVJ(1201|1475)")
    for _ in range(4):
        with Client(server.port) as client:
            assert client.request("POST", "/echo/post", body=b"once").status == 200
    assert [arrived.body for arrived in pair[1].seen("/echo/post")] == [b"once"] * 4
    server.stop()


def test_a_target_that_is_down_is_asked_for_its_life_and_comes_back(make_server, pair):
    port = free_port()
    server = make_server([balancer("Gone", "Two", IsAliveURI="/ok/alive"), target("Gone", port),
                          target("Two", pair[1].port)])
    server.expect_log(r"NVJ(1201|1475)")
    for _ in range(4):
        assert get(server.port, "/ok/first").status == 200
    returned = ScriptedBackend(port=port)
    returned.wait_for("/ok/alive")
    wait_until(lambda: get(server.port, "/ok/again").status == 200 and returned.seen("/ok/again"), 10,
               "the target to get requests again")
    # Never while it is up, and never the one that was not down.
    asked = len(returned.seen("/ok/alive"))
    for _ in range(10):
        assert get(server.port, "/ok/up").status == 200
    assert len(returned.seen("/ok/alive")) == asked
    assert not pair[1].seen("/ok/alive")
    returned.close()
    server.stop()


def test_dynamic_address_is_refused_unless_allowed(make_server, pair):
    server = make_server([Component("servlet", "Dynamic", "BackendConnectorServlet", ("/*",), {
        "InetAddress": "CONST:127.0.0.1\\:;HEADER:X-Port;", "Secure": "false",
        "InetAddress.Allowed": f"127.0.0.1:{pair[0].port}"})])
    assert get(server.port, "/ok/dynamic", {"X-Port": str(pair[0].port)}).status == 200
    assert len(pair[0].seen("/ok/dynamic")) == 1
    server.expect_log(r"NVJ1277")
    assert get(server.port, "/ok/dynamic", {"X-Port": str(pair[1].port)}).status == 403
    assert get(server.port, "/ok/dynamic", {"X-Port": "22 127.0.0.1:80"}).status == 502
    assert get(server.port, "/ok/dynamic").status == 502
    assert not pair[1].seen("/ok/dynamic")
    server.stop()
