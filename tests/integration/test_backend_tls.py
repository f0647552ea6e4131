"""TLS to the backends: whom we trust, what is said of those we do not, sessions, ends of connections, changed files."""
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness.backend import ScriptedBackend
from harness.backend_scripts import filler
from harness.client import Client, get, request_bytes
from harness.paths import stock_module, tool
from harness.site import Component, proxy
from harness.tls import Authority
from harness.waiting import wait_until

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture(scope="module")
def identity(authority):
    return authority.issue("tls-backend", "DNS:app.example.test,IP:127.0.0.1")


@pytest.fixture(scope="module")
def make_backend():
    made = []

    def make(context, **options):
        made.append(ScriptedBackend(tls=context, **options))
        return made[-1]
    yield make
    for backend in made:
        backend.close()


@pytest.fixture(scope="module")
def good(make_backend, authority, identity):
    return make_backend(authority.server_context(identity))


def https(*ports, name="Backend", at=("/*",), ca=None, **params):
    trusted = {"SSLCACertificateFile": ca} if ca else {}
    addresses = " ".join(f"127.0.0.1:{port}" for port in ports)
    return Component("servlet", name, "HttpsConnectorServlet", tuple(at),
                     {"InetAddress": addresses, **trusted, **params})


def secure(port, name="Backend", at=("/*",), ca=None, **params):
    trusted = {"Secure.CACertificateFile": ca} if ca else {}
    return Component("servlet", name, "BackendConnectorServlet", tuple(at),
                     {"InetAddress": f"127.0.0.1:{port}", **trusted, **params})


@pytest.fixture(scope="module")
def server(make_server, authority, good):
    """Everything to the good backend, by both servlets."""
    return make_server([https(good.port, ca=authority.certificate),
                        secure(good.port, "Other", ("/other/*",), authority.certificate)],
                       server={"LogFormat": "'%{tlsB}e %{tlsCipherB}e %{tlsResumedB}e \\\"%r\\\"' itest"})


@pytest.mark.parametrize("path", ["/ok", "/other/ok"])
def test_requests_reach_a_verified_backend(server, good, path):
    with Client(server.port) as client:
        for _ in range(5):
            assert client.get(path).status == 200
    assert good.handshakes[-1].version == "TLSv1.3"
    line = server.access_lines(f'"GET {path} ')[0]
    assert re.match(r"TLSv1\.3 TLS_\w+ [01] ", line)


@pytest.mark.parametrize("version", [V12, V13])
def test_large_bodies_both_ways(make_server, make_backend, authority, identity, version):
    backend = make_backend(authority.server_context(identity, version))
    server = make_server([https(backend.port, ca=authority.certificate)], server={"LimitRequestBody": "0"})
    body = filler(30_000_000)
    with Client(server.port, timeout=60) as client:
        assert client.get("/ok?bytes=30000000").body == body
        client.send(request_bytes("POST", "/stream/up", {"Content-Length": str(len(body))}) + body)
        assert client.read().status == 200
        assert client.get("/chunked?chunks=200&size=5000").body == filler(5000) * 200
    assert backend.seen("/stream/up")[0].body_bytes == len(body)
    assert backend.handshakes[0].version == {V12: "TLSv1.2", V13: "TLSv1.3"}[version]
    server.stop()


def test_an_uploaded_body_in_pieces_and_an_early_answer(server, good):
    """The session tickets of a new connection come while the client is still sending."""
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/echo/pieces", {"Transfer-Encoding": "chunked"}))
        for piece in (b"one", b"two", b"three"):
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.05)
        client.send(b"0\r\n\r\n")
        assert client.read().body.endswith(b"onetwothree")
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/answer-after?bytes=10", {"Content-Length": "20000000"}) + b"x" * 1000)
        assert client.read().status == 403
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/early-answer", {"Content-Length": "20000000"}) + b"x" * 1000)
        assert client.read().status == 413


# ---------------------------------------------------------------- whom we trust

