"""WebSockets and other upgrades through the real server, plain and with mod_ssl's TLS, to plain and TLS backends: the
handshake, what is carried, how it ends, its limits, its session."""
import json
import os
import resource
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness import paths, processes, websocket
from harness.backend import ScriptedBackend
from harness.backend_scripts import filler
from harness.chromium import drive, install_tools
from harness.client import Client, get, request_bytes
from harness.ports import free_port
from harness.site import Component, Connector, Context, Host, Site, a_filter, proxy
from harness.tls import HeldBackClient
from harness.waiting import wait_until
from harness.websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, close_payload, frame, handshake
from test_tls import ssl_modules

LEGS = ["ws", "wss"]
BACKENDS = ["plain", "tls"]


def chat(*ports, name="Chat", at=("/*",), **params):
    return Component("servlet", name, "WebSocketServlet", tuple(at),
                     {"InetAddress": " ".join(f"127.0.0.1:{port}" for port in ports), **params})


@pytest.fixture(scope="module")
def tls_backend(authority):
    made = ScriptedBackend(tls=authority.server_context(authority.issue("ws-backend", "IP:127.0.0.1")))
    yield made
    made.close()


def components(backend, tls_backend, authority):
    limits = {"Upgrade": "websocket raw"}
    return [
        proxy(backend.port, name="Closed", at=("/closed/*",)),
        proxy(backend.port, name="Raw", at=("/plain/raw/*",), **limits),
        proxy(backend.port, name="Short", at=("/short/*",), **limits, **{
            "Upgrade.IdleTimeout": "1s", "Upgrade.HalfClosedTimeout": "1s", "Upgrade.WriteTimeout": "1s"}),
        # By itself: with an equal idle limit it is a matter of a millisecond which of the two is over first.
        proxy(backend.port, name="Clogged", at=("/clogged/*",), **limits, **{"Upgrade.WriteTimeout": "1s"}),
        proxy(backend.port, name="Young", at=("/young/*",), **limits, **{"Upgrade.MaxAge": "1s"}),
        proxy(backend.port, name="Whole", at=("/whole/*",), **limits, **{"Upgrade.HalfClose": "false"}),
        proxy(backend.port, name="Few", at=("/few/*",), **limits, **{"Upgrade.MaxTunnels": 2}),
        a_filter("SessionManagementFilter", "Session", at=("/session/*",), Servlet="Sessions",
                 **{"Cookie.Name": "SID", "Cookie.Secure": "auto"}),
        Component("servlet", "Sessions", "LocalSessionStoreServlet", (),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600}),
        chat(backend.port, name="WithSession", at=("/session/*",), UpdateSessionInterval=1,
             CookieManager="store:.*"),  # which makes a session
        chat(tls_backend.port, name="Secure", at=("/tls/*",), SSLCACertificateFile=authority.certificate,
             Upgrade="websocket raw"),
        chat(backend.port, at=("/plain/*",)),
    ]


@pytest.fixture(scope="module")
def server(make_server, backend, tls_backend, authority, module_folder):
    certificate, key = authority.issue("localhost")
    folder = module_folder / "site"
    site = Site([Connector(free_port()),
                 Connector(free_port(), ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key})],
                [Host("localhost", [Context(str(folder / "www"), components(backend, tls_backend, authority))])],
                reactor={"threads": 2, "drainTimeout": 3000})
    return make_server(site=site, httpd=ssl_modules() + "ServerLimit 8\n")


@pytest.fixture(autouse=True)
def mod_ssl_may_tell(server):
    server.expect_log(r"\[ssl:", required=False)


