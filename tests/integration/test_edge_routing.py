"""EdgeConnectorServlet: requests go to the backend that a Routing chooses."""
import collections
import threading
import time

import pytest

from harness.backend import ScriptedBackend
from harness.client import Client, get
from harness.edge import routing, routing_db
from harness.ports import free_port
from harness.site import Component, Connector, Context, Host, Site, status
from harness.waiting import wait_until
from harness.websocket import BINARY, WebSocket


def edge(**params):
    return Component("servlet", "Edge", "EdgeConnectorServlet", ("/*",), {"Routing": "edge", **params})


@pytest.fixture
def make_edge(make_server, module_folder):
    made = []

    def make(inside, server=None, **params):
        folder = module_folder / f"site{time.monotonic_ns()}"
        site = Site([Connector(free_port())],
                    [Host("localhost", [Context(str(folder), [edge(**params), status()])])], inside=inside,
                    server=dict(server or {}))
        made.append(make_server(site=site))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def pair():
    made = [ScriptedBackend(), ScriptedBackend()]
    yield made
    for one in made:
        one.close()


def counts(backends, text):
    return [len(one.seen(text)) for one in backends]


def test_requests_are_shared_and_clients_are_bound(make_edge, pair):
    server = make_edge(routing(pair[0].port, pair[1].port, policy="roundRobin", binding="none"))
    for _ in range(10):
        assert get(server.port, "/ok/turn").status == 200
    one, two = counts(pair, "/ok/turn")
    assert one + two == 10 and abs(one - two) <= 2  # in turn in each of two children
    bound = make_edge(routing(pair[0].port, pair[1].port, policy="roundRobin", binding="client", name="edge"))
    for _ in range(10):
        assert get(bound.port, "/ok/bound").status == 200
    assert sorted(counts(pair, "/ok/bound")) == [0, 10]


def test_edgeproxy_client_affinity_by_cookie(make_edge, pair):
    """edgeProxy binds by address only."""
    server = make_edge(routing(pair[0].port, pair[1].port, policy="roundRobin", binding="key"), **{"Key.Cookie": "sid"})
    for user in range(6):
        for _ in range(4):
            assert get(server.port, f"/ok/user{user}", {"Cookie": f"a=b; sid=user{user}"}).status == 200
    for user in range(6):
        assert sorted(counts(pair, f"/ok/user{user}")) == [0, 4]
    assert all(counts(pair, "/ok/user"))


def test_app_of_the_host_name(make_edge, pair, module_folder):
    """edgeProxy has one pool for all applications."""
    path = routing_db(module_folder / "apps.db", {"id": "one", "app": "one.test", "port": pair[0].port},
                      {"id": "two", "app": "two.test", "port": pair[1].port})
    server = make_edge(routing(database=path), App="ENV:HTTP_Host;")
    for _ in range(3):
        assert get(server.port, "/ok/app", host="one.test").status == 200
        assert get(server.port, "/ok/app", host="two.test").status == 200
    assert counts(pair, "/ok/app") == [3, 3]
    assert get(server.port, "/ok/app", host="three.test").status == 503
    server.wait_for_log("NVJ2006.*three.test")


