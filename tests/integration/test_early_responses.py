"""The backend answers before it has the whole request: the client hears of it at once, and stays in step."""
import time

import pytest

from harness.client import Client, request_bytes
from harness.response import Incomplete
from harness.site import files, proxy
from harness.waiting import wait_until

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module", params=["reactor", "tls", "prefork"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def server(make_server, backend, authority, kind):
    ssl, options = None, {}
    if kind == "tls":
        certificate, key = authority.issue("localhost")
        ssl = {"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key}
    if kind == "prefork":
        options["mpm"] = "prefork"
    return make_server([proxy(backend.port), files(at=("/files/*",))], ssl=ssl, **options)


@pytest.fixture
def client(server, authority, kind):
    server.expect_log(r"AH\d+|NVJ12\d\d|NVJ1101", required=False)
    with Client(server.port, tls=authority.client_context() if kind == "tls" else None) as made:
        yield made


def upload(target, length, sent=1000):
    return request_bytes("POST", target, {"Content-Length": str(length)}) + b"x" * sent


def quickly(client, status):
    """The response comes although the client has not sent on."""
    started = time.monotonic()
    response = client.read()
    assert time.monotonic() - started < 1.5, "the response waited for the client's next bytes"
    assert response.status == status
    return response


def test_early_answer_reaches_a_client_that_waits(client, backend):
    client.send(upload("/answer-after/declared?bytes=70000", 1_000_000, 70_000))
    response = quickly(client, 403)
    assert response.body == b"enough"
    assert not response.keeps_connection, "a megabyte would have to be read first"
    arrived, = backend.seen("/answer-after/declared")
    wait_until(lambda: arrived.gone_after is not None, 5, "the proxy to give up a connection with half a request")


def test_early_answer_to_a_chunked_upload(client, backend):
    client.send(request_bytes("POST", "/answer-after/chunked", {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n")
    response = quickly(client, 403)
    assert not response.keeps_connection
    # What comes then is the rest of a body, whatever it looks like.
    try:
        client.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED) + SMUGGLED)
        assert client.rest() == b""
    except ConnectionError:
        pass
    assert not backend.seen("/smuggled")


def test_early_answer_in_the_middle_of_a_chunk_size(client):
    """What the filters hold back of a line shows on no descriptor."""
    client.send(request_bytes("POST", "/answer-after/half-a-line", {"Transfer-Encoding": "chunked"}) +
                b"5\r\nhello\r\n1")
    assert not quickly(client, 403).keeps_connection


def test_connection_goes_on_when_little_is_left(client, backend):
    """The rest of a short body is read and thrown away; the next request is the next request."""
    client.send(upload("/answer-after/short?bytes=30000", 70_000, 30_000))
    assert quickly(client, 403).keeps_connection
    client.send(SMUGGLED * (40_000 // len(SMUGGLED)) + b"x" * (40_000 % len(SMUGGLED)))
    assert client.get("/echo/in-step").body.startswith(b"GET /echo/in-step ")
    assert not backend.seen("/smuggled")


def test_client_that_sends_on_first_still_gets_the_answer(client):
    """A large upload after an early answer is drained long enough for the client to read what was said."""
    client.send(upload("/answer-after/flood", 900_000_000))
    try:
        for _ in range(300):
            client.send(b"x" * 100_000)
    except (ConnectionError, TimeoutError):
        pass
    assert client.read().status == 403


def test_backend_that_dies_is_told_at_once(client):
    client.send(upload("/die-after/x?bytes=70000", 1_000_000, 70_000))
    assert not quickly(client, 502).keeps_connection


def test_slow_upload_without_early_answer_is_complete(client, backend):
    client.send(request_bytes("POST", "/ok/slow-upload", {"Transfer-Encoding": "chunked"}))
    for _ in range(10):
        client.send(b"5\r\nhello\r\n")
        time.sleep(0.05)
    client.send(b"0\r\n\r\n")
    assert client.read().status == 200
    assert backend.seen("/ok/slow-upload")[0].body == b"hello" * 10


def test_expectation_with_a_final_answer_ends_the_connection_or_takes_the_body(client, backend):
    """Row 5: after a refusal instead of 100 the client may send the body or not; nobody can tell which."""
    client.send(request_bytes("POST", "/early-answer/expect", {"Expect": "100-continue",
                                                               "Content-Length": str(len(SMUGGLED))}))
    response = quickly(client, 413)
    assert not response.interim
    assert not response.keeps_connection
    try:
        client.send(SMUGGLED)
        assert client.rest() == b""
    except ConnectionError:
        pass
    assert not backend.seen("/smuggled")


def test_other_servlets_that_do_not_read_the_body_stay_in_step_too(client, backend):
    client.send(request_bytes("POST", "/files/none", {"Content-Length": str(len(SMUGGLED))}) + SMUGGLED)
    response = quickly(client, 405)
    assert response.keeps_connection
    assert client.get("/echo/in-step").body.startswith(b"GET /echo/in-step ")
    client.send(upload("/files/none", 10_000_000))
    try:
        assert not quickly(client, 405).keeps_connection
    except Incomplete as ended:
        pytest.fail(str(ended))
    assert not backend.seen("/smuggled")

