"""mod_ssl, unchanged, on fibers."""
import os
import socket
import ssl
import threading
import time

import pytest

from harness.client import Client, get, request_bytes
from harness.load import Load
from harness.paths import stock_module
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy
from harness.tls import HeldBackClient

LOAD_SSL = ("<IfModule !mod_ssl.c>\n"
            "LoadModule socache_shmcb_module {shmcb}\nLoadModule ssl_module {ssl}\n</IfModule>\n")


def ssl_modules():
    return LOAD_SSL.format(shmcb=stock_module("mod_socache_shmcb"), ssl=stock_module("mod_ssl"))


@pytest.fixture(scope="module")
def server(make_server, backend, authority, module_folder):
    certificates = {name: authority.issue(name) for name in ("localhost", "second.test")}
    port = free_port()

    def connector(name, **more):
        certificate, key = certificates[name]
        return Connector(port, name, ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key,
                                          "SSLCACertificateFile": authority.certificate}, **more)
    folder = module_folder / "tls"
    site = Site(
        [connector("localhost"), connector("second.test", listens=False)],
        [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])]),
         Host("second.test", [Context(str(folder / "second"), [proxy(backend.port, URIPrefix="/second",
                                                                    MappingType="pathinfo")])])],
        reactor={"threads": 1})
    return make_server(site=site, httpd=ssl_modules() + """
<Location /echo/secret>
  SSLVerifyClient require
  SSLVerifyDepth 2
</Location>
<Location /echo/environment>
  SSLOptions +StdEnvVars
</Location>
""")


@pytest.fixture(autouse=True)
def mod_ssl_may_tell(server):
    server.expect_log(r"\[ssl:|AH0\d+", required=False)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_requests_over_tls(server, authority, version):
    with Client(server.port, authority.client_context(version)) as client:
        for _ in range(5):
            assert client.get("/ok?bytes=100000").status == 200


def test_backend_is_told_that_the_client_came_over_tls(server, backend, authority):
    get(server.port, "/echo/proto", tls=authority.client_context())
    assert backend.seen("/echo/proto")[0].all("X-Forwarded-Proto") == ["https"]


def test_large_upload_and_download_over_tls(server, authority):
    with Client(server.port, authority.client_context()) as client:
        body = os.urandom(1_000_000)
        assert client.request("POST", "/echo/large", body=body).body.endswith(body)


def test_finished_and_request_in_one_segment(server, authority):
    """The request must not get lost in a filter that read ahead (reactor rule 4)."""
    for _ in range(5):
        client = HeldBackClient(server.port, authority.client_context(ssl.TLSVersion.TLSv1_3))
        client.handshake_holding_the_end()
        client.write(request_bytes("GET", "/ok?bytes=100"))
        client.flush()
        assert len(client.read().body) == 100
        client.close()


def test_finished_and_two_requests_in_one_segment(server, authority):
    client = HeldBackClient(server.port, authority.client_context(ssl.TLSVersion.TLSv1_3))
    client.handshake_holding_the_end()
    client.write(request_bytes("GET", "/echo/first"))
    client.write(request_bytes("GET", "/echo/second"))
    client.flush()
    assert b"/echo/first" in client.read().body
    assert b"/echo/second" in client.read().body
    client.close()


def test_request_cut_into_single_bytes_of_its_record(server, authority):
    client = HeldBackClient(server.port, authority.client_context(ssl.TLSVersion.TLSv1_3))
    client.handshake()
    client.write(request_bytes("GET", "/ok"))
    for byte in client.pending():
        client.socket.sendall(bytes([byte]))
    assert client.read().status == 200
    client.close()


def test_garbage_handshakes_do_not_disturb_the_others(server, authority):
    """OpenSSL's error queue belongs to a thread, not to a fiber (reactor rule 5)."""
    stop = threading.Event()
    sent = []

    def garbage():
        while not stop.is_set():
            try:
                with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
                    connection.sendall(b"\x16\x03\x01\x00\x05" + os.urandom(5))
                    connection.settimeout(2)
                    connection.recv(1000)
                sent.append(1)
            except OSError:
                pass
    disturbers = [threading.Thread(target=garbage, daemon=True) for _ in range(2)]
    for thread in disturbers:
        thread.start()
    with Load(server.port, clients=6, keep_alive=False, tls=authority.client_context()) as load:
        time.sleep(3)
    stop.set()
    for thread in disturbers:
        thread.join(10)
    assert not load.failures, load.summary()
    assert load.done > 50 and len(sent) > 20, (load.summary(), len(sent))