@pytest.mark.parametrize("case", ["name", "expired", "unknown", "self-signed"])
def test_a_bad_certificate_is_502_and_one_line_says_why(make_server, make_backend, authority, module_folder, case):
    alternative, why = "IP:127.0.0.1", ""
    if case == "name":
        identity = authority.issue("wrong-name", "DNS:other.example.test")
        why = r"CN=wrong-name, issued by CN=Test CA: is for other\.example\.test, not for 127\.0\.0\.1"
    elif case == "expired":
        identity = authority.issue("too-old", alternative, days=-1)
        why = r"CN=too-old, issued by CN=Test CA: expired at 20\d\d-\d\d-\d\dT"
    elif case == "unknown":
        identity = Authority(module_folder / "other-ca").issue("stranger", alternative)
        why = r"CN=stranger, issued by CN=Test CA: "
    else:
        identity = authority.issue("own-word", alternative, self_signed=True)
        why = r"CN=own-word, issued by CN=own-word: self-signed certificate"
    backend = make_backend(authority.server_context(identity))
    server = make_server([https(backend.port, ca=authority.certificate),
                          https(backend.port, name="Blind", at=("/blind/*",), SSLVerifyPeer="false"),
                          secure(backend.port, name="Nameless", at=("/nameless/*",), ca=authority.certificate,
                                 **{"Secure.CheckPeerHostname": "false"})])
    server.expect_log(r"NVJ1215 backend 127\.0\.0\.1:\d+: certificate_refused \(certificate " + why
                      + r".*answering 502; GET /refused")
    server.expect_log(r"NVJ1215 .*/nameless/", required=False)
    assert re.search(r"web\.xml:\d+:\d+: NVJ1216 .*SSLVerifyPeer is false", server.log.everything())
    assert re.search(r"web\.xml:\d+:\d+: NVJ1216 .*Secure\.CheckPeerHostname is false", server.log.everything())
    assert get(server.port, "/refused").status == 502
    assert len(server.log.lines("NVJ1215")) == 1
    assert not backend.seen("/refused")
    assert get(server.port, "/blind/ok").status == 200
    assert get(server.port, "/nameless/ok").status == (200 if case == "name" else 502)
    assert server.number("backend_tls_failures") >= 1
    server.stop()


def test_the_next_backend_stands_in_for_one_with_a_bad_certificate(make_server, make_backend, authority, good):
    bad = make_backend(authority.server_context(authority.issue("bad-one", "DNS:other.example.test")))
    server = make_server([https(bad.port, good.port, ca=authority.certificate)])
    server.expect_log(rf"NVJ1215 .*trying 127\.0\.0\.1:{good.port}")
    for _ in range(5):
        assert get(server.port, "/ok", {"X": "1"}).status == 200
    assert len(server.log.lines("NVJ1215")) == 1  # then it is left alone
    server.stop()


def test_the_name_of_the_certificate_can_be_told(make_server, make_backend, authority):
    backend = make_backend(authority.server_context(authority.issue("named", "DNS:app.example.test")))
    server = make_server([https(backend.port, ca=authority.certificate, SSLServerName="app.example.test")])
    assert get(server.port, "/ok").status == 200
    server.stop()


def test_a_backend_demands_a_client_certificate(make_server, make_backend, authority, identity):
    for version in (V12, V13):
        backend = make_backend(authority.server_context(identity, version, authority.certificate))
        certificate, key = authority.issue("proxy-client")
        server = make_server([https(backend.port, ca=authority.certificate, SSLClientCertificateFile=certificate,
                                    SSLClientKeyFile=key),
                              https(backend.port, name="Nobody", at=("/nobody/*",), ca=authority.certificate)])
        server.expect_log(r"NVJ1214 |NVJ1205 |NVJ1212 ", required=False)
        assert get(server.port, "/ok").status == 200
        assert ((("commonName", "proxy-client"),),) == backend.handshakes[0].client["subject"]
        assert get(server.port, "/nobody/ok").status == 502
        # With TLS 1.3 the refusal comes after the request has left, and the reset behind it may overtake the alert.
        assert server.log.lines("certificate required|handshake failure|bad certificate|backend_reset")
        server.stop()


