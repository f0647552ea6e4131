"""What an operator takes out of service and ends: addresses of servlets, targets of load balancers, open tunnels."""
import concurrent.futures
import json
import os
import signal
import threading

import pytest

from harness.backend import ScriptedBackend
from harness.client import get
from harness.console import Api, admin_site
from harness.site import Component, proxy
from harness.waiting import wait_until
from harness.websocket import CLOSE, WebSocket


@pytest.fixture(scope="module")
def second():
    made = ScriptedBackend()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(make_server, backend, second, module_folder):
    folder = module_folder / "site"
    folder.mkdir(exist_ok=True)
    components = [
        proxy(backend.port, second.port, name="Shop", LoadBalancing="true", Upgrade="websocket"),
        proxy(backend.port, name="One", at=("/one/*",)),
        proxy(second.port, name="Two", at=("/two/*",)),
        Component("servlet", "Balancer", "LoadBalancerServlet", ("/ok/balanced/*",),
                  {"Servlets": "One, Two", "RetryTimeout": 10}),
    ]
    site, _ = admin_site(folder, components)
    site.server = {"StartServers": 3, "ServerLimit": 6, "ThreadsPerChild": 4, "ThreadLimit": 8, "MaxRequestWorkers": 12,
                   "MinSpareThreads": 12, "MaxSpareThreads": 12}
    return make_server(site=site)


@pytest.fixture
def admin(server):
    return Api(server.site.connectors[1].port)


@pytest.fixture(autouse=True)
def all_in_service(server, backend, second):
    server.expect_log("NVJ2152 .*role_too_low", required=False)
    yield
    for servlet, addresses in (("Shop", (f"127.0.0.1:{backend.port}", f"127.0.0.1:{second.port}")),
                               ("Balancer", ("One", "Two"))):
        server.navajo("backends", "drain", "--undo", "--servlet", servlet, *addresses)


def who_answers(server, backend, second, count=40, path="/ok/who"):
    """How many of so many requests, each on a connection of its own, each backend gets."""
    backend.clear()
    second.clear()
    with concurrent.futures.ThreadPoolExecutor(8) as many:
        statuses = list(many.map(lambda _: get(server.port, path).status, range(count)))
    assert statuses == [200] * count
    return len(backend.seen(path)), len(second.seen(path))


def test_nothing_new_goes_to_a_drained_address_in_any_child(server, backend, second):
    assert len(server.children()) > 1
    first, other = who_answers(server, backend, second)
    assert first > 0 and other > 0
    done = server.navajo("backends", "drain", "--servlet", "Shop", f"127.0.0.1:{backend.port}")
    assert done.returncode == 0, done.stderr
    assert "out for" in done.stdout
    assert who_answers(server, backend, second) == (0, 40)
    listed = [json.loads(line) for line in server.navajo("backends", "list", "--servlet", "Shop", "--json")
              .stdout.splitlines()]
    assert [row["draining"] for row in listed[:2]] == [True, False] and listed[-1]["draining"] == 1
    wait_until(lambda: server.number("backends_drained") == 1, 5, "the gauge")
    # And over a graceful restart, whose children have a new configuration.
    server.graceful_restart()
    assert who_answers(server, backend, second) == (0, 40)
    done = server.navajo("backends", "drain", "--undo", "--servlet", "Shop", f"127.0.0.1:{backend.port}")
    assert done.returncode == 0, done.stderr
    first, other = who_answers(server, backend, second)
    assert first > 0 and other > 0


