"""TcpConnector: bytes between clients and the backends of a Routing."""
import socket
import ssl
import struct
import threading
import time

import pytest

from harness import paths, processes
from harness.client import get
from harness.edge import BytesBackend, connect, element, exchange, read_all, routing, routing_db, tcp_connector
from harness.navajo import run_navajo
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, files
from harness.waiting import wait_until


@pytest.fixture
def make_edge(make_server, module_folder):
    """make_edge(inside, ...) starts a server with elements of Service as text."""
    made = []

    def make(inside, httpd="", **options):
        folder = module_folder / f"site{time.monotonic_ns()}"
        site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder), [files()])])], inside=inside,
                    reactor=options.pop("reactor", {}), server=options.pop("server", {}))
        made.append(make_server(site=site, httpd=httpd, **options))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def echo():
    made = BytesBackend("one")
    yield made
    made.close()


def proxy_v1(source, port=4711):
    return f"PROXY TCP4 {source} 127.0.0.1 {port} 80\r\n".encode()


def proxy_v2(source, port=4711):
    return (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton(source) + socket.inet_aton("127.0.0.1")
            + struct.pack("!HH", port, 80))


# ---------------------------------------------------------------- bytes

def test_edgeproxy_tcp_balancing_passes_bytes_in_both_directions(make_edge, echo):
    port = free_port()
    make_edge(routing(echo.port) + tcp_connector(port))
    payload = bytes(range(256)) * 4096
    with connect(port) as client:
        sender = threading.Thread(target=lambda: (client.sendall(payload), client.shutdown(socket.SHUT_WR)))
        sender.start()
        assert read_all(client) == payload + b"<end>"
        sender.join()
    wait_until(lambda: echo.connections[0].ended, 5, "the backend's connection to end")
    assert echo.connections[0].saw_end


def test_a_backend_that_speaks_first_is_heard(make_edge):
    backend = BytesBackend("hello from the backend", greets=True)
    port = free_port()
    make_edge(routing(backend.port) + tcp_connector(port))
    with connect(port, timeout=3) as client:
        assert client.recv(100) == b"hello from the backend\n"
    backend.close()


