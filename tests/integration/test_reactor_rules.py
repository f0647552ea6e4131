"""
The twelve rules of the reactor inside httpd: each cost a crash or a hang before it was one. The wider tests of the
same ground are named in each docstring.
"""
import os
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness import paths, processes
from harness.backend_scripts import filler
from harness.client import Client, get, request_bytes
from harness.load import Load
from harness.ports import free_port
from harness.response import Incomplete
from harness.site import files, proxy
from harness.tls import HeldBackClient
from harness.waiting import stays_true, wait_until


def load_module(name):
    return f"<IfModule !mod_{name}.c>\nLoadModule {name}_module {paths.stock_module('mod_' + name)}\n</IfModule>\n"


@pytest.fixture(scope="module")
def server(make_server, backend):
    """One reactor in each of two children, with all the means of fault and limit the rules need."""
    return make_server(
        [files(at=("/files/*",)), proxy(backend.port)],
        reactor={"threads": 1, "hibernateAfter": 400},
        server={"KeepAliveTimeout": 5, "RequestReadTimeout": "header=3-5,MinRate=500 body=3,MinRate=500"},
        httpd=load_module("unique_id") + load_module("rewrite")
        + f"LoadModule fault_module {paths.fault_module()}\n"
        "<Location /ok/hold>\nFaultBlock 300\n</Location>\n")


@pytest.fixture(scope="module")
def secure(make_server, backend, authority):
    certificate, key = authority.issue("localhost")
    return make_server([proxy(backend.port)], httpd=load_module("ssl"), reactor={"threads": 1},
                       ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key})


@pytest.mark.parametrize("close_backend", [0, 1], ids=["answer", "answer-and-close"])
@pytest.mark.parametrize("leave", ["reset", "close", "pipeline"])
def test_rule_01_two_descriptors_of_one_fiber_ready_in_one_batch(make_server, backend, leave, close_backend):
    """
    Connection objects are freed only after the whole batch. While another request holds the reactor's thread, the
    backend answers and the client leaves: both events are found in the same epoll_wait.
    Also: test_connection_limits.test_connect_and_close_storm.
    """
    server = make_server(
        [proxy(backend.port)], reactor={"threads": 1},
        server={"StartServers": 1, "ThreadsPerChild": 16, "MaxRequestWorkers": 16, "MinSpareThreads": 1},
        httpd=f"LoadModule fault_module {paths.fault_module()}\n<Location /ok/hold>\nFaultBlock 300\n</Location>\n")
    server.expect_log(r"NVJ1001|NVJ12\d\d", required=False)
    children = server.children()
    for _ in range(3):
        backend.clear()
        clients = [Client(server.port) for _ in range(10)]
        for number, client in enumerate(clients):
            client.send(request_bytes("GET", f"/when-released/{number}?bytes=5000&close={close_backend}"))
        backend.wait_for("/when-released", 10)
        holder = Client(server.port)
        holder.send(request_bytes("GET", "/ok/hold"))
        time.sleep(0.1)  # the thread is held from here on
        backend.release.set()
        for client in clients:
            if leave == "reset":
                client.reset()
            elif leave == "close":
                client.close()
            else:
                client.send(request_bytes("GET", "/ok/next"))
        assert holder.read().status == 200
        holder.close()
        if leave == "pipeline":
            for client in clients:
                assert len(client.read().body) == 5000
                assert client.read().status == 200
                client.close()
        assert get(server.port, "/ok").status == 200
    assert server.children() == children
    server.stop()