def test_fly_queue_then_503_with_retry_after_when_all_are_full(make_edge, pair, module_folder):
    path = routing_db(module_folder / "full.db", {"id": "one", "port": pair[0].port, "soft_limit": 1, "hard_limit": 1})
    server = make_edge(routing(database=path, binding="none", queueTimeout="300ms"))
    with Client(server.port) as busy:
        busy.send(b"GET /slow?delay=1.5 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        pair[0].wait_for("/slow")
        answer = get(server.port, "/ok/full")
        assert answer.status == 503 and answer.header("Retry-After") == "1"
        assert not pair[0].seen("/ok/full")
        assert busy.read().status == 200
    server.wait_for_log("NVJ2006")


def test_a_backend_killed_under_load_fails_no_idempotent_request(make_edge, pair):
    victim = ScriptedBackend()
    server = make_edge(routing(victim.port, pair[1].port, policy="roundRobin", binding="none", retryBudget="100"))
    server.expect_log(r"NVJ(1201|1203|1205|1207|1208|2004)", required=False)
    statuses = collections.Counter()
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            statuses[get(server.port, "/ok/load").status] += 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    victim.close()
    time.sleep(1.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200} and statuses[200] > 50


def test_a_post_that_a_backend_has_seen_is_not_sent_again(make_edge, pair):
    server = make_edge(routing(pair[0].port, pair[1].port, policy="roundRobin", binding="none", retryBudget="100"))
    server.expect_log(r"NVJ12\d\d")
    with Client(server.port) as client:
        assert client.request("POST", "/close-at-once", body=b"once").status == 502
    assert sum(counts(pair, "/close-at-once")) == 1
    assert get(server.port, "/close-at-once").status == 502
    assert sum(counts(pair, "/close-at-once")) == 3  # GET: the other one was asked as well


def test_a_post_goes_elsewhere_when_nothing_was_sent(make_edge, pair):
    server = make_edge(routing(free_port(), pair[1].port, policy="roundRobin", binding="none", retryBudget="100"))
    server.expect_log(r"NVJ1201|NVJ2004")
    for _ in range(4):
        with Client(server.port) as client:
            assert client.request("POST", "/echo/post", body=b"once").status == 200
    assert [arrived.body for arrived in pair[1].seen("/echo/post")] == [b"once"] * 4


def test_fly_application_driven_replay(make_edge, pair, module_folder):
    path = routing_db(module_folder / "replay.db", {"id": "one", "app": "one", "port": pair[0].port},
                      {"id": "two", "app": "two", "port": pair[1].port})
    server = make_edge(routing(database=path), App="one", **{"Replay.Field": "Navajo-Replay"})
    with Client(server.port) as client:
        answer = client.request("POST", "/with-field?name=Navajo-Replay&value=app%3Dtwo", body=b"carry me")
    assert pair[0].seen("/with-field")[0].body == pair[1].seen("/with-field")[0].body == b"carry me"
    # The second one asks for itself, until Replay.Max.
    assert answer.status == 502 and not answer.header("Navajo-Replay")
    server.wait_for_log("NVJ2017")
    assert get(server.port, "/with-field?name=Navajo-Replay&value=nonsense").status == 502
    assert server.number("requests_replayed") >= 1


def test_without_permission_a_backend_cannot_ask_for_a_replay(make_edge, pair):
    server = make_edge(routing(pair[0].port))
    answer = get(server.port, "/with-field?name=Navajo-Replay&value=elsewhere")
    assert answer.status == 200 and answer.header("Navajo-Replay") == "elsewhere"


def test_drained_backends_get_nobody_new(make_edge, pair, module_folder):
    path = module_folder / "drain.db"
    rows = [{"id": "one", "port": pair[0].port}, {"id": "two", "port": pair[1].port}]
    routing_db(path, *rows)
    server = make_edge(routing(database=path, policy="roundRobin", binding="none"))
    assert get(server.port, "/ok/before").status == 200
    rows[0]["draining"] = 1
    routing_db(path, *rows)
    wait_until(lambda: server.number("routing_reloads") >= 1, 5, "the table to be read again")
    time.sleep(1)
    for _ in range(6):
        assert get(server.port, "/ok/drained").status == 200
    assert counts(pair, "/ok/drained") == [0, 6]


def test_proxy_header_and_source_address_of_a_row(make_edge, module_folder):
    from harness.edge import BytesBackend
    backend = BytesBackend("one", proxy_protocol=True)
    path = routing_db(module_folder / "header.db", {"id": "one", "port": backend.port, "proxy_protocol": "v1",
                                                    "source_address": "127.0.0.8"})
    server = make_edge(routing(database=path), RequestTimeout="1s")
    server.expect_log(r"NVJ12\d\d")
    get(server.port, "/")  # it gets its own request back, which is no answer
    assert backend.connections[0].header.startswith(b"PROXY TCP4 127.0.0.1 0.0.0.0 0 ")
    assert backend.connections[0].peer[0] == "127.0.0.8"
    backend.close()


def test_fly_request_counts_are_those_of_requests(make_edge, pair, module_folder):
    """Keep-alive connections to backends are kept, and hold no place."""
    path = routing_db(module_folder / "requests.db", {"id": "one", "port": pair[0].port, "soft_limit": 1,
                                                     "hard_limit": 1})
    server = make_edge(routing(database=path, queueTimeout="100ms"))
    with Client(server.port) as one, Client(server.port) as two:
        for _ in range(5):
            assert one.get("/ok/one").status == 200
            assert two.get("/ok/two").status == 200
    assert server.number("backend_reuses") >= 5


# ---------------------------------------------------------------- upgrades

def test_a_websocket_goes_where_its_client_belongs_and_takes_a_place_there(make_edge, pair, module_folder):
    path = routing_db(module_folder / "sockets.db",
                      *({"id": f"b{i}", "port": one.port, "soft_limit": 1, "hard_limit": 1}
                        for i, one in enumerate(pair)))
    server = make_edge(routing(database=path, policy="leastConnections", binding="none", queueTimeout="200ms"),
                       Upgrade="websocket")
    sockets = [WebSocket(server.port, "/ws") for _ in pair]
    try:
        assert [socket.opened for socket in sockets] == [True, True]
        assert counts(pair, "/ws") == [1, 1]
        for number, socket in enumerate(sockets):
            assert socket.ask(b"I am %d" % number) == (BINARY, b"I am %d" % number, True)
        # An open one is at work at its backend, however long it is silent.
        assert get(server.port, "/ok/full").status == 503
        server.wait_for_log("NVJ2006")
    finally:
        for socket in sockets:
            socket.close()
    wait_until(lambda: get(server.port, "/ok/free").status == 200, 5, "a place to be free again")
    server.expect_log("NVJ2006", required=False)