def test_half_close_goes_through_in_both_directions(make_edge):
    """edgeProxy passes on the client's end only."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = free_port()
    make_edge(routing(listener.getsockname()[1]) + tcp_connector(port))
    with connect(port) as client:
        backend, _ = listener.accept()
        backend.settimeout(10)
        backend.sendall(b"that is all")
        backend.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"that is all"
        client.sendall(b"and yet I speak")
        client.shutdown(socket.SHUT_WR)
        assert read_all(backend) == b"and yet I speak"
        backend.close()
    listener.close()


def test_a_reset_is_passed_on_as_one(make_edge):
    listener = socket.create_server(("127.0.0.1", 0))
    port = free_port()
    make_edge(routing(listener.getsockname()[1]) + tcp_connector(port))
    with connect(port) as client:
        served, _ = listener.accept()
        client.sendall(b"x")
        assert served.recv(1) == b"x"
        served.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        served.close()
        assert read_all(client) == b"<reset>"
    listener.close()


def test_what_is_logged_at_the_end(make_edge, echo):
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port))
    assert exchange(port, b"12345") == b"12345<end>"
    wait_until(lambda: server.log.lines("NVJ2050"), 5, "the line")
    line = server.log.lines("NVJ2050")[0]
    assert f"127.0.0.1:{echo.port} of app default" in line and "finished, 5 bytes up, 10 down" in line


# ---------------------------------------------------------------- who is served by whom

def test_the_next_backend_is_tried_when_one_takes_no_connection(make_edge, echo):
    """edgeProxy closes the connection: no second try."""
    port = free_port()
    server = make_edge(routing(free_port(), echo.port, policy="roundRobin", binding="none", retryBudget="100") +
                       tcp_connector(port))
    for _ in range(6):
        assert exchange(port, b"x") == b"x<end>"
    server.log.expect(r"NVJ2004", required=False)


def test_nobody_there_ends_the_connection_and_says_why(make_edge):
    port = free_port()
    server = make_edge(routing(free_port()) + tcp_connector(port, connectAttempts="1"))
    assert exchange(port, b"x").replace(b"<reset>", b"") == b""
    wait_until(lambda: server.log.lines("NVJ2006"), 5, "the line")
    assert "no backend took the connection" in server.log.lines("NVJ2006")[0]


def test_hard_limit_and_queue(make_edge, module_folder):
    backend = BytesBackend("one", greets=True)
    port, path = free_port(), module_folder / "hard.db"
    routing_db(path, {"id": "one", "port": backend.port, "soft_limit": 2, "hard_limit": 3})
    server = make_edge(routing(database=path, binding="none", queueTimeout="30s") + tcp_connector(port))
    held = [connect(port) for _ in range(3)]
    assert [one.recv(4) for one in held] == [b"one\n"] * 3
    waiting = connect(port, timeout=20)
    time.sleep(0.3)
    assert backend.open_connections() == 3
    held[0].close()
    assert waiting.recv(4) == b"one\n"
    for one in [*held[1:], waiting]:
        one.close()
    assert server.number("routes_queued") >= 1
    backend.close()


def test_200_clients_at_once_never_exceed_the_hard_limit(make_edge, module_folder):
    highest, now, guard = [0], [0], threading.Lock()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)

    def serve(sock):
        with guard:
            now[0] += 1
            highest[0] = max(highest[0], now[0])
        sock.sendall(b"!")
        while sock.recv(100):
            pass
        with guard:
            now[0] -= 1
        sock.close()

    def accept():
        while True:
            try:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    port, path = free_port(), module_folder / "two_children.db"
    routing_db(path, {"id": "one", "port": listener.getsockname()[1], "soft_limit": 5, "hard_limit": 20})
    make_edge(routing(database=path, binding="none", queueTimeout="30s", queue="500") +
              tcp_connector(port, maxConnectionsPerClient="1000"),
              server={"StartServers": "2", "ServerLimit": "2", "ThreadsPerChild": "25", "MaxRequestWorkers": "50",
                      "MinSpareThreads": "25", "MaxSpareThreads": "50"})
    served = []

    def ask():
        with connect(port, timeout=40) as client:
            served.append(client.recv(1))
            time.sleep(0.05)

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served == [b"!"] * 200
    assert highest[0] <= 20
    listener.close()


def test_a_changed_table_counts_within_a_second_and_a_broken_one_does_not(make_edge, module_folder):
    one, two = BytesBackend("one", greets=True), BytesBackend("two", greets=True)
    port, path = free_port(), module_folder / "changing.db"
    routing_db(path, {"id": "one", "port": one.port})
    # One child: each reads the table by itself, and one that was not so far when the broken one came keeps the first.
    server = make_edge(routing(database=path, binding="none") + tcp_connector(port),
                       server={"ServerLimit": 1, "StartServers": 1, "MaxRequestWorkers": 25})

    def answers():
        with connect(port) as client:
            return client.recv(4)

    assert answers() == b"one\n"
    routing_db(path, {"id": "one", "port": one.port, "deleted": 1}, {"id": "two", "port": two.port})
    wait_until(lambda: answers() == b"two\n", 3, "the new table")
    server.log.expect(r"NVJ2000")
    routing_db(path, {"id": "two", "port": 70000})
    wait_until(lambda: server.log.lines("NVJ2000"), 5, "the complaint")
    assert answers() == b"two\n"
    for backend in (one, two):
        backend.close()


def test_fly_sni_routing_passes_tls_through(make_edge, module_folder, authority):
    context = authority.server_context(authority.issue("shop.example.test"))
    shop, other = BytesBackend("shop", tls=context), BytesBackend("other")
    h2 = BytesBackend("h2", tls=authority.server_context(authority.issue("h2.example.test")))
    port, path = free_port(), module_folder / "sni.db"
    routing_db(path, {"id": "shop", "app": "shop", "port": shop.port},
               {"id": "other", "app": "other", "port": other.port},
               {"id": "h2", "app": "h2", "port": h2.port})
    routes = (element("Route", alpn="h2", app="h2") + element("Route", serverName="*.example.test", app="shop") +
              element("Route", serverName="forbidden.test", app="-"))
    server = make_edge(routing(database=path) + tcp_connector(port, routes, tls="route", app="other"))

    def ask(name, alpn=()):
        client_context = authority.client_context()
        if alpn:
            client_context.set_alpn_protocols(list(alpn))
        with client_context.wrap_socket(connect(port), server_hostname=name) as client:
            client.sendall(b"hello")
            return client.recv(5)

    assert ask("shop.example.test") == b"hello"
    assert shop.connections[0].server_name == "shop.example.test"
    assert ask("h2.example.test", ("h2",)) == b"hello"
    assert len(h2.connections) == 1 and len(shop.connections) == 1
    assert exchange(port, b"no TLS at all\r\n") == b"no TLS at all\r\n<end>"
    with pytest.raises(OSError):
        ask("forbidden.test")
    wait_until(lambda: server.log.lines("NVJ2051"), 5, "the refusal")
    for backend in (shop, other, h2):
        backend.close()


def test_a_client_hello_that_comes_byte_by_byte_is_waited_for(make_edge, authority):
    shop = BytesBackend("shop", tls=authority.server_context(authority.issue("bytes.example.test")))
    port = free_port()
    make_edge(routing(shop.port) + tcp_connector(port, element("Route", serverName="bytes.example.test", app="default"),
                                                 tls="route", app="-"))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = authority.client_context().wrap_bio(incoming, outgoing, server_hostname="bytes.example.test")
    with connect(port) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        for byte in outgoing.read():
            client.sendall(bytes([byte]))
        incoming.write(client.recv(65536))
        for _ in range(10):
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                client.sendall(outgoing.read())
                incoming.write(client.recv(65536))
        client.sendall(outgoing.read())
        assert tls.version() == "TLSv1.3"
    shop.close()


def test_edgeproxy_tls_termination(make_edge, authority, echo):
    certificate, key = authority.issue("ends.example.test")
    port = free_port()
    make_edge(routing(echo.port) + tcp_connector(port, tls="terminate", certificate=certificate, key=key,
                                                    alpn="chat"))
    context = authority.client_context()
    context.set_alpn_protocols(["other", "chat"])
    with context.wrap_socket(connect(port), server_hostname="ends.example.test") as client:
        assert client.selected_alpn_protocol() == "chat"
        client.sendall(b"secret")
        assert client.recv(6) == b"secret"
        with pytest.raises(ssl.SSLError, match="APPLICATION_DATA_AFTER_CLOSE_NOTIFY"):
            client.unwrap()  # the backend's last words are on their way
    wait_until(lambda: echo.connections[0].ended, 5, "the end to be passed on")
    assert echo.connections[0].saw_end and echo.connections[0].received == b"secret"


def test_a_client_that_does_not_shake_hands_is_cut(make_edge, authority, echo):
    certificate, key = authority.issue("slow.example.test")
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port, tls="terminate", certificate=certificate, key=key,
                                                             handshakeTimeout="500ms"))
    with connect(port) as client:
        started = time.monotonic()
        assert read_all(client).replace(b"<reset>", b"") == b""
        assert 0.4 < time.monotonic() - started < 5
    assert exchange(port, b"GET / HTTP/1.1\r\n\r\n").replace(b"<reset>", b"") == b""
    wait_until(lambda: server.log.lines("NVJ205[14]"), 5, "the lines")
    assert not echo.connections


def test_tls_to_a_backend_is_verified(make_edge, module_folder, authority):
    good = BytesBackend("good", tls=authority.server_context(authority.issue("inner.example.test")))
    port, wrong_port, path = free_port(), free_port(), module_folder / "tls.db"
    routing_db(path, {"id": "good", "port": good.port, "tls": 1, "sni": "inner.example.test"},
               {"id": "wrong", "app": "wrong", "port": good.port, "tls": 1, "sni": "another.example.test"})
    server = make_edge(routing(database=path, caCertificate=authority.certificate) + tcp_connector(port) +
                       tcp_connector(wrong_port, app="wrong", connectAttempts="1"))
    assert exchange(port, b"over tls") == b"over tls<end>"
    assert good.connections[0].server_name == "inner.example.test"
    assert exchange(wrong_port, b"x").replace(b"<reset>", b"") == b""
    wait_until(lambda: server.log.lines("NVJ2006"), 5, "the line")
    assert "another.example.test" in server.log.lines("NVJ2006")[0]
    good.close()


# ---------------------------------------------------------------- PROXY protocol

def test_fly_proxy_protocol_to_the_backend(make_edge, module_folder):
    one, two = BytesBackend("v1", proxy_protocol=True), BytesBackend("v2", proxy_protocol=True)
    ports, path = (free_port(), free_port()), module_folder / "headers.db"
    routing_db(path, {"id": "v1", "app": "v1", "port": one.port, "proxy_protocol": "v1"},
               {"id": "v2", "app": "v2", "port": two.port, "proxy_protocol": "v2"})
    make_edge(routing(database=path) + tcp_connector(ports[0], app="v1") + tcp_connector(ports[1], app="v2"))
    for port, backend in zip(ports, (one, two)):
        with connect(port) as client:
            client.sendall(b"data")
            assert client.recv(4) == b"data"
            source = client.getsockname()[1]
        header = backend.connections[0].header
        if backend is one:
            assert header == f"PROXY TCP4 127.0.0.1 127.0.0.1 {source} {port}\r\n".encode()
        else:
            assert header == (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01"
                              + struct.pack("!HH", source, port))
        backend.close()


@pytest.mark.parametrize("header", [proxy_v1("192.0.2.7"), proxy_v2("192.0.2.7")])
def test_proxy_protocol_of_a_trusted_peer_says_who_the_client_is(make_edge, header):
    backend = BytesBackend("one")
    port = free_port()
    server = make_edge(routing(backend.port) + tcp_connector(port, proxyProtocol="required",
                                                             trustedProxies="127.0.0.0/8"))
    assert exchange(port, header + b"data") == b"data<end>"
    wait_until(lambda: server.log.lines("NVJ2050"), 5, "the line")
    assert "client 192.0.2.7:4711" in server.log.lines("NVJ2050")[0]
    backend.close()


def test_a_missing_wrong_or_late_proxy_header_is_refused(make_edge, echo):
    """T24: partial header then FIN, partial header then silence."""
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port, proxyProtocol="required", handshakeTimeout="500ms",
                                                             trustedProxies="127.0.0.0/8"))
    server.log.expect(r"NVJ2053")
    for data in (b"GET / HTTP/1.1\r\n", b"PROXY TCP4 1.2.3.4 nonsense\r\n", proxy_v2("192.0.2.7")[:20]):
        assert exchange(port, data).replace(b"<reset>", b"") == b""
    with connect(port) as silent:
        silent.sendall(b"PROXY TCP4 ")
        assert read_all(silent).replace(b"<reset>", b"") == b""
    assert not echo.connections
    assert server.number("proxy_headers_refused") == 4


def test_others_may_not_claim_to_be_somebody(make_edge, echo):
    required, optional = free_port(), free_port()
    server = make_edge(routing(echo.port) +
                       tcp_connector(required, proxyProtocol="required", trustedProxies="192.0.2.0/24") +
                       tcp_connector(optional, proxyProtocol="optional", trustedProxies="192.0.2.0/24"))
    server.log.expect(r"NVJ2053")
    assert exchange(required, proxy_v1("192.0.2.7") + b"x").replace(b"<reset>", b"") == b""
    # Of somebody untrusted it is nothing but the client's first bytes.
    assert exchange(optional, proxy_v1("192.0.2.7") + b"x") == proxy_v1("192.0.2.7") + b"x<end>"


# ---------------------------------------------------------------- limits

def test_limits_of_clients_and_connections(make_edge, echo):
    port, closed = free_port(), free_port()
    server = make_edge(routing(echo.port) +
                       tcp_connector(port, maxConnectionsPerClient="2") + tcp_connector(closed, clients="192.0.2.0/24"),
                       server={"StartServers": "1", "ServerLimit": "1", "ThreadsPerChild": "25",
                               "MaxRequestWorkers": "25"})
    server.log.expect(r"NVJ2052")
    held = [connect(port) for _ in range(2)]
    for one in held:
        one.sendall(b"x")
        assert one.recv(1) == b"x"
    assert exchange(port, b"").replace(b"<reset>", b"") == b""
    with connect(port, source=("127.0.0.2", 0)) as other:
        other.sendall(b"y")
        assert other.recv(1) == b"y"
    assert exchange(closed, b"x").replace(b"<reset>", b"") == b""
    for one in held:
        one.close()


@pytest.mark.parametrize("attribute, word", [("idleTimeout", "idle"), ("maxAge", "too old")])
def test_idle_limit_and_greatest_age(make_edge, echo, attribute, word):
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port, **{attribute: "1s"}))
    with connect(port) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        started = time.monotonic()
        read_all(client)
        assert 0.8 < time.monotonic() - started < 4
    wait_until(lambda: server.log.lines("NVJ2050"), 5, "the line")
    assert word in server.log.lines("NVJ2050")[0]


def test_the_half_closed_limit(make_edge):
    listener = socket.create_server(("127.0.0.1", 0))
    port = free_port()
    server = make_edge(routing(listener.getsockname()[1]) + tcp_connector(port, halfClosedTimeout="1s"))
    with connect(port) as client:
        backend, _ = listener.accept()
        client.shutdown(socket.SHUT_WR)
        assert backend.recv(10) == b""
        started = time.monotonic()
        read_all(client)
        assert 0.8 < time.monotonic() - started < 4
        backend.close()
    wait_until(lambda: server.log.lines("half-closed limit"), 5, "the line")
    listener.close()


# ---------------------------------------------------------------- life

def test_a_graceful_restart_keeps_connections(make_edge, echo):
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port))
    with connect(port) as client:
        client.sendall(b"before")
        assert client.recv(6) == b"before"
        server.graceful_restart()
        wait_until(lambda: exchange(port, b"new") == b"new<end>", 10, "the new children")
        client.sendall(b"after")
        assert client.recv(5) == b"after"
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"<end>"


@pytest.fixture
def half_closed():
    """half_closed(port, listener, count): clients that have finished, at a backend that knows and says nothing."""
    held = []

    def make(port, listener, count):
        for _ in range(count):
            client = connect(port)
            backend, _ = listener.accept()
            client.shutdown(socket.SHUT_WR)
            assert backend.recv(1) == b""
            held.extend((client, backend))
        return held[-2 * count::2]

    yield make
    for one in held:
        one.close()


def cpu_of(children):
    return sum(map(processes.cpu_seconds, children))


def test_T21_a_graceful_restart_with_half_closed_connections_ends_in_time_and_costs_nothing(make_edge, half_closed):
    port = free_port()
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        server = make_edge(routing(listener.getsockname()[1]) + tcp_connector(port, maxConnectionsPerClient="1000"),
                           reactor={"drainTimeout": 3000})
        server.expect_log("drainTimeout", required=False)
        clients = half_closed(port, listener, 100)
        old = server.children()
        server.graceful_restart()
        time.sleep(0.5)  # what the restart itself costs
        before, started = cpu_of(old), time.monotonic()
        time.sleep(1.5)
        assert cpu_of(old) - before <= (0.8 if paths.sanitized() else 0.1)  # with the watchdog's looks
        wait_until(lambda: not any(map(processes.alive, old)), 10, "the old children to be gone")
        assert time.monotonic() - started < 6
        for client in clients:
            assert read_all(client) in (b"", b"<reset>")


def test_T22_with_few_workers_half_closed_connections_need_none_and_the_listener_rests(make_edge, half_closed):
    port = free_port()
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        server = make_edge(routing(listener.getsockname()[1]) + tcp_connector(port, maxConnectionsPerClient="1000"),
                           server={"ServerLimit": 1, "StartServers": 1, "ThreadsPerChild": 2, "MaxRequestWorkers": 2})
        half_closed(port, listener, 50)
        children = server.children()
        assert len(children) == 1
        before = cpu_of(children)
        time.sleep(2)
        assert cpu_of(children) - before <= (0.3 if paths.sanitized() else 0.1)
        assert get(server.port, "/").status in (403, 404)


def test_source_address_of_a_row(make_edge, module_folder, echo):
    port, path = free_port(), module_folder / "source.db"
    routing_db(path, {"id": "one", "port": echo.port, "source_address": "127.0.0.9"})
    make_edge(routing(database=path) + tcp_connector(port))
    assert exchange(port, b"x") == b"x<end>"
    assert echo.connections[0].peer[0] == "127.0.0.9"


def test_idle_and_half_closed_connections_cost_nothing(make_edge, echo):
    """T1 for many: no thread, no wake-up."""
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port, maxConnectionsPerClient="1000"))
    held = [connect(port) for _ in range(200)]
    for one in held:
        one.sendall(b"x")
    for one in held:
        assert one.recv(1) == b"x"
    before = server.number("tunnel_wake_ups")
    time.sleep(2)
    assert server.number("tunnel_wake_ups") == before
    assert server.number("tcp_open") == 200
    for one in held:
        one.close()


def test_without_a_reactor_nobody_is_taken_for_http(make_edge, echo):
    port = free_port()
    server = make_edge(routing(echo.port) + tcp_connector(port), mpm="prefork")
    assert exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") in (b"", b"<reset>")
    assert get(server.port, "/").status in (403, 404)


def test_faults_are_named(module_folder):
    config = module_folder / "faulty.xml"
    config.write_text('<?xml version="1.0"?>\n<Navajo><Service>\n'
                      '<Routing name="a" backends="127.0.0.1:80" database="x.db"/>\n'
                      '<Routing name="b" database="missing.db"/>\n'
                      '<TcpConnector name="t" port="7000" routing="c"/>\n'
                      '<TcpConnector name="t" port="7000" routing="a" tls="terminate"/>\n'
                      "</Service></Navajo>\n")
    made = run_navajo("check", "--config", config)
    said = made.stdout + made.stderr
    assert made.returncode != 0
    for text in ("exclude each other", "there is no Routing 'c'", "certificate: is needed", "listens on t:7000"):
        assert text in said, said
