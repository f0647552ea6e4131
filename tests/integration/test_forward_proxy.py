"""The forward proxy: who may use it for what, where it may connect to, tunnels, and what it does to requests."""
import json
import random
import re
import socket
import ssl
import struct
import time

import pytest

from harness import paths, processes
from harness.client import Client, get
from harness.forward import forward_host, forward_proxy, listener
from harness.https_origin import HttpsOrigin
from harness.ports import free_port
from harness.proxy_client import ProxyClient, basic, connect
from harness.site import Connector, Context, Host, Site, proxy
from harness.waiting import wait_until


def proxy_site(folder, backend, elements, *components, **params):
    return Site([Connector(free_port())],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])]),
                 forward_host(folder, *components, **params)],
                inside="".join(elements))


@pytest.fixture(scope="module")
def plain_origin():
    made = HttpsOrigin()
    yield made
    made.close()


class Ports:
    def __init__(self):
        self.open, self.strict, self.rules, self.users, self.chained, self.short = (free_port() for _ in range(6))


@pytest.fixture(scope="module")
def ports():
    return Ports()


@pytest.fixture(scope="module")
def server(make_server, backend, module_folder, ports, origin):
    users = module_folder / "users"
    # "secret", as htpasswd -B would not be portable to every httpd: SHA-1 is enough for a test.
    users.write_text("anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    users.chmod(0o644)
    elements = [
        forward_proxy(ports.open),
        forward_proxy(ports.strict, allowedAddresses=None),
        forward_proxy(ports.rules, defaultAction="tunnel", ports=f"{origin.port} 80 443", inside=(
            '<Destination action="refuse" host="*.blocked.test 127.0.0.9"/>'
            '<Destination action="refuse" hostRegex="^ads?[0-9]*[.]"/>'
            '<Destination action="refuse" address="127.9.0.0/16"/>'
            '<Destination action="tunnel" serverName="good.test localhost"/>'
            '<Destination action="refuse" host="127.0.0.1"/>')),
        forward_proxy(ports.users, AuthType="Basic", AuthName="proxy", AuthBasicProvider="file",
                      AuthUserFile=users, Require="valid-user"),
        forward_proxy(ports.chained, upstreamProxy=f"127.0.0.1:{ports.users}", upstreamCredentials="anna:secret"),
        forward_proxy(ports.short, tunnelIdleTimeout="1s", tunnelHalfClosedTimeout="1s", maxTunnelsPerClient="3"),
    ]
    return make_server(site=proxy_site(module_folder, backend, elements), options=())


# ---------------------------------------------------------------- absolute targets

def test_a_request_with_an_absolute_target_is_sent_on(server, ports, plain_origin):
    with ProxyClient(ports.open) as client:
        for _ in range(3):
            answer = client.get(f"http://localhost:{plain_origin.port}/path?x=1",
                                {"Proxy-Connection": "keep-alive", "Proxy-Authorization": basic("a", "b"),
                                 "X-Own": "kept"}, host="localhost")
            assert answer.status == 200
    seen = json.loads(answer.body)
    fields = {name.lower(): value for name, value in seen["headers"]}
    assert seen["path"] == "/path?x=1"
    assert fields["host"] == f"localhost:{plain_origin.port}"
    assert fields["x-own"] == "kept"
    assert "navajo" in fields["via"] or "proxy.test" in fields["via"]
    assert not [name for name in fields if name.startswith("proxy-")]
    assert "x-forwarded-for" not in fields


def test_the_target_and_not_the_host_field_decides(server, ports, plain_origin):
    with ProxyClient(ports.open) as client:
        answer = client.get(f"http://localhost:{plain_origin.port}/", host="evil.test")
    assert dict(json.loads(answer.body)["headers"])["Host"] == f"localhost:{plain_origin.port}"


def test_a_body_is_sent_on(server, ports, plain_origin):
    body = b"b" * 300_000
    with ProxyClient(ports.open) as client:
        answer = client.request("POST", f"http://localhost:{plain_origin.port}/in", body=body)
    assert json.loads(answer.body)["body"] == len(body)


@pytest.mark.parametrize("target, status", [
    ("/", 400), ("https://localhost/", 400), ("ftp://localhost/", 400), ("http://user:pw@localhost/", 400),
    ("http://local%68ost/", 400), ("http://1.2.3.4.5/", 400)])
def test_what_is_no_proxy_request_is_refused(server, ports, target, status):
    with ProxyClient(ports.open) as client:
        assert client.get(target).status == status


def test_a_site_is_not_reached_through_the_proxys_port(server, ports):
    assert get(server.port, "/ok").status == 200
    with ProxyClient(ports.open) as client:
        assert client.get("/ok", host="localhost").status == 400


def test_connect_means_nothing_to_a_site(server):
    server.expect_log("NVJ1213.*method_not_allowed")
    with ProxyClient(server.port) as client:
        assert client.connect_to("localhost:443").status in (400, 405)


# ---------------------------------------------------------------- tunnels

def test_a_tunnel_carries_tls_end_to_end(server, ports, origin, authority):
    with connect(ports.open, f"localhost:{origin.port}", authority.client_context()) as client:
        for _ in range(3):
            assert client.get("/bytes/100000").body == b"x" * 100_000
    server.wait_for_log(rf"NVJ1801 tunnel of 127.0.0.1 to localhost:{origin.port}: [\w ]+, \d+ bytes up, "
                                        r"\d{6,} down")


def test_bytes_sent_with_connect_are_not_lost(server, ports, plain_origin):
    with ProxyClient(ports.open) as client:
        authority = f"localhost:{plain_origin.port}"
        client.send(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"
                    "GET /bytes/10 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.read("CONNECT").status == 200
        assert client.read().body == b"x" * 10


def test_half_close_goes_through_in_both_directions(server, ports):
    with listener() as waiting:
        port = waiting.getsockname()[1]
        with connect(ports.open, f"127.0.0.1:{port}") as client:
            origin, _ = waiting.accept()
            origin.settimeout(10)
            client.send(b"question")
            client.shut_write()
            assert origin.recv(100) == b"question"
            assert origin.recv(100) == b""
            origin.sendall(b"a" * 1_000_000)
            origin.close()
            assert len(client.rest()) == 1_000_000


def test_a_reset_goes_through(server, ports):
    with listener() as waiting, connect(ports.open, f"127.0.0.1:{waiting.getsockname()[1]}") as client:
        origin, _ = waiting.accept()
        client.reset()
        origin.settimeout(5)
        with pytest.raises(ConnectionResetError):
            assert origin.recv(10) == b""  # an orderly end would claim that nothing is missing
            raise AssertionError("no reset")


def test_idle_and_half_closed_tunnels_end_at_their_limits(server, ports):
    for half_closed in (False, True):
        with listener() as waiting, connect(ports.short, f"127.0.0.1:{waiting.getsockname()[1]}") as client:
            origin, _ = waiting.accept()
            if half_closed:
                client.shut_write()
            begun = time.monotonic()
            client.socket.settimeout(5)
            try:
                assert client.rest() == b""
            except ConnectionResetError:
                pass
            assert 0.9 <= time.monotonic() - begun < 2.5
            origin.close()
    assert server.log.lines("NVJ1801.*: idle,")
    assert server.log.lines("NVJ1801.*: half-closed limit,")


def test_tunnels_of_one_client_are_bounded(server, ports):
    server.expect_log("NVJ1803 CONNECT .* too many tunnels of this client, answering 503")
    with listener() as waiting:
        authority = f"127.0.0.1:{waiting.getsockname()[1]}"
        # Two children, two counts: some of the first six may have met the other one.
        made, refused = [], 0
        for _ in range(12):
            client = ProxyClient(ports.short)
            made.append(client)
            refused += client.connect_to(authority).status == 503
        assert refused >= 6
        for client in made:
            client.close()


def test_idle_and_half_closed_tunnels_cost_nothing(server, ports):
    """Failure mode 45, T1: no thread, no wake-ups, little memory; half of them with one end done."""
    count, seconds = 200, 3
    children = server.children()

    def memory():
        return sum(processes.resident_bytes(pid) for pid in children)
    with listener() as waiting:
        authority = f"127.0.0.1:{waiting.getsockname()[1]}"
        ends = []
        for _ in range(20):  # what a first tunnel costs once
            ends.append((connect(ports.open, authority), waiting.accept()[0]))
        threads, before = sum(processes.threads(pid) for pid in children), memory()
        for number in range(count):
            client, origin = connect(ports.open, authority), waiting.accept()[0]
            client.send(b"x" * 1000)
            assert origin.recv(2000)
            if number % 2:
                client.shut_write()
                origin.settimeout(5)
                while origin.recv(2000):
                    pass
            ends.append((client, origin))
        grown = (memory() - before) / count
        time.sleep(0.5)
        cpu, wake_ups = sum(map(processes.cpu_seconds, children)), server.number("tunnel_wake_ups")
        time.sleep(seconds)
        assert sum(map(processes.cpu_seconds, children)) - cpu <= (0.1 if paths.sanitized() else 0.01) * seconds + 0.02
        assert server.number("tunnel_wake_ups") == wake_ups
        assert sum(processes.threads(pid) for pid in children) <= threads
        assert paths.sanitized() or grown < 20_000, grown
        assert server.number("tunnels_half_closed") >= count / 2
        for client, origin in ends:  # and each still works
            origin.sendall(b"back")
            assert client.receive_some() == b"back"
            client.close()
            origin.close()
    wait_until(lambda: server.number("tunnels_open") + server.number("tunnels_half_closed") == 0, 10, "no tunnel left")


def test_tunnels_aborted_at_random_leave_nothing_behind(server, ports):
    """T20 in small: many connections, ended in every way there is; then all is quiet and nothing is left open."""
    dice = random.Random(20)
    children = server.children()
    with listener() as waiting:
        authority = f"127.0.0.1:{waiting.getsockname()[1]}"
        descriptors = sum(map(processes.open_descriptors, children))
        for _ in range(300):
            client, origin = connect(ports.open, authority), waiting.accept()[0]
            client.send(b"q" * dice.randrange(1, 4096))
            way = dice.randrange(6)
            if way == 0:
                client.reset()
            elif way == 1:
                origin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif way == 2:
                client.shut_write()
                origin.sendall(b"a" * dice.randrange(1, 100000))
            elif way == 3:
                origin.shutdown(socket.SHUT_WR)
            elif way == 4:
                origin.sendall(b"a" * 200000)  # nobody reads it
            origin.close()
            client.close()
    wait_until(lambda: server.number("tunnels_open") + server.number("tunnels_half_closed") == 0, 10, "no tunnel left")
    wait_until(lambda: sum(map(processes.open_descriptors, children)) <= descriptors + 4, 10, "all closed")
    cpu = sum(map(processes.cpu_seconds, children))
    time.sleep(1)
    assert sum(map(processes.cpu_seconds, children)) - cpu <= (0.2 if paths.sanitized() else 0.03)
    assert server.number("tunnels_stuck") == 0


# ---------------------------------------------------------------- policy

@pytest.mark.parametrize("destination, status", [
    ("www.blocked.test:443", 403), ("WWW.Blocked.TEST.:443", 403), ("ad1.example.test:443", 403),
    ("127.0.0.9:443", 403), ("127.9.1.1:443", 403), ("localhost:25", 403),
    ("nonexistent.invalid:443", 502)])
def test_rules_decide_about_connect(server, ports, destination, status):
    server.expect_log("NVJ1006", required=False)
    with ProxyClient(ports.rules) as client:
        assert client.connect_to(destination).status == status


@pytest.mark.parametrize("target, status", [("http://www.blocked.test/", 403), ("http://ads.test/", 403),
                                            ("http://127.9.1.1/", 403), ("http://127.0.0.9/", 403),
                                            ("http://localhost:8080/", 403)])
def test_rules_decide_about_absolute_targets(server, ports, target, status):
    with ProxyClient(ports.rules) as client:
        assert client.get(target).status == status


def test_a_refusal_names_its_cause(server, ports):
    with ProxyClient(ports.rules) as client:
        client.connect_to("www.blocked.test:443")
    server.wait_for_log("NVJ1800 CONNECT www.blocked.test:443 of 127.0.0.1: destination_refused")


def test_the_server_name_decides_where_the_address_does_not(server, ports, origin, authority):
    with connect(ports.rules, f"127.0.0.1:{origin.port}", authority.client_context(), "localhost") as client:
        assert client.get("/").status == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(ports.rules, f"127.0.0.1:{origin.port}", authority.client_context(), "bad.test")
    server.wait_for_log(r"NVJ1800 CONNECT 127.0.0.1:\d+ of 127.0.0.1: destination_refused")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost", "[::1]",
                                  "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "169.254.169.254",
                                  "10.0.0.1", "[fe80::1]", "[64:ff9b::7f00:1]"])
