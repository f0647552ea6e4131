"""Failure modes 15 (spoofed client addresses), 38 (no descriptors left), 44 (dead, slow, flapping backends)."""
import itertools
import os
import pathlib
import re
import subprocess
import time

import pytest

from harness.backend import ScriptedBackend
from harness.client import Client, get
from harness.ports import free_port
from harness.site import delegation, proxy
from harness.waiting import wait_until


@pytest.fixture
def spare():
    made = ScriptedBackend()
    yield made
    made.close()


# ---------------------------------------------------------------- 15: who the client is

SPOOFED = {"X-Forwarded-For": "192.0.2.66, 203.0.113.9, 127.0.0.2", "X-Real-IP": "192.0.2.66",
           "Forwarded": "for=192.0.2.66", "X-Forwarded-Proto": "https", "X_Forwarded_For": "192.0.2.67"}


def test_an_untrusted_peer_is_the_client_in_fields_and_logs(make_server, backend):
    """Also with the words that keep what came: nobody is trusted unless he is named."""
    server = make_server([delegation(DelegateToBackend="X-Seen:HEADER:X-Forwarded-For;CONST:,;ENV:REMOTE_ADDR"),
                          proxy(backend.port, XForwardedFor="append", XForwardedProto="pass", XRealIP="pass",
                                Forwarded="pass")])
    assert get(server.port, "/echo/untrusted", SPOOFED).status == 200
    arrived, = backend.seen("/echo/untrusted")
    assert arrived.all("X-Forwarded-For") == ["127.0.0.1"]
    assert arrived.header("X-Seen") == ",127.0.0.1"
    assert "192.0.2.6" not in arrived.raw.decode()
    assert not arrived.all("X-Forwarded-Proto") and not arrived.all("Forwarded")
    assert any(line.startswith("127.0.0.1 ") for line in server.access_lines("/echo/untrusted"))
    server.stop()


@pytest.mark.parametrize("word, arrives", [("replace", "203.0.113.9"), ("append", "203.0.113.9, 127.0.0.2, 127.0.0.1"),
                                           ("pass", "203.0.113.9, 127.0.0.2")])
def test_behind_trusted_proxies_the_right_most_other_hop_is_the_client(make_server, backend, word, arrives):
    server = make_server([delegation(DelegateToBackend="X-Seen:ENV:REMOTE_ADDR"),
                          proxy(backend.port, XForwardedFor=word)],
                         server={"NavajoTrustedProxies": "127.0.0.0/8 ::1"})
    assert get(server.port, f"/echo/{word}", SPOOFED).status == 200
    arrived, = backend.seen(f"/echo/{word}")
    assert arrived.all("X-Forwarded-For") == [arrives]
    assert arrived.header("X-Seen") == "203.0.113.9"
    assert "192.0.2.6" not in "".join(arrived.all("X-Forwarded-For") + arrived.all("X_Forwarded_For"))
    assert any(line.startswith("203.0.113.9 ") for line in server.access_lines(f"/echo/{word}"))
    server.stop()


# ---------------------------------------------------------------- 38: nothing left to open

