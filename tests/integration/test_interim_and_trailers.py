"""What stands before and behind a response: 1xx, and trailer fields in both directions."""
import subprocess

import pytest

from harness import paths
from harness.client import Client, request_bytes
from harness.site import proxy

TE = {"TE": "trailers", "Connection": "TE"}
CHUNKED = {"Transfer-Encoding": "chunked"}
LISTED = ["Digest: a=b"]


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(make_server, backend, request):
    return make_server([
        proxy(backend.port, RequestTrailers="Digest"),
        proxy(backend.port, name="Any", at=("/any/*",), RequestTrailers="*", InterimResponses="all"),
        proxy(backend.port, name="None", at=("/none/*",), InterimResponses="off", ResponseTrailers="false")],
        mpm=request.param)


@pytest.fixture(scope="module")
def over_h2(make_server, backend):
    return make_server([proxy(backend.port)], connector={"Protocols": "h2c http/1.1"},
                       httpd="<IfModule !mod_http2.c>\n"
                             f"LoadModule http2_module {paths.stock_module('mod_http2')}\n</IfModule>\n"
                             "H2EarlyHints on\n")


@pytest.fixture
def client(server):
    with Client(server.port) as made:
        yield made


def test_early_hints_arrive_with_their_link_and_nothing_else(client):
    response = client.get("/interims?count=2", {"X-Any": "y"})
    assert response.interim == [103, 103]
    assert response.interim_heads[0] == b"HTTP/1.1 103 Early Hints\r\nLink: </0.css>; rel=preload\r\n\r\n"
    assert response.body == b"after the hints"
    assert not response.all("Link") and not response.all("Set-Cookie"), "hints are no fields of the response"
    assert client.get("/ok").status == 200


def test_early_hints_are_not_for_http_1_0(server):
    with Client(server.port) as client:
        data = client.send("GET /interims HTTP/1.0\r\nHost: localhost\r\n\r\n").rest()
    assert data.startswith(b"HTTP/1.1 200 ") and b" 103 " not in data


def test_early_hints_can_be_switched_off(client):
    assert client.get("/none/interims?count=3").interim == []


def test_too_many_interim_responses_are_a_502(server, client):
    server.expect_log("NVJ1206")
    assert client.get("/interims?count=17").status == 502


def test_unasked_100_is_not_forwarded(client):
    assert client.get("/early-hints").interim == [103]


def test_100_is_sent_once_to_who_asks(client, backend):
    client.send(request_bytes("POST", "/any/ok/asks", {"Expect": "100-continue", "Content-Length": "5"}))
    wanted = b"HTTP/1.1 100 Continue\r\n\r\n"
    client.socket.settimeout(5)
    assert client.receive_some(len(wanted)) == wanted
    client.send(b"hello")
    response = client.read()
    assert response.status == 200 and response.interim == []
    assert backend.seen("/any/ok/asks")[0].body == b"hello"


def test_100_is_sent_for_a_chunked_body_too_and_after_hints(client, backend):
    """Of httpd's own making: any interim response would end the expectation."""
    client.send(request_bytes("POST", "/hints-first/asks", {"Expect": "100-continue", **CHUNKED}))
    client.socket.settimeout(5)
    got = b""
    while b" 100 " not in got:
        got += client.receive_some()
    assert got.startswith(b"HTTP/1.1 103 ") and got.endswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.send(b"5\r\nhello\r\n0\r\n\r\n")
    assert client.read().status == 200
    assert backend.seen("/hints-first/asks")[0].body == b"hello"


def test_early_hints_over_http2(over_h2):
    result = subprocess.run([paths.tool("curl", "curl"), "-sS", "--http2-prior-knowledge", "-D-", "-o", "/dev/null",
                             over_h2.url("/interims")], capture_output=True, timeout=30)
    assert b"HTTP/2 103" in result.stdout and b"link: </0.css>; rel=preload" in result.stdout, result
    assert b"HTTP/2 200" in result.stdout


@pytest.mark.parametrize("path", ["/trailers", "/trailers?empty=1"])
def test_trailers_reach_a_client_that_asks_for_them(client, path, backend):
    response = client.get(path, TE)
    assert response.framing == "chunked"
    assert response.trailers == LISTED, "framing, cookies and what the proxy makes must not stand there"
    assert backend.seen("/trailers")[0].header("TE") == "trailers"
    assert client.get("/ok").status == 200


def test_trailers_reach_nobody_else(client, backend):
    response = client.get("/trailers")
    assert response.body == b"hello" and response.trailers == []
    assert not backend.seen("/trailers")[0].all("TE")
    assert client.get("/none/trailers", TE).trailers == []


def test_trailers_over_http2(over_h2):
    result = subprocess.run([paths.tool("nghttp", "nghttp2-client"), "-nv", "--header", "te: trailers",
                             over_h2.url("/trailers")], capture_output=True, text=True, timeout=30)
    assert "digest: a=b" in result.stdout, result.stdout
    assert "evil" not in result.stdout


def upload(client, path, trailers):
    client.send(request_bytes("POST", path, CHUNKED) + b"5\r\nhello\r\n0\r\n" + trailers + b"\r\n")
    return client.read()


def test_request_trailers_that_are_listed_reach_the_backend(client, backend):
    assert upload(client, "/ok/listed", b"Digest: a=b\r\nX-User: admin\r\n").status == 200
    assert backend.seen("/ok/listed")[0].trailers == LISTED
    assert not backend.seen("/ok/listed")[0].all("Digest"), "a trailer field became a header field"
    assert upload(client, "/any/ok/star", b"X-Sum: 1\r\nContent-Length: 3\r\nX_Real_IP: 1.1.1.1\r\n").status == 200
    assert backend.seen("/any/ok/star")[0].trailers == ["X-Sum: 1"]
    assert client.get("/ok").status == 200


def test_malformed_request_trailers_are_refused(server, client, backend):
    server.expect_log(r"AH\d+|NVJ1[12]\d\d", required=False)
    assert upload(client, "/ok/bad", b"Digest : a=b\r\n").status == 400
    assert not [arrived for arrived in backend.seen("/ok/bad") if arrived.complete]