def test_addresses_that_are_not_of_the_internet_are_refused_however_they_are_written(server, ports, plain_origin, host):
    """Failure mode 20: 403 after resolution, for tunnels and requests alike."""
    server.expect_log("NVJ1219", required=False)
    before = plain_origin.connections
    # httpd itself refuses some of the odder ones as Host fields.
    refused = (400, 403) if host in ("127.1", "0x7f.1", "2130706433", "0177.0.0.1") else (403,)
    with ProxyClient(ports.strict) as client:
        assert client.connect_to(f"{host}:{plain_origin.port}").status in refused
    with ProxyClient(ports.strict) as client:
        assert client.get(f"http://{host}:{plain_origin.port}/").status in refused
    assert plain_origin.connections == before


def test_the_proxy_is_no_way_into_its_own_listeners(server, ports):
    server.expect_log("NVJ1219", required=False)
    for port in (ports.open, ports.users, server.port):
        with ProxyClient(ports.open) as client:
            assert client.connect_to(f"127.0.0.1:{port}").status == 403
        with ProxyClient(ports.open) as client:
            assert client.get(f"http://127.0.0.1:{port}/").status == 403


@pytest.mark.parametrize("destination", ["", "localhost", "localhost:0", "localhost:99999", "user@localhost:443",
                                         "a b:1", "[::1:443", "localhost:443/path", "http://localhost:443"])
