"""Very many connections: the hard cap pushes back, the storm leaves nothing behind."""
import subprocess
import time

import pytest

from harness import paths, processes
from harness.client import Client, get, request_bytes
from harness.site import proxy
from harness.waiting import wait_until


def test_hard_cap_makes_connections_wait_not_fail(make_server, backend):
    """Beyond the cap a client waits in the kernel's queue, is served when another is done, and is never reset."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1, "maxConnections": 10})
    server.expect_log(r"NVJ1[01]\d\d", required=False)
    clients = [Client(server.port, timeout=30) for _ in range(60)]
    for number, client in enumerate(clients):
        client.send(request_bytes("GET", f"/when-released/{number}", {"Connection": "close"}))
    backend.wait_for("/when-released", 20)
    time.sleep(0.5)
    assert len(backend.seen("/when-released")) == 20, "more were taken than two children may hold"
    assert server.number("connections_live") == 20
    assert server.number("refused_at_cap") > 0
    backend.release.set()
    for client in clients:
        assert client.read().status == 200
        client.close()
    server.stop()


def test_idle_connections_make_room_for_new_ones(make_server, backend):
    """At the cap, who only keeps a connection open gives way to who asks something."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1, "maxConnections": 10})
    server.expect_log(r"NVJ1[01]\d\d", required=False)
    idle = [Client(server.port) for _ in range(20)]
    for client in idle:
        assert client.get("/ok").status == 200
    started = time.monotonic()
    for _ in range(20):
        assert get(server.port, "/ok").status == 200
    assert time.monotonic() - started < 10
    for client in idle:
        client.close()
    server.stop()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls-port"])
def test_connect_and_close_storm(make_server, backend, authority, tls):
    """Close, reset, half a request, request and reset, by the ten thousand, on two children (reactor rule 1)."""
    count = 200_000 if paths.long_run() else (20_000 if not tls else 4_000)
    ssl = None
    httpd = ""
    if tls:
        certificate, key = authority.issue("localhost")
        ssl = {"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key}
        httpd = f"<IfModule !mod_ssl.c>\nLoadModule ssl_module {paths.stock_module('mod_ssl')}\n</IfModule>\n"
    server = make_server([proxy(backend.port)], ssl=ssl, httpd=httpd,
                         # Else the kernel keeps connections that say nothing from the server.
                         server={"ListenBacklog": 1000, "AcceptFilter": f"{'https' if tls else 'http'} none"})
    server.expect_log(r"NVJ12\d\d|AH01991|AH02008|\[ssl:|AH0\d+", required=False)
    children = server.children()
    client = authority.client_context() if tls else None
    assert get(server.port, "/ok", tls=client).status == 200
    time.sleep(0.2)
    descriptors = {pid: processes.open_descriptors(pid) for pid in children}

    result = subprocess.run([paths.storm_client(), str(server.port), str(count), "16"], capture_output=True, text=True,
                            timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr

    # The MPM may have started more of them under the load.
    assert set(children) <= set(server.children()), "a child died"
    assert get(server.port, "/ok", tls=client).status == 200
    wait_until(lambda: server.number("connections_live") == 0, 40, "all connections to be gone")
    for pid, before in descriptors.items():
        wait_until(lambda pid=pid, before=before: processes.open_descriptors(pid) <= before + 70, 10,
                   f"the descriptors of {pid} to be closed ({before} before)")
    server.stop()


def test_five_hundred_waiting_requests_need_no_threads(make_server, backend):
    """A backend that takes a second, one reactor in each child: all are done in little more than that second."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1})
    for _ in range(20):
        assert get(server.port, "/ok").status == 200
    # A child that only just started has not made all of its own yet.
    before = max(processes.threads(pid) for pid in server.children())
    clients = [Client(server.port, timeout=20) for _ in range(500)]
    started = time.monotonic()
    for client in clients:
        client.send(request_bytes("GET", "/slow?delay=1"))
    time.sleep(0.5)
    during = max(processes.threads(pid) for pid in server.children())
    for client in clients:
        assert client.read().status == 200
        client.close()
    assert time.monotonic() - started < 3
    assert during <= before + 4, f"{before} threads before, {during} with 500 requests waiting"
    server.stop()