@pytest.mark.parametrize("end", ["close", "reset"])
def test_broken_off_handshakes_leave_nothing_behind(server, authority, end):
    for _ in range(30):
        client = Client(server.port)
        client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        getattr(client, end)()
    assert get(server.port, "/ok", tls=authority.client_context()).status == 200


def test_plain_http_on_the_tls_port_is_refused(server):
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/ok"))
        assert client.read().status == 400


def test_server_name_chooses_the_certificate_and_the_host(server, backend, authority):
    with Client(server.port, authority.client_context(), "second.test") as client:
        assert client.socket.getpeercert()["subject"][0][0][1] == "second.test"
        assert client.get("/echo/named", host="second.test").status == 200
    assert backend.seen("named")[0].target.startswith("/second")


def test_host_that_contradicts_the_server_name_never_gets_the_other_site(server, backend, authority):
    with Client(server.port, authority.client_context(), "localhost") as client:
        assert client.get("/echo/contradiction", host="elsewhere.test").status in (200, 400, 404, 421)
    assert not [arrived for arrived in backend.seen("contradiction") if arrived.target.startswith("/second")]


def test_client_certificate_per_location_by_renegotiation(server, authority):
    """TLS 1.2: the handshake is repeated in the middle of the request, reading and writing on the fiber."""
    context = authority.client_context(ssl.TLSVersion.TLSv1_2, identity=authority.issue("alice"))
    with Client(server.port, context) as client:
        assert client.get("/ok").status == 200
        assert client.get("/echo/secret").status == 200


def test_client_certificate_per_location_after_the_handshake(server, authority):
    """TLS 1.3: post-handshake authentication."""
    context = authority.client_context(ssl.TLSVersion.TLSv1_3, authority.issue("bob"), post_handshake=True)
    with Client(server.port, context) as client:
        assert client.get("/ok").status == 200
        assert client.get("/echo/secret").status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_location_is_closed_without_a_client_certificate(server, backend, authority, version):
    with Client(server.port, authority.client_context(version, post_handshake=True)) as client:
        try:
            client.send(request_bytes("GET", "/echo/secret/none"))
            assert client.read().status == 403
        except (ssl.SSLError, ConnectionError, AssertionError) as refused:
            assert not isinstance(refused, AssertionError), refused
        except Exception as ended:
            assert "closed" in str(ended)
    assert not backend.seen("/echo/secret/none")


def test_close_notify_then_silence_costs_nothing(server, authority):
    """Scenario T1: the client said goodbye and leaves TCP open."""
    client = HeldBackClient(server.port, authority.client_context(ssl.TLSVersion.TLSv1_3))
    client.handshake()
    client.write(request_bytes("GET", "/ok"))
    client.flush()
    assert client.read().status == 200
    try:
        client.tls.unwrap()
    except ssl.SSLError:
        pass
    client.flush()
    client.socket.settimeout(5)
    try:
        while client.socket.recv(1000):
            pass
    except OSError:
        pass
    client.close()


def test_session_resumption_works_over_children(server, authority):
    context = authority.client_context(ssl.TLSVersion.TLSv1_2)
    first = socket.create_connection(("127.0.0.1", server.port), 5)
    with context.wrap_socket(first, server_hostname="localhost") as tls:
        session = tls.session
    again = socket.create_connection(("127.0.0.1", server.port), 5)
    with context.wrap_socket(again, server_hostname="localhost", session=session) as tls:
        tls.sendall(request_bytes("GET", "/ok", {"Connection": "close"}))
        assert tls.recv(20).startswith(b"HTTP/1.1 200")


def test_idle_tls_connection_answers_again(server, authority):
    with Client(server.port, authority.client_context()) as client:
        assert client.get("/ok").status == 200
        time.sleep(1.2)
        assert client.get("/ok").status == 200