@pytest.fixture
def connect(server, authority):
    """connect("wss", target, ...): a WebSocket of that leg."""
    made = []

    def make(leg, target="/plain/ws", **options):
        tls = authority.client_context(options.pop("version", None)) if leg == "wss" else None
        made.append(WebSocket(server.site.connectors[leg == "wss"].port, target, tls=tls, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def ended_line(server):
    """ended_line("idle"): waits for NVJ2055 with that reason."""
    return lambda reason: server.wait_for_log(rf"NVJ2055 \w+ of 127.0.0.1 to .*: {reason}, \d+ bytes up")


def is_all_gone(server):
    wait_until(lambda: server.number("websockets_open") == 0 and server.number("tunnels_open") == 0 and
               server.number("tunnels_half_closed") == 0, 10, "the tunnels to end")


# ---------------------------------------------------------------- the handshake

@pytest.mark.parametrize("leg", LEGS)
def test_a_101_comes_through_with_its_fields(connect, server, backend, leg):
    with connect(leg, "/plain/ws") as socket_:
        assert socket_.opened
        assert socket_.answer.reason == "Switching Protocols"
        assert socket_.answer.header("Upgrade") == "websocket"
        assert socket_.answer.header("Connection") == "Upgrade"
        assert socket_.answer.header("Sec-WebSocket-Extensions") == "x-test"
        assert socket_.answer.header("Set-Cookie") == "made=1"
        assert not socket_.answer.all("Transfer-Encoding") and not socket_.answer.all("Content-Length")
    arrived, = backend.seen("/plain/ws")
    assert arrived.all("Upgrade") == ["websocket"] and arrived.all("Connection") == ["Upgrade"]
    assert arrived.header("X-Forwarded-Proto") == ("https" if leg == "wss" else "http")
    assert " 101 " in server.access_lines("/plain/ws")[-1]


@pytest.mark.parametrize("leg", LEGS)
def test_a_backend_may_refuse_or_not_care(connect, leg):
    refused = connect(leg, "/plain/ws?status=403")
    assert (refused.answer.status, refused.answer.body) == (403, b"no")
    assert refused.get("/plain/ok").status == 200  # the connection is still HTTP
    assert connect(leg, "/plain/ok").answer.status == 200


@pytest.mark.parametrize("script", ["unasked-upgrade", "ws-wrong-accept"])
@pytest.mark.parametrize("leg", LEGS)
def test_a_101_that_is_no_answer_is_502(connect, server, leg, script):
    server.expect_log("NVJ1206.*malformed_response")
    assert connect(leg, f"/plain/{script}").answer.status == 502


def test_a_101_nobody_asked_for_is_502(server):
    server.expect_log("NVJ1206.*malformed_response.*101 without being asked")
    for target in ("/plain/unasked-upgrade", "/closed/unasked-upgrade"):
        assert get(server.port, target).status == 502


def test_where_it_is_not_allowed_it_is_an_ordinary_request(connect, backend):
    with connect("ws", "/closed/echo") as socket_:
        assert socket_.answer.status == 200
        assert b"pgrade" not in socket_.answer.body


def test_pages_of_other_origins_get_403(connect, server, backend):
    server.expect_log("NVJ2056.*origin_refused")
    assert connect("ws", headers={"Origin": "https://evil.test"}).answer.status == 403
    assert not backend.seen("/ws")
    assert connect("ws", headers={"Origin": "http://localhost"}).opened


def test_what_is_no_handshake_gets_400(server, backend):
    server.expect_log("NVJ2056.*upgrade_malformed")
    with Client(server.port) as client:
        assert client.get("/plain/ws", {"Connection": "Upgrade", "Upgrade": "websocket"}).status == 400
    assert not backend.seen("/ws")


# ---------------------------------------------------------------- what is carried

@pytest.mark.parametrize("at", BACKENDS)
@pytest.mark.parametrize("leg", LEGS)
class TestCarried:
    def test_messages_of_all_sizes_and_kinds(self, connect, leg, at):
        with connect(leg, f"/{at}/ws") as socket_:
            for size in (0, 1, 125, 126, 65535, 65536, 1 << 20):
                assert socket_.ask(filler(size)) == (BINARY, filler(size), True)
            assert socket_.ask(b"p", PING) == (PONG, b"p", True)
            for number, (opcode, final) in enumerate([(TEXT, False), (CONTINUATION, False), (CONTINUATION, True)]):
                socket_.send_frame(opcode, b"%d" % number, final=final)
                assert socket_.receive_frame() == (opcode, b"%d" % number, final)

    @pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
    def test_close_codes_are_kept(self, connect, leg, at, code):
        with connect(leg, f"/{at}/ws") as socket_:
            socket_.send_frame(CLOSE, close_payload(code, b"bye"))
            assert socket_.receive_frame() == (CLOSE, close_payload(code, b"bye"), True)
            assert socket_.ended()
        with connect(leg, f"/{at}/ws?close={code}") as socket_:
            assert socket_.receive_frame() == (CLOSE, close_payload(code, b"as told"), True)

    def test_both_directions_at_once(self, connect, leg, at):
        # Without an SSL object two threads may use at once: one thread sends as long as there is room.
        payload, count = filler(1 << 16), 64
        with connect(leg, f"/{at}/ws") as socket_:
            data = frame(BINARY, payload, mask=b"mask") * count
            socket_.socket.setblocking(False)
            received, sent = bytearray(), 0
            wanted = len(frame(BINARY, payload)) * count
            ends = time.monotonic() + 30
            while len(received) < wanted and time.monotonic() < ends:
                for step in ("send", "receive"):
                    try:
                        if step == "send" and sent < len(data):
                            sent += socket_.socket.send(data[sent:sent + (1 << 18)])
                        elif step == "receive":
                            received += socket_.socket.recv(1 << 18)
                    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                        pass
            assert bytes(received) == frame(BINARY, payload) * count

    def test_the_server_speaks_first(self, connect, leg, at):
        with connect(leg, f"/{at}/ws?greet=hello") as socket_:
            assert socket_.receive_frame() == (TEXT, b"hello", True)
            assert socket_.ask(b"x") == (BINARY, b"x", True)

    @pytest.mark.parametrize("size", [1, 5000, 20000, 100000])
    def test_what_the_client_sends_with_its_request_is_not_lost(self, connect, leg, at, size):
        early = b"".join(frame(BINARY, filler(size), mask=b"mask") for _ in range(3))
        with connect(leg, f"/{at}/ws", early=early) as socket_:
            for _ in range(3):
                assert socket_.receive_frame() == (BINARY, filler(size), True)
            assert socket_.ask(b"late") == (BINARY, b"late", True)

    def test_a_backend_that_dies_is_seen_to(self, connect, ended_line, leg, at):
        with connect(leg, f"/{at}/ws?die=1") as socket_:
            assert socket_.ask(b"one") == (BINARY, b"one", True)
            socket_.send_frame(BINARY, b"two")
            with pytest.raises((websocket.Ended, OSError)):
                socket_.receive_frame()
        # The TLS backend still says close_notify.
        ended_line("reset by origin" if at == "plain" else r"[a-z ]+")

    def test_a_client_that_goes_is_told_to_the_backend(self, connect, server, backend, tls_backend, leg, at):
        one = connect(leg, f"/{at}/ws")
        assert one.ask(b"x") == (BINARY, b"x", True)
        one.reset()
        is_all_gone(server)
        chosen = tls_backend if at == "tls" else backend
        wait_until(lambda: chosen.open_connections() <= 1, 5, "the backend to be told")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_wss_works_with_both_versions_after_ordinary_requests(server, authority, version):
    """And a request behind another one on the connection, so that buckets of httpd's are about."""
    with Client(server.site.connectors[1].port, authority.client_context(version)) as client:
        for _ in range(3):
            assert client.get("/plain/ok?bytes=10000").status == 200
        client.send(handshake("/plain/ws"))
        assert client.read().status == 101
        frames = websocket.Frames(client.receive_some)
        client.send(frame(BINARY, filler(100000), mask=b"mask"))
        assert frames.read() == (BINARY, filler(100000), True)


def test_another_protocol_is_carried_byte_by_byte(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/plain/raw/raw", {"Connection": "Upgrade", "Upgrade": "raw"}) + b"early")
        assert client.read().status == 101
        sock, read, done = backend.handed_over.get(timeout=5)
        while len(read) < 5:
            read += sock.recv(100)
        assert read == b"early"
        sock.sendall(b"\x00\xff down")
        assert client.receive_some() == b"\x00\xff down"
        done.set()


# ---------------------------------------------------------------- ends: T1 to T5, T9, T17 to T19, T26

class End:
    """Both ends of a tunnel that carries `raw`, and what they do at the end."""

    def __init__(self, server, authority, backend, leg, target, version=None):
        self.leg, port = leg, server.site.connectors[leg == "wss"].port
        request = handshake(target)
        if leg == "wss":
            self.client = HeldBackClient(port, authority.client_context(version))
            self.client.handshake()
            self.client.write(request)
            self.client.flush()
        else:
            self.client = Client(port).send(request)
        assert self.client.read().status == 101
        self.origin, _, self.done = backend.handed_over.get(timeout=5)
        self.origin.settimeout(10)

    def send(self, data):
        if self.leg == "wss":
            self.client.write(data)
            self.client.flush()
        else:
            self.client.send(data)

    def close_notify(self):
        try:
            self.client.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        return self.client.pending()

    def finish(self, extra=b"", fin=True):
        """The orderly end of the client's side."""
        if self.leg == "wss":
            self.client.socket.sendall(self.close_notify() + extra)
        if fin:
            self.client.socket.shutdown(socket.SHUT_WR)

    def origin_reads_end(self):
        return self.origin.recv(1000) == b""

    def close(self):
        self.done.set()
        self.client.close()


@pytest.fixture
def make_end(server, authority, backend):
    made = []

    def make(leg, target, version=None):
        made.append(End(server, authority, backend, leg, target, version))
        return made[-1]
    yield make
    for one in made:
        one.close()
    is_all_gone(server)


def cpu(server):
    return sum(processes.cpu_seconds(pid) for pid in server.children())


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_T1_T18_half_closed_and_silent_costs_nothing_and_ends_at_the_limit(server, make_end, ended_line, leg, version):
    ends = [make_end(leg, "/short/raw", version) for _ in range(20)]
    before, started = cpu(server), time.monotonic()
    for one in ends:
        one.finish(fin=leg == "ws")
    for one in ends:
        assert one.origin_reads_end()
    ended_line("half-closed limit")
    is_all_gone(server)
    assert 0.9 < time.monotonic() - started < 4
    assert cpu(server) - before < 0.5


@pytest.mark.parametrize("trailer", [b"\x17\x03\x03\x01", b"x", os.urandom(4096), os.urandom(65536)],
                         ids=["part of a record", "1", "4 KB", "64 KB"])
def test_T2_T3_what_comes_behind_close_notify_is_ignored(server, make_end, trailer):
    one = make_end("wss", "/plain/raw/raw")
    before = cpu(server)
    one.client.write(b"data")
    data = one.client.pending()
    one.client.socket.sendall(data + one.close_notify() + trailer)
    assert one.origin.recv(100) == b"data"
    assert one.origin_reads_end()
    for byte in b"later":
        one.client.socket.sendall(bytes([byte]))
        time.sleep(0.02)
    one.origin.sendall(b"answer")
    one.origin.shutdown(socket.SHUT_WR)
    assert cpu(server) - before < 0.3


@pytest.mark.parametrize("leg", LEGS)
def test_T4_T9_T26_an_answer_comes_whole_after_the_clients_end(make_end, ended_line, leg):
    one = make_end(leg, "/plain/raw/raw")
    one.send(b"question")
    assert one.origin.recv(100) == b"question"
    if leg == "ws":
        one.finish()
    assert leg == "wss" or one.origin_reads_end()
    threading.Thread(target=lambda: (one.origin.sendall(filler(1 << 20)), one.origin.shutdown(socket.SHUT_WR))).start()
    received = bytearray()
    while piece := (one.client.receive() if leg == "wss" else one.client.receive_some()):
        received += piece
    assert bytes(received) == filler(1 << 20)
    if leg == "wss":
        one.finish()
    ended_line("finished")


def test_T5_an_end_without_close_notify_is_a_truncation(make_end, ended_line):
    one = make_end("wss", "/plain/raw/raw")
    one.send(b"data")
    one.client.socket.shutdown(socket.SHUT_WR)
    assert one.origin.recv(100) == b"data"
    ended_line("truncated")


@pytest.mark.parametrize("leg", LEGS)
def test_T19_without_half_close_the_first_end_ends_both(make_end, ended_line, leg):
    one = make_end(leg, "/whole/raw")
    one.finish()
    assert one.origin_reads_end()
    ended_line("finished")


@pytest.mark.parametrize("leg", LEGS)
def test_an_idle_socket_is_told_before_it_is_closed(connect, ended_line, leg):
    with connect(leg, "/short/ws") as socket_:
        started = time.monotonic()
        assert socket_.receive_frame() == (CLOSE, close_payload(1001), True)
        assert socket_.ended()
        assert 0.9 < time.monotonic() - started < 3
    ended_line("idle")


@pytest.mark.parametrize("leg", LEGS)
def test_within_a_frame_nothing_is_said(make_end, ended_line, leg):
    one = make_end(leg, "/short/raw")
    part = frame(BINARY, b"0123456789")[:6]
    one.origin.sendall(part)
    received = bytearray()
    while piece := (one.client.receive() if leg == "wss" else one.client.receive_some()):
        received += piece
    assert bytes(received) == part
    ended_line("idle")


@pytest.mark.parametrize("leg", LEGS)
def test_an_end_that_takes_nothing_ends_the_tunnel(make_end, ended_line, leg):
    one = make_end(leg, "/clogged/raw")
    one.origin.setblocking(False)
    ends = time.monotonic() + 10
    try:
        while time.monotonic() < ends:
            try:
                one.origin.send(filler(1 << 16))
            except BlockingIOError:
                time.sleep(0.01)
    except OSError:
        pass
    ended_line("write timeout")


@pytest.mark.parametrize("leg", LEGS)
def test_no_socket_gets_older_than_allowed(connect, ended_line, leg):
    with connect(leg, "/young/ws") as socket_:
        started = time.monotonic()
        while time.monotonic() - started < 3:
            opcode, payload, _ = socket_.ask(b"x")
            if opcode == CLOSE:
                break
            time.sleep(0.05)
        assert payload == close_payload(1001)
    ended_line("too old")


def test_there_are_no_more_than_allowed(connect, server):
    server.expect_log("NVJ2056.*too_many_tunnels.*answering 503")
    # Each child counts its own; there are several.
    opened = []
    for _ in range(2 * len(server.children()) + 1):
        opened.append(connect("ws", "/few/ws"))
    assert [one.answer.status for one in opened].count(503) >= 1
    for one in opened:
        one.close()
    is_all_gone(server)
    assert connect("ws", "/few/ws").opened


# ---------------------------------------------------------------- sessions, restarts

@pytest.mark.parametrize("leg", LEGS)
def test_the_end_of_the_session_ends_its_sockets(connect, server, ended_line, leg):
    answer = get(server.port, "/session/set-cookie?c=a=1")
    cookie = [value for value in answer.all("Set-Cookie") if value.startswith("SID")][0].split(";")[0]
    first, second = (connect(leg, "/session/ws", headers={"Cookie": cookie}) for _ in range(2))
    assert second.ask(b"x") == (BINARY, b"x", True)
    time.sleep(1.5)  # they have been looked for, and live on
    assert first.ask(b"x") == (BINARY, b"x", True) and second.ask(b"x") == (BINARY, b"x", True)
    killed = server.navajo("session", "kill", "--all", "--yes")
    assert killed.returncode == 0, killed.stdout + killed.stderr
    for one in (first, second):
        assert one.receive_frame() == (CLOSE, close_payload(1008), True)
        assert one.ended()
    ended_line("session ended")


def test_a_graceful_restart_keeps_sockets_until_drainTimeout(connect, server, ended_line):
    server.expect_log(r"NVJ1106 \d+ connections were still busy after drainTimeout")
    open_ = [connect(leg, f"/{at}/ws") for leg in LEGS for at in BACKENDS for _ in range(3)]
    old = set(server.children())
    server.graceful_restart()
    started = time.monotonic()
    for one in open_:
        assert one.ask(b"still here") == (BINARY, b"still here", True)
    for one in open_:
        with pytest.raises((websocket.Ended, OSError)):
            while True:
                assert one.receive_frame() == (CLOSE, close_payload(1001), True)
    assert time.monotonic() - started < 8
    wait_until(lambda: not old & set(server.children()), 10, "the old children to end")
    ended_line("stopping")
    assert connect("wss").ask(b"new") == (BINARY, b"new", True)


# ---------------------------------------------------------------- what leaks, what it costs

@pytest.mark.parametrize("leg", LEGS)
def test_a_real_browser_talks_through_it(server, backend, work_folder, leg):
    port = server.site.connectors[leg == "wss"].port
    told = drive("websocket.mjs", install_tools(work_folder), seconds=60, TARGET="/plain/ws?browser",
                 URL=f"http{leg[2:]}://localhost:{port}/plain/ok")
    assert told == {"text": "grüezi", "bytes": 300_000, "same": True, "extensions": "", "code": 4001,
                    "reason": "enough", "wasClean": True}
    arrived = backend.seen("/plain/ws?browser")[-1]
    assert arrived.header("Origin") == f"http{leg[2:]}://localhost:{port}"
    is_all_gone(server)


def test_thousands_of_them_leave_nothing_behind(connect, server):
    """Each takes mod_ssl's object out of its hands: after many the processes are as large as after a few."""
    def some(count):
        for number in range(count):
            leg, early = "wss" if number % 4 else "ws", frame(BINARY, b"e", mask=b"mask")
            with connect(leg, "/plain/ws", early=early) as socket_:
                assert socket_.receive_frame() == (BINARY, b"e", True)
                if number % 3 == 0:
                    socket_.reset()
        is_all_gone(server)
        return sum(map(processes.resident_bytes, server.children())), max(map(processes.open_descriptors,
                                                                              server.children()))
    some(300)
    before, descriptors = some(100)
    after, descriptors_after = some(600)
    assert after - before < 4 << 20
    assert descriptors_after <= descriptors + 4


class Many:
    """The two ends of many WebSockets, processes of their own (tests/bench/helpers/websockets.cc)."""

    def __init__(self):
        self.backend = self._start("--role", "backend")
        self.port = int(self.backend.stdout.readline().split()[1])
        self.clients = None

    def open(self, port, count):
        self.clients = self._start("--role", "hold", "--port", str(port), "--connections", str(count))
        return json.loads(self.clients.stdout.readline())["opened"]

    def close(self):
        """How many were still open."""
        self.clients.stdin.close()
        try:
            return json.loads(self.clients.stdout.readline())["still_open"]
        finally:
            self.clients.wait(10)
            self.backend.kill()
            self.backend.wait()

    @staticmethod
    def _start(*arguments):
        return subprocess.Popen([str(paths.websockets()), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.mark.skipif(paths.sanitized(), reason="measures memory")
def test_ten_thousand_idle_ones_cost_little_memory_no_thread_and_no_time(make_server):
    # Two files of one process for each, should one child get all of them.
    count = min(10_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 800) // 2)
    many = Many()
    server = make_server([chat(many.port, **{"Upgrade.MaxTunnels": count, "Upgrade.MaxTunnelsPerClient": count})],
                         reactor={"threads": 1, "maxConnections": count + 100}, server={"ListenBacklog": 4095})
    pids = server.children()
    with WebSocket(server.port):
        pass
    time.sleep(2)  # the MPM starts its threads
    memory, threads = sum(map(processes.resident_bytes, pids)), sum(map(processes.threads, pids))
    try:
        assert many.open(server.port, count) == count
        wait_until(lambda: server.number("websockets_open") == count, 20, "all of them")
        time.sleep(1)
        pids = server.children()
        before = sum(map(processes.cpu_seconds, pids))
        time.sleep(10)
        spent = sum(map(processes.cpu_seconds, pids)) - before
        each = (sum(map(processes.resident_bytes, pids)) - memory) / count
        print(f"{count} tunnels: {each / 1024:.2f} KB each, {10 * spent:.1f} % of a core")
        assert sum(map(processes.threads, pids)) <= threads
        assert each < 20 * 1024
        assert spent < 0.15  # of ten seconds; the goal is 0.1
    finally:
        assert many.close() == count
    is_all_gone(server)
    server.stop()