def test_a_balancer_keeps_away_from_a_bad_certificate_and_asks_whether_it_is_better(
        make_server, make_backend, authority, identity, good, module_folder):
    bad = make_backend(authority.server_context(identity))
    ca = module_folder / "balanced-ca.pem"
    shutil.copy(Authority(module_folder / "fourth-ca").certificate, ca)
    server = make_server([
        secure(bad.port, "Bad", (), ca, **{"Secure.ReloadInterval": "1"}),
        secure(good.port, "Good", (), authority.certificate),
        Component("servlet", "Balancer", "LoadBalancerServlet", ("/*",),
                  {"Servlets": "Bad, Good", "RetryTimeout": 1, "IsAliveURI": "/ok/alive"})])
    server.expect_log(r"NVJ1215 ")
    server.expect_log(r"NVJ1475 .*certificate_refused")
    for _ in range(10):
        assert get(server.port, "/ok/balanced").status == 200
    assert not bad.seen("/ok")
    shutil.copy(authority.certificate, ca)
    bad.wait_for("/ok/alive", seconds=20)
    wait_until(lambda: get(server.port, "/ok/balanced").status == 200 and bad.seen("/ok/balanced"), 10, "its turn")
    server.stop()


# ---------------------------------------------------------------- protocols

@pytest.fixture
def plain_port():
    """Who speaks plain HTTP and does not understand us."""
    def serve():
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            sock.close()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_a_backend_that_speaks_another_version_or_no_TLS(make_server, make_backend, authority, identity, plain_port):
    newer = make_backend(authority.server_context(identity, V13))
    server = make_server([https(newer.port, ca=authority.certificate, SSLProtocol="-all +TLSv1.2"),
                          https(plain_port, name="Plain", at=("/plain/*",), ca=authority.certificate)])
    server.expect_log(r"NVJ1214 .*tls_failed \(.*protocol version.*answering 502")
    server.expect_log(r"NVJ1214 .*tls_failed \(.*does it speak TLS\?.*answering 502")
    assert get(server.port, "/ok").status == 502
    assert get(server.port, "/plain/ok").status == 502
    server.stop()


def test_a_handshake_that_nobody_answers_ends_with_the_connect_timeout(make_server, make_backend, authority):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = make_server([https(silent.getsockname()[1], ca=authority.certificate, ConnectTimeout="300")])
        server.expect_log(r"NVJ1202 .*no answer to the TLS handshake")
        started = time.monotonic()
        assert get(server.port, "/ok").status == 504
        assert 0.25 < time.monotonic() - started < 3
        server.stop()


@pytest.mark.parametrize("version", [V12, V13])
def test_sessions_are_resumed(make_server, make_backend, authority, identity, version):
    backend = make_backend(authority.server_context(identity, version))
    server = make_server([https(backend.port, ca=authority.certificate, KeepAlive="false"),
                          https(backend.port, name="Fresh", at=("/fresh/*",), ca=authority.certificate,
                                KeepAlive="false", SSLCache="off")], reactor={"threads": 1})
    with Client(server.port) as client:
        for _ in range(4):
            assert client.get("/ok").status == 200
        assert [one.resumed for one in backend.handshakes] == [False, True, True, True]
        for _ in range(2):
            assert client.get("/fresh/ok").status == 200
    assert [one.resumed for one in backend.handshakes[4:]] == [False, False]
    assert server.number("backend_resumptions") == 3
    assert server.number("backend_handshakes") == 3
    server.stop()


def test_connections_are_kept_and_used_again(make_server, make_backend, authority, identity):
    backend = make_backend(authority.server_context(identity))
    server = make_server([https(backend.port, ca=authority.certificate)], reactor={"threads": 1})
    with Client(server.port) as client:
        for _ in range(10):
            assert client.get("/ok").status == 200
            time.sleep(0.02)  # a ticket that comes late must not end the connection
    assert len(backend.handshakes) == 1
    server.stop()


# ---------------------------------------------------------------- ends