def limit_descriptors(pid, limit):
    """By the child's own user: root may be without the capability to limit others."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    user, group = (int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) for name in ("Uid", "Gid"))
    identity = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={limit}:"], check=True, **identity)


def test_without_descriptors_requests_are_503_with_one_line_and_it_passes(make_server, backend):
    server = make_server([proxy(backend.port, KeepAlive="false")], server={
        "StartServers": 1, "ServerLimit": 1, "MinSpareThreads": 1, "MaxSpareThreads": 64, "ThreadsPerChild": 64,
        "MaxRequestWorkers": 64})
    clients = [Client(server.port) for _ in range(5)]
    for client in clients:
        assert client.request("GET", "/ok/before").status == 200
    child, = server.children()
    limits = pathlib.Path(f"/proc/{child}/limits").read_text()
    before = re.search(r"Max open files\s+(\d+)", limits)[1]
    taken = {int(name) for name in os.listdir(f"/proc/{child}/fd")}
    # No number below the limit is free.
    limit_descriptors(child, next(number for number in itertools.count() if number not in taken))
    try:
        server.expect_log(r"NVJ1276 .*out_of_resources")
        for client in clients:
            assert client.request("GET", "/ok/none").status == 503
    finally:
        limit_descriptors(child, before)
    for client in clients:
        client.close()
    assert get(server.port, "/ok/after").status == 200
    assert server.children() == [child]
    assert len(re.findall("NVJ1276", server.error_log.read_text())) == 1
    server.stop()


# ---------------------------------------------------------------- 44: dead, slow, flapping

def test_a_get_is_repeated_on_another_and_a_post_is_not(make_server, spare, backend):
    server = make_server([proxy(backend.port, spare.port)])
    server.expect_log(r"NVJ1205")
    assert get(server.port, "/close-at-once/get").status == 502  # both die over it
    assert len(backend.seen("/close-at-once/get")) == len(spare.seen("/close-at-once/get")) == 1
    with Client(server.port) as client:
        assert client.request("POST", "/close-at-once/post", body=b"pay").status == 502
    assert len(backend.seen("/close-at-once/post")) == 1
    assert not spare.seen("/close-at-once/post")
    server.stop()


def test_a_slow_backend_is_left_alone_after_some_failures_probed_and_used_again(make_server, spare, backend):
    server = make_server([proxy(backend.port, spare.port, RequestTimeout=200,
                                **{"ResourceManager.MaxFailures": 3, "ResourceManager.RetryTimeout": 1})])
    server.expect_log(r"NVJ1204")
    for _ in range(3):
        assert get(server.port, "/never").status == 504
    server.expect_log(r"NVJ1275 .*3 requests in a row")
    for _ in range(5):
        assert get(server.port, "/ok/meanwhile").status == 200
    assert not backend.seen("/ok/meanwhile")
    wait_until(lambda: get(server.port, "/ok/back").status == 200 and backend.seen("/ok/back"), 10,
               "the first backend to be used again", interval=0.1)
    assert get(server.port, "/ok/then").status == 200
    assert backend.seen("/ok/then")
    server.stop()


def test_at_most_half_of_the_backends_are_left_alone_for_failing(make_server, spare, backend):
    """Requests that no backend can answer must not take the whole application away."""
    server = make_server([proxy(backend.port, spare.port, RequestTimeout=100,
                                **{"ResourceManager.MaxFailures": 2, "ResourceManager.RetryTimeout": 60})])
    server.expect_log(r"NVJ12(04|75)")
    for _ in range(8):
        assert get(server.port, "/never").status == 504
    assert get(server.port, "/ok/still").status == 200
    server.stop()


def test_repeated_requests_are_bounded_when_everything_fails(make_server, spare, backend):
    server = make_server([proxy(backend.port, spare.port, RetryBudget=10,
                                **{"ResourceManager.MaxFailures": "off"})])
    server.expect_log(r"NVJ1205")
    for _ in range(60):
        assert get(server.port, "/close-at-once/storm").status == 502
    asked = len(backend.seen("/close-at-once/storm")) + len(spare.seen("/close-at-once/storm"))
    assert 60 < asked <= 60 + 10 + 60 * 2 // 10, f"{asked} requests for 60"
    server.stop()


def test_a_flapping_backend_costs_no_get(make_server, spare):
    port = free_port()
    server = make_server([proxy(port, spare.port, **{"ResourceManager.RetryTimeout": 1})])
    server.expect_log(r"NVJ12\d\d", required=False)
    until = time.monotonic() + 4
    flapping, up_since = None, 0
    while time.monotonic() < until:
        if time.monotonic() - up_since > 0.4:
            up_since = time.monotonic()
            if flapping:
                flapping.close()
                flapping = None
            else:
                flapping = ScriptedBackend(port=port)
        assert get(server.port, "/ok/flap").status == 200
    if flapping:
        flapping.close()
    server.stop()
