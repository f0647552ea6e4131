"""Restarts and stops under load: in-flight requests finish, idle connections close, no request is lost."""
import os
import pathlib
import signal
import time

import pytest

from harness import paths, processes
from harness.client import Client, get, request_bytes
from harness.load import Load
from harness.response import Incomplete
from harness.site import proxy
from harness.waiting import wait_until


@pytest.fixture
def fresh(make_server, backend):
    """A server of the test's own: these tests change or end it."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1, "hibernateAfter": 500, "drainTimeout": 10000})
    yield server
    server.stop()


@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept", "closed"])
def test_graceful_restart_every_second_under_load_loses_no_request(fresh, keep_alive):
    seconds = 60 if paths.long_run() else 10
    with Load(fresh.port, "/slow?delay=0.02", clients=8, keep_alive=keep_alive) as load:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(1)
            fresh.graceful_restart()
    assert not load.failures, load.summary()
    assert load.done > seconds * 10, load.summary()


def anonymous_bytes(pid):
    """What a process has of memory of its own, whoever shares the pages with it since a fork."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def test_reloads_under_load_fail_no_request_and_leave_memory_as_it_was(fresh):
    """One after the other, as fast as the server takes them: no leak in the parent, which lives on."""
    times = 200 if paths.long_run() else 8
    with Load(fresh.port, "/slow?delay=0.02", clients=8) as load:
        for _ in range(times // 2):
            fresh.graceful_restart()
        before = anonymous_bytes(fresh.parent)
        for _ in range(times - times // 2):
            fresh.graceful_restart()
        after = anonymous_bytes(fresh.parent)
    assert not load.failures, load.summary()
    assert fresh.status()["server"]["child_crashes"] == 0
    wait_until(lambda: len(fresh.children()) <= 4, 15, "the old children to end")
    # What a configuration takes is some 0.5 MB: one that is not given back would show. jemalloc itself keeps 5 KB for
    # each restart, the C library's malloc nothing.
    # The sanitizer keeps what was freed.
    assert paths.sanitized() or after < before + (1 << 20) + (times // 2) * 8192, f"{before} bytes became {after}"


def test_old_children_end_after_a_graceful_restart(fresh):
    old = fresh.children()
    idle = [Client(fresh.port) for _ in range(10)]
    for client in idle:
        assert client.get("/ok").status == 200
    fresh.graceful_restart()
    wait_until(lambda: not set(old) & set(fresh.children()), 10, "the old children to end")
    for client in idle:
        client.close()


def test_idle_connections_answer_or_close_cleanly_over_a_graceful_restart(fresh):
    """Also those asleep: a hibernated connection is closed or served, never reset in an answer."""
    clients = [Client(fresh.port) for _ in range(10)]
    for client in clients:
        assert client.get("/ok").status == 200
    wait_until(lambda: fresh.number("connections_hibernated") >= 10, 3, "hibernation")
    fresh.graceful_restart()
    for client in clients:
        try:
            client.send(request_bytes("GET", "/ok"))
            assert client.read().status == 200
        except (Incomplete, ConnectionError) as ended:
            assert not getattr(ended, "raw", b""), "half a response"
        client.close()
    assert get(fresh.port, "/ok").status == 200


def test_download_in_flight_survives_a_graceful_restart(fresh):
    with Client(fresh.port) as client:
        client.send(request_bytes("GET", "/trickle?pieces=30&size=1000&delay=0.1"))
        client.receive_some(100)
        old = fresh.children()
        fresh.graceful_restart()
        assert get(fresh.port, "/ok").status == 200
        rest = b""
        while len(rest) < 29_000:
            piece = client.receive_some()
            assert piece, f"cut after {len(rest)} bytes"
            rest += piece
    wait_until(lambda: not set(old) & set(fresh.children()), 10, "the old children to end")


def test_graceful_stop_lets_a_slow_download_finish(make_server, backend):
    server = make_server([proxy(backend.port)])
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/trickle?pieces=20&size=5000&delay=0.1", {"Connection": "close"}))
        first = client.receive_some(1)
        server.graceful_stop()
        rest = client.rest()
        assert len(first + rest) > 100_000, f"cut after {len(rest)} bytes"
    assert server.wait_for_end(15) == 0


def test_graceful_stop_refuses_new_connections_at_once(make_server, backend):
    server = make_server([proxy(backend.port)])
    with Client(server.port) as busy:
        busy.send(request_bytes("GET", "/slow?delay=2"))
        backend.wait_for("/slow")
        server.graceful_stop()

        def refused():
            try:
                Client(server.port, timeout=1).close()
                return False
            except OSError:
                return True
        wait_until(refused, 5, "the listener to close")
        assert busy.read().status == 200
    assert server.wait_for_end(15) == 0


def test_graceful_stop_ends_with_idle_connections_open(make_server, backend):
    server = make_server([proxy(backend.port)])
    clients = [Client(server.port) for _ in range(10)]
    for client in clients:
        assert client.get("/ok").status == 200
    server.graceful_stop()
    assert server.wait_for_end(10) == 0
    for client in clients:
        client.close()


def test_sigterm_with_fibers_parked_in_writes_ends_soon(make_server, backend):
    """Never unwound through C frames: every wait fails, the handlers run out, the loop is left."""
    server = make_server([proxy(backend.port)])
    server.expect_log(r"AH00045|NVJ12\d\d|NVJ11\d\d", required=False)
    clients = [Client(server.port, receive_buffer=4096) for _ in range(20)]
    for number, client in enumerate(clients):
        client.send(request_bytes("GET", f"/ok/parked/{number}?bytes=20000000"))
    backend.wait_for("/ok/parked", 20, seconds=30)  # each is 20 MB, of a backend in Python
    time.sleep(0.5)
    everybody = server.processes()
    os.kill(server.parent, signal.SIGTERM)
    started = time.monotonic()
    server.wait_for_end(10)
    assert time.monotonic() - started < 6
    assert not [pid for pid in everybody if processes.alive(pid)]
    for client in clients:
        client.close()


def test_sigterm_with_waiting_backends_ends_soon(make_server, backend):
    server = make_server([proxy(backend.port)])
    server.expect_log(r"AH00045|NVJ12\d\d|NVJ11\d\d", required=False)
    clients = [Client(server.port) for _ in range(20)]
    for number, client in enumerate(clients):
        client.send(request_bytes("GET", f"/when-released/{number}"))
    backend.wait_for("/when-released", 20)
    os.kill(server.parent, signal.SIGTERM)
    started = time.monotonic()
    server.wait_for_end(10)
    assert time.monotonic() - started < 6
    for client in clients:
        client.close()


def test_max_connections_per_child_replaces_children_without_losing_requests(make_server, backend):
    server = make_server([proxy(backend.port)], server={"MaxConnectionsPerChild": 100})
    first = set(server.children())
    with Load(server.port, clients=4, keep_alive=False) as load:
        wait_until(lambda: load.done > 800, 60, "800 requests")
    assert not load.failures, load.summary()
    wait_until(lambda: not first & set(server.children()), 20, "the first children to be replaced")
    wait_until(lambda: len(server.children()) >= 2, 10, "two children again")
    server.stop()


def test_killed_child_costs_only_its_own_requests(make_server, backend):
    server = make_server([proxy(backend.port)])
    clients = 8
    with Load(server.port, "/slow?delay=0.01", clients=clients, keep_alive=False) as load:
        time.sleep(1)
        victim = server.children()[0]
        server.kill_child(victim)
        killed_at = time.monotonic()
        wait_until(lambda: victim not in server.children() and len(server.children()) >= 2, 10, "a new child")
        time.sleep(1.5)
    # In flight in the child that died, or in its part of the accept queue just then; nothing afterwards.
    assert len(load.failures) <= clients, load.summary()
    assert all(abs(at - killed_at) < 1.5 for at, _ in load.failures), load.summary()
    assert get(server.port, "/ok").status == 200
    # The numbers of the dead child fall away, those that only grow stay.
    wait_until(lambda: server.number("connections_live") <= 1, 5, "the dead child's connections to be forgotten")
    assert server.number("requests") >= load.done
    server.stop()


def test_parent_ends_children_follow(make_server, backend):
    """SIGTERM to an idle server."""
    server = make_server([proxy(backend.port)])
    everybody = server.processes()
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 5
    assert not [pid for pid in everybody if processes.alive(pid)]
