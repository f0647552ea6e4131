"""What others do wrong on our threads is found, named and ended."""
import time

import pytest

from harness import paths, processes
from harness.client import Client, get, request_bytes
from harness.site import proxy
from harness.tls import HeldBackClient
from harness.waiting import wait_until


def fault_module(directives):
    return f"LoadModule fault_module {paths.fault_module()}\n{directives}\n"


def test_hook_that_blocks_is_named_with_its_url(make_server, backend):
    server = make_server([proxy(backend.port)], reactor={"threads": 1},
                         httpd=fault_module("<Location /ok/blocked>\nFaultBlock 400\n</Location>"))
    server.expect_log(r"NVJ1001 .*/ok/blocked")
    before = server.number("stalls")
    assert get(server.port, "/ok/blocked").status == 200
    line, = server.wait_for_log("NVJ1001")
    assert "fault" in line, "the line does not name what blocks"
    wait_until(lambda: server.number("stalls") == before + 1, 3, "the counted stall")
    # Short work is no stall.
    assert get(server.port, "/ok").status == 200
    server.stop()


def test_query_is_not_told_by_the_stall_line(make_server, backend):
    """A URL in a log must not carry what a query may hold."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1},
                         httpd=fault_module("<Location /ok/blocked>\nFaultBlock 300\n</Location>"))
    server.expect_log(r"NVJ1001 .*/ok/blocked")
    assert get(server.port, "/ok/blocked?token=secret").status == 200
    line, = server.wait_for_log("NVJ1001")
    assert "secret" not in line
    server.stop()


def test_deadlocked_reactor_ends_its_child_and_the_server_recovers(make_server, backend):
    """Past the limit there is no hope for the thread: the child is ended, the parent makes another (reactor rule 9)."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1, "stallLimit": 1500, "drainTimeout": 1000},
                         httpd=fault_module("<Location /ok/hang>\nFaultHang on\n</Location>"))
    server.expect_log(r"NVJ1002 .*/ok/hang")
    server.expect_log(r"NVJ1001|AH00045|AH00046", required=False)
    children = set(server.children())
    client = Client(server.port)
    client.send(request_bytes("GET", "/ok/hang"))
    server.wait_for_log("NVJ1002", 10)
    wait_until(lambda: children - set(server.children()), 15, "the child to end")
    wait_until(lambda: len(server.children()) >= 2, 15, "a new child")
    for _ in range(10):
        assert get(server.port, "/ok").status == 200
    client.close()
    server.stop()


@pytest.fixture(scope="module")
def tls_files(authority):
    return authority.issue("localhost")


def faulty_server(make_server, backend, tls_files, mode, stall_limit):
    """TLS when there are files; the fault begins in a plaintext request's header, or well after a handshake."""
    httpd, ssl, after = "", None, 10
    if tls_files:
        httpd = f"<IfModule !mod_ssl.c>\nLoadModule ssl_module {paths.stock_module('mod_ssl')}\n</IfModule>\n"
        ssl = {"SSLCertificateFile": tls_files[0], "SSLCertificateKeyFile": tls_files[1]}
        after = 1000
    return make_server([proxy(backend.port)], ssl=ssl, reactor={"threads": 1, "stallLimit": stall_limit},
                       httpd=httpd + fault_module(f"FaultInput {mode} {after}"))


def provoke_over_tls(server, authority):
    client = HeldBackClient(server.port, authority.client_context())
    client.handshake()
    request = b"GET /ok HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 500 + b"\r\n\r\n"
    for sent in (request, request, request[:-4]):  # the last one leaves the server waiting for its end
        client.write(sent)
        try:
            client.flush()
        except ConnectionError:
            break
    return client


def provoke(server):
    client = Client(server.port)
    client.send("GET /ok HTTP/1.1\r\n")
    time.sleep(0.1)
    try:
        client.send("Host: localhost\r\n")
    except ConnectionError:
        pass
    return client


@pytest.mark.parametrize("layer,mode", [("plain", "empty"), ("plain", "again"), ("plain", "spin"), ("tls", "spin")])
def test_connection_without_progress_is_ended(make_server, backend, authority, tls_files, layer, mode):
    """Scenarios T14, T15 and T28: success and nothing, or EAGAIN, for ever. Only that connection pays for it."""
    server = faulty_server(make_server, backend, tls_files if layer == "tls" else None, mode, 10_000)
    server.expect_log(r"NVJ1003|NVJ1001|AH\d+|\[ssl:|\[reqtimeout:", required=False)
    children = server.children()
    client = provoke_over_tls(server, authority) if layer == "tls" else provoke(server)
    wait_until(lambda: server.number("connections_live") == 0, 5, "the connection to be ended")
    before = sum(processes.cpu_seconds(pid) for pid in children)
    time.sleep(0.5)
    assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.2, "something still spins"
    assert server.children() == children, "a child had to die for it"
    client.close()
    server.stop()


@pytest.mark.parametrize("mode", ["empty", "again"])
def test_spin_inside_another_module_is_ended_by_the_watchdog(make_server, backend, authority, tls_files, mode):
    """mod_ssl asks the faulty filter for ever and never reaches ours: what is left is the stall limit."""
    server = faulty_server(make_server, backend, tls_files, mode, 1_500)
    server.expect_log(r"NVJ1001 reactor 1 has been blocked for \d+ ms in \S+")
    server.expect_log("NVJ1002")
    server.expect_log(r"AH\d+|\[ssl:", required=False)
    children = set(server.children())
    client = provoke_over_tls(server, authority)
    wait_until(lambda: children - set(server.children()), 10, "the child to be ended")
    wait_until(lambda: len(server.children()) >= 2, 10, "a new child")
    client.close()
    server.stop()


def test_others_are_served_while_a_filter_makes_no_progress(make_server, backend):
    server = make_server([proxy(backend.port)], reactor={"threads": 1},
                         httpd=fault_module("FaultInput again 2000"))
    server.expect_log(r"NVJ1003|AH\d+", required=False)
    clients = [Client(server.port) for _ in range(10)]
    for client in clients:
        try:
            client.send(b"GET /ok HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 2500)
        except ConnectionError:
            pass
    # A short request stays below the fault's threshold.
    for _ in range(10):
        started = time.monotonic()
        assert get(server.port, "/ok").status == 200
        assert time.monotonic() - started < 4
    for client in clients:
        client.close()
    server.stop()