def test_a_connect_to_nowhere_is_refused(server, ports, destination):
    with ProxyClient(ports.open) as client:
        assert client.connect_to(destination).status == 400


def test_a_connect_has_no_body(server, ports, origin):
    with ProxyClient(ports.open) as client:
        client.send(f"CONNECT localhost:{origin.port} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
        assert client.read("CONNECT").status == 400


def test_a_closed_port_is_told(server, ports):
    port = free_port()
    with ProxyClient(ports.open) as client:
        assert client.connect_to(f"127.0.0.1:{port}").status == 502


# ---------------------------------------------------------------- authentication and chaining

def test_clients_have_to_say_who_they_are(server, ports, origin, plain_origin, authority):
    server.expect_log("AH01617|AH01618", required=False)
    destination = f"localhost:{origin.port}"
    with ProxyClient(ports.users) as client:
        answer = client.connect_to(destination)
        assert answer.status == 407
        assert answer.all("Proxy-Authenticate")
    with ProxyClient(ports.users) as client:
        assert client.connect_to(destination, {"Proxy-Authorization": basic("anna", "wrong")}).status == 407
    with ProxyClient(ports.users) as client:
        assert client.connect_to(destination, {"Authorization": basic("anna", "secret")}).status == 407
        assert client.get(f"http://localhost:{plain_origin.port}/").status == 407
    right = {"Proxy-Authorization": basic("anna", "secret")}
    with connect(ports.users, destination, authority.client_context(), headers=right) as client:
        assert client.get("/").status == 200
    server.wait_for_log(r"NVJ1801.*user anna")
    with ProxyClient(ports.users) as client:
        answer = client.get(f"http://localhost:{plain_origin.port}/", right)
        assert answer.status == 200
        assert b"roxy-Auth" not in answer.body


def test_another_proxy_may_stand_behind(server, ports, origin, plain_origin, authority):
    with connect(ports.chained, f"localhost:{origin.port}", authority.client_context()) as client:
        assert client.get("/bytes/5000").body == b"x" * 5000
    with ProxyClient(ports.chained) as client:
        answer = client.get(f"http://localhost:{plain_origin.port}/chained?q")
        assert answer.status == 200
        seen = json.loads(answer.body)
        assert seen["path"] == "/chained?q"
        assert [name for name, _ in seen["headers"] if name.lower().startswith("proxy-")] == []


# ---------------------------------------------------------------- restarts

def test_a_tunnel_survives_a_graceful_restart(server, ports):
    with listener() as waiting, connect(ports.open, f"127.0.0.1:{waiting.getsockname()[1]}") as client:
        origin, _ = waiting.accept()
        origin.settimeout(10)
        client.send(b"before")
        assert origin.recv(100) == b"before"
        server.graceful_restart()
        origin.sendall(b"z" * 100)
        assert client.receive_some()[:1] == b"z"
        origin.close()


@pytest.mark.parametrize("attributes, text", [
    ({"host": "forwrad.test"}, "there is no Host 'forwrad.test', did you mean 'forward.test'"),
    ({"defaultAction": "intercept"}, "intercept needs caCertificate"),
    ({"clients": "10.0.0.0/40"}, "clients"),
    ({"ports": "443-80"}, "neither a port nor a range"),
    ({"allowedAddresses": "intranet.test"}, "allowedAddresses"),
    ({"caCertificate": "no/such.pem"}, "no/such.pem"),
    ({"upstreamCredentials": "a:b"}, "needs upstreamProxy"),
    ({"untrustedUpstream": "mirror"}, "mirror needs certMirror"),
    ({"certValidity": "24h"}, "shorter than twice certCacheTime")])
def test_a_fault_names_its_place(module_folder, backend, make_server, attributes, text):
    folder = module_folder / "bad"
    folder.mkdir(exist_ok=True)
    bad = make_server(site=proxy_site(folder, backend, [forward_proxy(free_port(), **attributes)]), start=False)
    checked = bad.navajo("check")
    assert checked.returncode != 0
    assert re.search(r"navajo\.xml:\d+:\d+: NVJ\d{4} ", checked.stdout + checked.stderr)
    assert text in checked.stdout + checked.stderr


def test_without_a_reactor_requests_go_on_and_connect_does_not(make_server, module_folder, backend, plain_origin):
    port = free_port()
    site = proxy_site(module_folder / "prefork", backend, [forward_proxy(port)])
    server = make_server(site=site, mpm="prefork")
    with ProxyClient(port) as client:
        assert client.get(f"http://localhost:{plain_origin.port}/prefork").status == 200
        assert client.connect_to(f"localhost:{plain_origin.port}").status == 501
    server.stop()


def test_clients_of_other_networks_are_refused(make_server, module_folder, backend):
    port = free_port()
    site = proxy_site(module_folder / "foreign", backend, [forward_proxy(port, clients="192.0.2.0/24")])
    foreign = make_server(site=site)
    with ProxyClient(port) as client:
        assert client.connect_to("localhost:443").status == 403
    with Client(port) as client:
        assert client.get("http://localhost/").status == 403
    foreign.stop()