def test_requests_at_work_end_as_they_would_and_none_fails(server, backend, second):
    statuses, over = [], threading.Event()

    def load():
        while not over.is_set():
            statuses.append(get(server.port, "/slow/load?delay=0.02").status)
    loaders = [threading.Thread(target=load) for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(6) as several:
        slow = [several.submit(get, server.port, "/slow/long?delay=1.5") for _ in range(6)]
        wait_until(lambda: backend.seen("/slow/long") and second.seen("/slow/long"), 5, "the slow ones")
        for loader in loaders:
            loader.start()
        for address in (backend.port, second.port):
            for words in (("drain",), ("drain", "--undo")):
                done = server.navajo("backends", *words, "--servlet", "Shop", f"127.0.0.1:{address}")
                assert done.returncode == 0, done.stderr
        assert [one.result().status for one in slow] == [200] * 6
    over.set()
    for loader in loaders:
        loader.join()
    assert statuses and set(statuses) == {200}


def test_the_last_one_is_taken_out_only_by_force(server, admin, backend, second):
    def which(one):
        return {"servlet": "Shop", "address": f"127.0.0.1:{one.port}"}
    assert admin.post("/backends/drain", which(backend))[0] == 200
    status, told = admin.post("/backends/drain", which(second))
    assert status == 409 and told["error"]["code"] == "last_address"
    assert server.navajo("backends", "drain", "--servlet", "Shop", f"127.0.0.1:{second.port}").returncode == 1
    status, told = admin.post("/backends/drain", {**which(second), "force": True})
    assert status == 200 and told["end"]["in_service"] == 0
    server.expect_log("NVJ1208 .*all are marked bad or out of service")
    answer = get(server.port, "/ok/nobody")
    assert answer.status == 503
    rows = {row["address"]: row for row in admin.get("/backends?servlet=Shop")["address"]}
    assert all(row["draining"] for row in rows.values())


def test_only_operators_change_it_and_never_by_get(server, admin, backend):
    which = {"servlet": "Shop", "address": f"127.0.0.1:{backend.port}"}
    viewer, operator = Api(admin.port, "viewer"), Api(admin.port, "operator")
    assert viewer.post("/backends/drain", which)[0] == 403
    assert admin.call("GET", "/backends/drain")[0] == 405
    assert len(viewer.get("/backends?servlet=Shop")["address"]) == 2
    assert operator.post("/backends/drain", {"servlet": "Shop", "address": "127.0.0.1:1"})[0] == 404
    server.expect_log(f"NVJ2151 .*operator the-operator.*POST /backends/drain .*127.0.0.1:{backend.port}")
    server.expect_log(f"NVJ2350 backend 127.0.0.1:{backend.port} of servlet Shop .* by operator the-operator")
    assert operator.post("/backends/drain", which)[0] == 200
    assert 'navajo_backend_drained{' in admin.text("/metrics")


def test_targets_of_a_load_balancer_are_drained_by_their_names(server, backend, second):
    done = server.navajo("backends", "drain", "--servlet", "Balancer", "One")
    assert done.returncode == 0, done.stderr
    assert who_answers(server, backend, second, 10, "/ok/balanced/x") == (0, 10)
    assert server.navajo("backends", "drain", "--servlet", "Balancer", "Two").returncode == 1
    assert server.navajo("backends", "drain", "--servlet", "Nobody", "One").returncode == 1
    assert server.navajo("backends", "drain", "--servlet", "Balancer").returncode == 2


# ---------------------------------------------------------------- tunnels

def test_open_tunnels_are_listed_and_ended(server, admin):
    with WebSocket(server.port, "/plain/ws") as chat:
        assert chat.opened
        assert chat.ask(b"hello")[1] == b"hello"
        rows = wait_until(lambda: [row for row in admin.get("/tunnels").get("tunnel", []) if row["bytes_up"] > 0], 5,
                          "the tunnel")
        row, = rows
        assert row["kind"] == "websocket" and row["client"] == "127.0.0.1" and row["about"] == "/plain/ws"
        assert row["bytes_up"] >= 5 and row["bytes_down"] >= 5 and row["backend"].startswith("127.0.0.1:")
        viewer = Api(admin.port, "viewer")
        assert "client" not in viewer.get("/tunnels")["tunnel"][0]
        assert viewer.delete(f"/tunnels/{row['tunnel']}")[0] == 403
        assert "websocket" in server.navajo("tunnels", "list").stdout
        # Children of before keep theirs, and those of now list them.
        server.graceful_restart()
        assert [one["tunnel"] for one in admin.get("/tunnels")["tunnel"]] == [row["tunnel"]]
        server.expect_log("NVJ2151 .*DELETE /tunnels/")
        assert admin.delete(f"/tunnels/{row['tunnel']}")[0] == 200
        assert chat.receive_frame()[0] == CLOSE
        wait_until(lambda: not admin.get("/tunnels").get("tunnel"), 5, "its end")
    assert admin.delete(f"/tunnels/{row['tunnel']}")[0] == 404
    assert server.navajo("tunnels", "kill", "1").returncode == 1
    assert server.navajo("tunnels", "kill", "x").returncode == 2


# ---------------------------------------------------------------- what the last reload came to

def test_the_console_is_told_why_a_reload_was_not_taken(server, admin):
    good = server.config.read_text()
    server.config.write_text(good.replace("<Context ", "<Contekst ", 1))
    os.kill(server.parent, signal.SIGUSR1)
    server.expect_log(r"NVJ1\d\d\d|AH\d+", required=False)
    told = wait_until(lambda: admin.get("/overview")["server"].get("configuration_fault"), 10, "the fault")
    assert told.startswith(f"{server.config}:") and ": NVJ1303 " in told and "Contekst" in told
    assert admin.get("/overview")["server"]["configuration_state"] == "kept"
    text = admin.text("/metrics")
    assert 'navajo_configuration_state{state="kept"} 1' in text and "navajo_blocked_since_seconds 0" in text
    assert told in server.navajo("status").stdout
    server.config.write_text(good)
    server.graceful_restart()
    assert "configuration_fault" not in admin.get("/overview")["server"]