def test_rule_02_half_a_request_line_while_a_second_client_asks(server):
    """A non-blocking read really looks at the socket. Also: test_slow_clients."""
    server.expect_log(r"AH01382|AH00\d+", required=False)
    halves = [Client(server.port).send("GET /ha") for _ in range(6)]
    before = sum(processes.cpu_seconds(pid) for pid in server.children())

    def served():
        started = time.monotonic()
        return get(server.port, "/ok").status == 200 and time.monotonic() - started < 0.5
    stays_true(served, 1, "service beside half a request line")
    assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.6
    for client in halves:
        client.send("lves HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.read().status == 200
        client.close()


def test_rule_03_read_rates_are_enforced_without_polling_the_socket(server):
    """mod_reqtimeout's filter is replaced, its directives are honoured. Also: test_slow_clients."""
    server.expect_log(r"AH01382|AH00\d+|NVJ11\d\d", required=False)
    with Client(server.port) as client:
        client.send("GET /slow HTTP/1.1\r\nHost: ")
        started = time.monotonic()
        assert get(server.port, "/ok").status == 200
        try:
            assert client.read().status == 408
        except Incomplete as ended:
            assert not ended.raw
        assert 2.5 < time.monotonic() - started < 6.5


def test_rule_04_finished_and_request_in_one_segment(secure, authority):
    """The socket is ours from the first byte. Also: test_tls."""
    client = HeldBackClient(secure.port, authority.client_context(ssl.TLSVersion.TLSv1_3))
    client.handshake_holding_the_end()
    client.write(request_bytes("GET", "/ok?bytes=50"))
    finished_and_request = client.pending()
    client.socket.sendall(finished_and_request)
    assert client.read().body == filler(50)
    client.close()


def test_rule_05_garbage_handshakes_leave_other_handshakes_alone(secure, authority):
    """OpenSSL's error queue is cleared on every resume. Also: test_tls."""
    secure.expect_log(r"\[ssl:|AH0\d+", required=False)
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            with socket.create_connection(("127.0.0.1", secure.port), 5) as connection:
                connection.sendall(b"\x16\x03\x01\x00\x20" + os.urandom(32))
                connection.settimeout(1)
                try:
                    connection.recv(100)
                except OSError:
                    pass
    disturber = threading.Thread(target=disturb, daemon=True)
    disturber.start()
    with Load(secure.port, clients=4, keep_alive=False, tls=authority.client_context()) as load:
        time.sleep(2)
    stop.set()
    disturber.join(10)
    assert not load.failures, load.summary()
    assert load.done > 40, load.summary()


def test_rule_06_empty_buckets_are_neither_input_nor_the_end(server):
    """What split_line leaves behind must not look like a readable idle connection or an empty body."""
    with Client(server.port) as client:
        head = request_bytes("POST", "/echo", {"Content-Length": "4"})
        client.send(head)
        time.sleep(0.1)  # the header is read to its last byte: an empty bucket stays
        client.send("body")
        assert client.read().body.endswith(b"body")
        before = sum(processes.cpu_seconds(pid) for pid in server.children())
        assert client.silent(0.8)
        assert sum(processes.cpu_seconds(pid) for pid in server.children()) - before < 0.3
        assert client.get("/ok").status == 200


def test_rule_07_connection_ids_are_unique_and_regular_expressions_work(make_server, backend):
    """Reactor threads are apr threads (PCRE's match data) and c->id is never given twice (mod_unique_id)."""
    server = make_server(
        [proxy(backend.port)], reactor={"threads": 2}, connector={"RewriteEngine": "on", "RewriteOptions": "Inherit"},
        httpd=load_module("unique_id") + load_module("rewrite") + load_module("headers")
        + 'RequestHeader set X-Unique "%{UNIQUE_ID}e"\n'
        'RewriteRule ^/echo/re(g)(e)(x)/(\\d+)$ /echo/$3$2$1/$4 [PT]\n')

    def ask(start):
        with Client(server.port) as client:
            for number in range(start, start + 50):
                assert client.get(f"/echo/regex/{number}").status == 200
    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    arrived = backend.seen("/echo/xeg/")
    assert len(arrived) == 400
    with_ids = [request.header("X-Unique") for request in arrived]
    assert all(with_ids) and len(set(with_ids)) == 400
    server.stop()


def test_rule_08_directory_rules_are_not_skipped_in_silence(make_server, backend):
    """<Directory> access rules for a mapped context are not applied: the start says so. Others keep theirs."""
    server = make_server([files()], start=False)
    www = server.folder / "www"
    (www / "page.html").write_text("page")
    outside = server.folder / "outside"
    (outside / "secret").mkdir(parents=True)
    (outside / "open.html").write_text("open")
    (outside / "secret" / "x.html").write_text("secret")
    server._httpd = (load_module("alias") + load_module("authz_core") +
                     f"<Directory {www}>\nRequire all denied\n</Directory>\n"
                     f"<Directory {outside}>\nRequire all granted\n</Directory>\n"
                     f"<Directory {outside}/secret>\nRequire all denied\n</Directory>\n")
    server.write()
    server.start()
    server.expect_log(rf"NVJ11\d\d .*({re.escape(str(www))}|Directory)")
    get(server.port, "/page.html")
    server.stop()


def test_rule_09_a_deadlocked_reactor_is_named_and_its_child_ended(make_server, backend):
    """Also: test_watchdogs."""
    server = make_server(
        [proxy(backend.port)], reactor={"threads": 1, "stallWarning": 100, "stallLimit": 1000, "drainTimeout": 1000},
        httpd=f"LoadModule fault_module {paths.fault_module()}\n<Location /ok/hang>\nFaultHang on\n</Location>\n")
    server.expect_log(r"NVJ1002 .*/ok/hang")
    server.expect_log(r"NVJ1001|AH0004[56]", required=False)
    before = set(server.children())
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/ok/hang"))
        wait_until(lambda: before - set(server.children()), 10, "the deadlocked child to end")
    wait_until(lambda: len(server.children()) >= 2, 10, "its successor")
    assert get(server.port, "/ok").status == 200
    server.stop()


def test_rule_10_stop_fails_every_wait_and_leaves_the_loop(make_server, backend):
    """No stack is unwound through C frames. Also: test_restarts."""
    server = make_server([proxy(backend.port)], reactor={"threads": 1})
    server.expect_log(r"NVJ12\d\d|NVJ11\d\d|AH00045", required=False)
    clients = [Client(server.port, receive_buffer=4096) for _ in range(12)]
    for number, client in enumerate(clients):
        path = ("/ok/stop?bytes=20000000", "/when-released/stop", "/half-then-silence/stop")[number % 3]
        client.send(request_bytes("GET", path))
    backend.wait_for("/stop", 8)
    time.sleep(0.3)
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 6
    for client in clients:
        client.close()


def test_rule_11_memory_is_kept_not_given_back_each_time(server):
    """
    A connection object costs no mmap and munmap: with a warm allocator, a thousand connections leave the resident
    memory where it was, and the system calls of memory stay few.
    """
    def resident():
        return sum(processes.resident_bytes(pid) for pid in server.children())

    def faults():
        return sum(processes.minor_faults(pid) for pid in server.children())
    for _ in range(300):
        get(server.port, "/ok")
    memory, minor = resident(), faults()
    for _ in range(1000):
        get(server.port, "/ok")
    assert resident() - memory < 8_000_000
    # Two page faults per connection would be one mmap of an allocator block; a shared warm one needs none.
    assert faults() - minor < 2000


def test_rule_12_lingering_close_holds_no_fiber(server):
    """FIN on the fiber, the drain without a stack. Also: test_keep_alive."""
    clients = [Client(server.port) for _ in range(30)]
    for client in clients:
        assert client.request("GET", "/ok", {"Connection": "close"}).status == 200
        assert client.closed_by_server(2)
    assert server.number("connections_lingering") > 0
    wait_until(lambda: server.number("fibers_live") <= 2, 3, "the fibers to end while the connections linger")
    for client in clients:
        client.close()
    wait_until(lambda: server.number("connections_lingering") == 0, 5, "the drained connections to go")


def test_the_storm_client_is_honest(server):
    """The client of the storm tests fails when nobody listens: its success means something."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        result = subprocess.run([paths.storm_client(), str(probe.getsockname()[1]), "4", "1"], capture_output=True)
    assert result.returncode == 1


def test_a_host_without_the_reactor_stays_with_httpds_threads(make_server, backend):
    """Also when the listener thread hands the others' connections over itself, from the first one on."""
    port = free_port()
    server = make_server([proxy(backend.port)], server={"ServerLimit": 1, "StartServers": 1, "MaxRequestWorkers": 25},
                         httpd=f"Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>\nServerName other\n"
                               "NavajoReactor off\n</VirtualHost>\n")
    server.expect_log("AH01630")  # there is nothing else at the other host
    for _ in range(5):
        assert get(server.port, "/ok").status == 200
    taken = server.number("connections_taken")
    for _ in range(5):
        assert get(port, "/", host="other").status in (403, 404)
    assert server.number("connections_taken") == taken
    assert get(server.port, "/ok").status == 200
    assert server.number("connections_taken") == taken + 1