def test_a_body_without_length_that_ends_with_close_notify_is_whole(server):
    response = get(server.port, "/until-close?bytes=50000")
    assert response.status == 200 and response.body == filler(50000)


def test_a_body_without_length_that_ends_without_it_is_cut(make_server, make_backend, authority, identity):
    backend = make_backend(authority.server_context(identity), polite=False)
    server = make_server([https(backend.port, ca=authority.certificate)])
    server.expect_log(r"NVJ1207 .*truncated_response \(closed by the peer without close_notify\)")
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/until-close?bytes=500000"))
        # Chunked without its last chunk, or cut: never whole.
        assert not client.rest().endswith(b"0\r\n\r\n")
    assert get(server.port, "/ok").status == 200  # a length needs no close_notify
    server.stop()


def test_a_backend_that_closes_idle_connections_costs_no_request(server, good):
    for _ in range(5):
        assert get(server.port, "/close-idle").status == 200
    assert get(server.port, "/ok").status == 200


def test_a_backend_that_dies_within_a_body_cuts_the_response(server):
    server.expect_log(r"NVJ1207 ")
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/cut?promised=100000&sent=20000"))
        assert len(client.rest()) < 100000


# ---------------------------------------------------------------- files

def test_a_changed_ca_file_holds_without_a_restart_and_a_bad_one_does_not(
        make_server, make_backend, authority, identity, module_folder):
    backend = make_backend(authority.server_context(identity))
    ca = module_folder / "changing-ca.pem"
    shutil.copy(authority.certificate, ca)
    server = make_server([https(backend.port, ca=ca, KeepAlive="false", SSLReloadInterval="1")], reactor={"threads": 1})
    server.expect_log(r"NVJ1218 .*changing-ca\.pem: no certificate in PEM form in it")
    server.expect_log(r"NVJ1218 .*the certificates and keys of before stay", required=False)
    server.expect_log(r"NVJ1215 ")
    assert get(server.port, "/ok").status == 200

    ca.write_text("no certificate")
    wait_until(lambda: get(server.port, "/ok").status == 200 and server.log.lines("NVJ1218"), 10, "the bad file")
    assert get(server.port, "/ok").status == 200

    shutil.copy(Authority(module_folder / "third-ca").certificate, ca)
    wait_until(lambda: get(server.port, "/ok").status == 502, 10, "the other CA")
    assert server.log.lines("NVJ1217")

    shutil.copy(authority.certificate, ca)
    wait_until(lambda: get(server.port, "/ok").status == 200, 10, "the first CA again")
    server.stop()


def test_files_that_are_bad_at_start_are_named_with_file_and_line(make_server, authority, module_folder):
    bad = module_folder / "bad.pem"
    bad.write_text("no certificate")
    server = make_server([https(1, ca=bad)], start=False)
    server.write()
    checked = server.navajo("check")
    assert checked.returncode != 0
    assert re.search(r"web\.xml:\d+:\d+: NVJ\d+ .*SSLCACertificateFile.*bad\.pem: no certificate in PEM form in it",
                     checked.stdout + checked.stderr)


# ---------------------------------------------------------------- the front (failure-modes.md, row 25)

def test_clients_cannot_renegotiate(make_server, authority, backend):
    certificate, key = authority.issue("localhost")
    server = make_server([proxy(backend.port)], ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key},
                         httpd="<IfModule !mod_ssl.c>\n"
                               f"LoadModule socache_shmcb_module {stock_module('mod_socache_shmcb')}\n"
                               f"LoadModule ssl_module {stock_module('mod_ssl')}\n</IfModule>\n")
    server.expect_log(r"\[ssl:|AH0\d+", required=False)
    for _ in range(6):
        done = subprocess.run(
            [tool("openssl", "openssl"), "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2"],
            input=b"R\nGET /renegotiated HTTP/1.0\n\n", capture_output=True, timeout=20, check=False)
        assert b"HTTP/1.1 200" not in done.stdout
    assert not backend.seen("/renegotiated")
    assert get(server.port, "/ok", tls=authority.client_context()).status == 200
    server.stop()
