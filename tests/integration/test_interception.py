"""TLS intercepted with minted certificates: what clients are shown, and what the requests inside meet."""
import gzip
import json
import re
import socket
import ssl
import time

import pytest

from harness import paths, processes
from harness.client import request_bytes
from harness.forward import forward_host, forward_proxy, listener
from harness.https_origin import HttpsOrigin
from harness.ports import free_port
from harness.proxy_client import ProxyClient, basic, connect, names_of
from harness.site import Connector, Context, Host, Site, delegation, proxy
from harness.tls import HeldBackClient


class Ports:
    def __init__(self):
        (self.all, self.unknown, self.users, self.chosen, self.young, self.chained, self.mirror,
         self.refusing_mirror, self.limited) = (free_port() for _ in range(9))


@pytest.fixture(scope="module")
def ports():
    return Ports()


@pytest.fixture(scope="module")
def server(make_server, backend, authority, module_folder, ports, minting):
    users = module_folder / "users"
    users.write_text("anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    users.chmod(0o644)
    mint = {"caCertificate": minting.certificate, "caKey": minting.key, "defaultAction": "intercept"}
    elements = [
        forward_proxy(ports.all, **mint, handshakeTimeout="3s"),
        forward_proxy(ports.unknown, **mint, unknownProtocol="tunnel"),
        forward_proxy(ports.users, **mint, AuthType="Basic", AuthName="proxy", AuthBasicProvider="file",
                      AuthUserFile=users, Require="valid-user"),
        forward_proxy(ports.chosen, **mint, inside=(
            '<Destination action="tunnel" serverName="localhost"/>'
            '<Destination action="refuse" host="*.blocked.test"/>')),
        forward_proxy(ports.young, **mint, maxConnectionAge="1s"),
        forward_proxy(ports.mirror, **mint, certMirror="on", untrustedUpstream="mirror"),
        forward_proxy(ports.refusing_mirror, **mint, certMirror="on"),
        forward_proxy(ports.limited, **mint, certRate="1"),
        forward_proxy(ports.chained, **mint, upstreamProxy=f"127.0.0.1:{ports.users}",
                      upstreamCredentials="anna:secret"),
    ]
    site = Site([Connector(free_port())],
                [Host("localhost", [Context(str(module_folder / "www"), [proxy(backend.port)])]),
                 forward_host(module_folder,
                              delegation(DelegateToBackend="X-Seen-User:ENV:REMOTE_USER\nX-Seen-Https:ENV:HTTPS\n"
                                                 "X-Seen-Sni:ENV:SSL_TLS_SNI\nX-Seen-Connect:ENV:NAVAJO_CONNECT_ID",
                                         DelegateToFrontend="X-Destination-Certificate:ENV:certSubjectB\n"
                                                            "X-Destination-Tls:ENV:tlsB"),
                              SSLCACertificateFile=authority.certificate)],
                inside="".join(elements))
    return make_server(site=site)


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


# ---------------------------------------------------------------- what the client is shown

@pytest.mark.parametrize("version", VERSIONS)
def test_requests_inside_reach_the_destination(server, ports, origin, minting, version):
    with connect(ports.all, f"localhost:{origin.port}", minting.context(version)) as client:
        assert names_of(client.certificate()) == {"localhost"}
        for number in range(5):
            answer = client.get(f"/inside/{number}?q=1", host=f"localhost:{origin.port}")
            assert answer.status == 200
            assert json.loads(answer.body)["path"] == f"/inside/{number}?q=1"
    assert server.access_lines("GET /inside/4?q=1")


def test_bodies_pass_in_both_directions(server, ports, origin, minting):
    with connect(ports.all, f"localhost:{origin.port}", minting.context()) as client:
        body = b"u" * 2_000_000
        answer = client.request("POST", "/upload", body=body, host=f"localhost:{origin.port}")
        assert json.loads(answer.body)["body"] == len(body)
        assert client.get("/bytes/3000000", host=f"localhost:{origin.port}").body == b"x" * 3_000_000


def test_an_address_has_an_address_in_its_certificate(server, ports, origin, minting):
    server.expect_log("NVJ1215")
    context = minting.context()
    with connect(ports.all, f"127.0.0.1:{origin.port}", context, "127.0.0.1") as client:
        assert ("IP Address", "127.0.0.1") in client.certificate()["subjectAltName"]
        # The destination's own certificate is for a name: refused, and the page says so.
        answer = client.get("/", host=f"127.0.0.1:{origin.port}")
        assert answer.status == 502
        assert b"certificate" in answer.body.lower()


def test_a_destination_that_nobody_vouches_for_is_refused_with_a_page(server, ports, minting, module_folder):
    from harness.tls import Authority
    stranger = HttpsOrigin(Authority(module_folder / "stranger").issue("localhost"))
    server.expect_log("NVJ1215")
    try:
        with connect(ports.all, f"localhost:{stranger.port}", minting.context()) as client:
            answer = client.get("/", host=f"localhost:{stranger.port}")
            assert answer.status == 502
            assert b"certificate" in answer.body.lower()
        assert not stranger.requests
    finally:
        stranger.close()


@pytest.fixture(scope="module")
def stranger(module_folder):
    from harness.tls import Authority
    made = HttpsOrigin(Authority(module_folder / "other").issue("localhost"))
    yield made
    made.close()


def test_a_mirrored_certificate_looks_like_the_destinations(server, ports, authority, minting):
    """Of its names those that fit the one asked for."""
    name = "www.mirror.test"
    origin = HttpsOrigin(authority.issue(name, alternative=f"DNS:{name},DNS:*.mirror.test,DNS:also.test"))
    destination, host = f"127.0.0.1:{origin.port}", f"{name}:{origin.port}"
    try:
        for _ in range(4):
            with connect(ports.mirror, destination, minting.context(), name) as client:
                assert names_of(client.certificate()) == {name, "*.mirror.test"}
                assert client.get("/", host=host).status == 200
        # Looked at once per child, and then requests: 2 + 4 at most, each kept.
        assert origin.connections <= 6
        with connect(ports.all, destination, minting.context(), name) as client:
            assert names_of(client.certificate()) == {name}
    finally:
        origin.close()


def test_an_untrusted_destination_is_mirrored_as_untrusted(server, ports, stranger, minting):
    server.expect_log("NVJ1215", required=False)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(ports.mirror, f"localhost:{stranger.port}", minting.context())
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    with connect(ports.mirror, f"localhost:{stranger.port}", careless) as client:
        assert client.get("/", host=f"localhost:{stranger.port}").status == 200


def test_without_that_policy_it_is_refused_with_a_page(server, ports, stranger, minting):
    server.expect_log("NVJ1215")
    with connect(ports.refusing_mirror, f"localhost:{stranger.port}", minting.context()) as client:
        answer = client.get("/", host=f"localhost:{stranger.port}")
        assert answer.status == 502
        assert b"cannot vouch for the certificate of localhost" in answer.body


def test_a_client_without_the_ca_is_told_so_in_the_log(server, ports, origin):
    with pytest.raises(ssl.SSLError):
        connect(ports.all, f"localhost:{origin.port}", ssl.create_default_context())
    server.wait_for_log(r"NVJ1804 CONNECT localhost:\d+ of 127.0.0.1: TLS with the client failed: .*unknown ca")


def test_sessions_are_resumed(server, ports, origin, minting):
    for version in VERSIONS:
        context = minting.context(version)
        with connect(ports.all, f"localhost:{origin.port}", context) as client:
            assert client.get("/", host=f"localhost:{origin.port}").status == 200
            session = client.socket.session
        again = ProxyClient(ports.all)
        assert again.connect_to(f"localhost:{origin.port}").status == 200
        again.socket = context.wrap_socket(again.socket, server_hostname="localhost", session=session)
        assert again.socket.session_reused, version
        again.close()


# ---------------------------------------------------------------- what the requests inside meet

def test_filters_and_sources_see_the_inner_request(server, ports, origin, minting):
    right = {"Proxy-Authorization": basic("anna", "secret")}
    with connect(ports.users, f"localhost:{origin.port}", minting.context(), headers=right) as client:
        answer = client.get("/who", host=f"localhost:{origin.port}")
    fields = {name.lower(): value for name, value in json.loads(answer.body)["headers"]}
    assert fields["x-seen-user"] == "anna"
    assert fields["x-seen-https"] == "on"
    assert fields["x-seen-sni"] == "localhost"
    assert fields["x-seen-connect"]
    assert answer.all("X-Destination-Certificate") == ["CN=localhost"]
    assert answer.all("X-Destination-Tls") == ["TLSv1.3"]
    assert not [name for name in fields if name.startswith("proxy-") or name == "authorization"]


def test_without_credentials_there_is_no_inside(server, ports, origin):
    server.expect_log("AH01617|AH01618", required=False)
    with ProxyClient(ports.users) as client:
        assert client.connect_to(f"localhost:{origin.port}").status == 407


@pytest.mark.parametrize("host", ["other.test", "localhost:1", "127.0.0.1"])
def test_a_request_for_another_host_is_misdirected(server, ports, origin, minting, host):
    with connect(ports.all, f"localhost:{origin.port}", minting.context()) as client:
        assert client.get("/", host=host).status == 421


def test_the_server_name_has_to_be_that_of_the_connect(server, ports, origin, minting):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(ports.all, f"localhost:{origin.port}", minting.context(), "other.test")
    server.wait_for_log(r"NVJ1800 CONNECT localhost:\d+ of 127.0.0.1: server_name_differs: other.test")


def test_a_connect_inside_is_refused(server, ports, origin, minting):
    with connect(ports.all, f"localhost:{origin.port}", minting.context()) as client:
        assert client.connect_to("other.test:443").status == 400


def test_the_server_name_can_choose_the_tunnel(server, ports, origin, authority):
    with connect(ports.chosen, f"127.0.0.1:{origin.port}", authority.client_context(), "localhost") as client:
        assert client.get("/", host="localhost").status == 200


def test_an_old_connection_ends_with_its_response(server, ports, origin, minting):
    with connect(ports.young, f"localhost:{origin.port}", minting.context()) as client:
        host = f"localhost:{origin.port}"
        assert client.get("/", host=host).all("Connection") == []
        time.sleep(1.1)
        answer = client.get("/", host=host)
        assert answer.status == 200
        assert answer.all("Connection") == ["close"]


def test_connections_to_the_destination_are_kept(server, ports, origin, minting):
    before = origin.connections
    for _ in range(6):
        with connect(ports.all, f"localhost:{origin.port}", minting.context()) as client:
            assert client.get("/", host=f"localhost:{origin.port}").status == 200
    # Two children with two reactors each keep their own.
    assert origin.connections - before <= 4


def test_interception_through_another_proxy(server, ports, authority, minting):
    """Both intercept: the outer one meets a certificate of the inner one's, which it does not trust."""
    server.expect_log("NVJ1215", required=False)
    origin = HttpsOrigin(authority.issue("localhost"))
    try:
        with connect(ports.chained, f"localhost:{origin.port}", minting.context()) as client:
            assert client.get("/", host=f"localhost:{origin.port}").status == 502
    finally:
        origin.close()


def test_a_decompression_bomb_passes_as_it_is(server, ports, origin, minting):
    """Failure mode 31: nothing here unpacks what it passes on, nested or not."""
    inner = gzip.compress(bytes(50_000_000))
    origin.bodies["/bomb"] = ("gzip", gzip.compress(inner * 20))
    size = len(origin.bodies["/bomb"][1])
    with connect(ports.all, f"localhost:{origin.port}", minting.context()) as client:
        client.get("/", host=f"localhost:{origin.port}")
        before = sum(processes.resident_bytes(pid) for pid in server.children())
        for _ in range(3):
            answer = client.get("/bomb", {"Accept-Encoding": "gzip"}, host=f"localhost:{origin.port}")
            assert answer.all("Content-Encoding") == ["gzip"]
            assert len(answer.body) == size
        grown = sum(processes.resident_bytes(pid) for pid in server.children()) - before
    assert paths.sanitized() or grown < 16_000_000, grown


# ---------------------------------------------------------------- what is no TLS

def test_another_protocol_is_refused(server, ports, plain_port=None):
    with listener() as waiting:
        with connect(ports.all, f"127.0.0.1:{waiting.getsockname()[1]}") as client:
            client.send(b"SSH-2.0-OpenSSH_9\r\n")
            assert client.rest() == b""
        waiting.settimeout(0.2)
        with pytest.raises(TimeoutError):
            waiting.accept()
    server.wait_for_log("NVJ1800.*unknown_protocol: not TLS")


def test_another_protocol_is_tunnelled_where_that_is_the_policy(server, ports):
    with listener() as waiting, connect(ports.unknown, f"127.0.0.1:{waiting.getsockname()[1]}") as client:
        client.send(b"SSH-2.0-OpenSSH_9\r\n")
        origin, _ = waiting.accept()
        origin.settimeout(5)
        assert origin.recv(100) == b"SSH-2.0-OpenSSH_9\r\n"
        origin.sendall(b"SSH-2.0-other\r\n")
        assert client.receive_some() == b"SSH-2.0-other\r\n"
        origin.close()


def test_a_server_that_speaks_first_is_heard_where_that_is_the_policy(server, ports):
    with listener() as waiting, connect(ports.unknown, f"127.0.0.1:{waiting.getsockname()[1]}") as client:
        origin, _ = waiting.accept()
        origin.sendall(b"220 ready\r\n")
        assert client.receive_some() == b"220 ready\r\n"
        origin.close()


@pytest.mark.parametrize("first", [b"", b"\x16", b"\x16\x03\x01\x40", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
def test_a_handshake_that_does_not_go_on_ends_at_its_limit(server, ports, origin, first):
    with connect(ports.all, f"localhost:{origin.port}") as client:
        client.send(first)
        begun = time.monotonic()
        client.rest()
        assert 2.5 < time.monotonic() - begun < 6


@pytest.mark.parametrize("first", [b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff", b"\x80\x2e\x01\x00\x02", b"\x16" * 500,
                                   b"\x00" * 500])
def test_garbage_ends_the_connection(server, ports, origin, first):
    with connect(ports.all, f"localhost:{origin.port}") as client:
        client.send(first)
        client.shut_write()
        client.rest()


def test_hello_together_with_connect(server, ports, origin, minting):
    held = HeldBackClient(ports.all, minting.context(), "localhost")
    authority = f"localhost:{origin.port}"
    with pytest.raises(ssl.SSLWantReadError):
        held.tls.do_handshake()
    held.flush_after = held.pending()
    held.socket.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode() + held.flush_after)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += held.socket.recv(1)
    assert head.startswith(b"HTTP/1.1 200 ")
    held.handshake()
    held.write(request_bytes("GET", "/together", host=authority))
    held.flush()
    assert held.read().status == 200
    held.close()


# ---------------------------------------------------------------- ends (scenarios T1 to T5, T26, T27)

def held_back(port, authority, context):
    client = HeldBackClient(port, context, "localhost")
    client.socket.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.socket.recv(1)
    assert head.startswith(b"HTTP/1.1 200 ")
    client.handshake()
    return client


def children_cpu(server):
    return sum(processes.cpu_seconds(pid) for pid in server.children())


@pytest.mark.parametrize("trailer", [b"", b"\x17\x03\x03\x01", b"\xff", b"\xaa" * 4096, b"\x55" * 65536])
def test_what_comes_after_close_notify_is_ignored(server, ports, origin, minting, trailer):
    """T1, T2, T27: a request, close_notify and a trailer in one segment."""
    authority = f"localhost:{origin.port}"
    client = held_back(ports.all, authority, minting.context())
    client.write(request_bytes("GET", "/last", host=authority))
    try:
        client.tls.unwrap()
    except ssl.SSLWantReadError:
        pass
    client.flush(trailer)
    before = children_cpu(server)
    time.sleep(1)
    assert children_cpu(server) - before < (0.6 if paths.sanitized() else 0.2)
    client.close()


def test_the_answer_to_a_request_before_close_notify_is_complete(server, ports, origin, minting):
    """T26. clientHalfClose is abort for a FIN alone: close_notify without one leaves the answer its way."""
    authority = f"localhost:{origin.port}"
    client = held_back(ports.all, authority, minting.context())
    client.write(request_bytes("GET", "/bytes/1000000", host=authority))
    client.flush()
    answer = client.read()
    assert len(answer.body) == 1_000_000
    client.close()


@pytest.mark.parametrize("cut", [1, 4, 5, 40])
def test_a_record_that_is_cut_ends_the_connection(server, ports, origin, minting, cut):
    """T5, T6: FIN without close_notify, also within a record."""
    authority = f"localhost:{origin.port}"
    client = held_back(ports.all, authority, minting.context())
    client.write(request_bytes("GET", "/cut", host=authority))
    client.socket.sendall(client.pending()[:cut])
    client.socket.shutdown(socket.SHUT_WR)
    client.socket.settimeout(5)
    data = b"x"
    try:
        while data:
            data = client.socket.recv(4096)
    except ConnectionResetError:
        pass
    client.close()


def test_a_flood_of_names_does_not_stop_known_ones(server, ports, origin, minting):
    """Failure mode 36, in small: the limit is per client, and a name that is known needs no new certificate. The rate
    is so low that a slow machine cannot stay below it."""
    server.expect_log("NVJ1805", required=False)
    with connect(ports.limited, f"localhost:{origin.port}", minting.context()) as client:
        assert client.get("/", host=f"localhost:{origin.port}").status == 200
    context = minting.context()
    for number in range(300):
        client = ProxyClient(ports.limited)
        if client.connect_to(f"127.0.0.1:{origin.port}").status == 200:
            try:
                client.start_tls(context, f"flood{number}.test")
            except (ssl.SSLError, OSError):
                pass
        client.close()
    begun = time.monotonic()
    with connect(ports.limited, f"localhost:{origin.port}", minting.context()) as client:
        assert client.get("/", host=f"localhost:{origin.port}").status == 200
    assert time.monotonic() - begun < (10 if paths.sanitized() else 2)
    assert server.number("minting_refused") > 0
    assert re.search("NVJ1805", server.log.everything())
