"""Requests and responses of every usual shape pass through HttpConnectorServlet unharmed."""
import pytest

from harness.backend_scripts import filler
from harness.client import Client, chunked, get, request_bytes


def test_get_passes_status_fields_and_body(server):
    response = get(server.port, "/ok?bytes=1000")
    assert (response.status, response.body) == (200, filler(1000))
    assert response.header("Content-Type") == "text/plain"
    assert response.header("Content-Length") == "1000"


@pytest.mark.parametrize("size", [0, 1, 4095, 65536, 1_000_000, 10_000_000])
def test_bodies_of_all_sizes_arrive_whole(server, size):
    assert get(server.port, f"/ok?bytes={size}").body == filler(size)


def test_chunked_response_passes(server):
    response = get(server.port, "/chunked?chunks=20&size=5000&delay=0.002")
    assert response.framing == "chunked"
    assert response.body == filler(5000) * 20


def test_response_delimited_by_close_becomes_a_framed_one(server):
    response = get(server.port, "/until-close?bytes=5000")
    assert response.body == filler(5000)


def test_http_1_0_client_gets_a_body_without_chunks(server):
    with Client(server.port) as client:
        client.send("GET /chunked HTTP/1.0\r\nHost: localhost\r\n\r\n")
        response = client.read()
    assert response.framing in ("close", "length")
    assert response.body == filler(1000) * 5


def test_post_with_length_arrives_whole(server, backend):
    body = filler(200_000)
    with Client(server.port) as client:
        assert client.request("POST", "/ok/post", body=body).status == 200
    arrived, = backend.seen("/ok/post")
    assert (arrived.body, arrived.method) == (body, "POST")


def test_post_in_chunks_arrives_whole(server, backend):
    with Client(server.port) as client:
        data = request_bytes("POST", "/ok/chunks", {"Transfer-Encoding": "chunked"})
        assert client.send(data + chunked(b"one", b"two" * 5000, b"three")).read().status == 200
    arrived, = backend.seen("/ok/chunks")
    assert arrived.body == b"one" + b"two" * 5000 + b"three"
    # One framing field, not both.
    assert len(arrived.all("Content-Length")) + len(arrived.all("Transfer-Encoding")) == 1


def test_upload_is_streamed_not_collected(server, backend):
    """The backend has the first bytes while the client still holds the last."""
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/echo/streamed", {"Content-Length": "100000"}) + filler(50_000))
        backend.wait_for("/echo/streamed", seconds=5)
        client.send(filler(100_000)[50_000:])
        assert client.read().body.endswith(filler(100_000))


def test_download_is_streamed_not_collected(server):
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/trickle?pieces=20&size=2000&delay=0.1"))
        data = b""
        while b"\r\n\r\n" not in data or len(data) < 2000:
            data += client.receive_some()
        assert len(data) < 30_000, "the response was held until it was complete"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_other_methods_pass(server, backend, method):
    with Client(server.port) as client:
        assert client.request(method, f"/ok/{method}", body=b"a body").status == 200
    arrived, = backend.seen(f"/ok/{method}")
    assert (arrived.method, arrived.body) == (method, b"a body")


def test_head_keeps_the_length_and_sends_no_body(server):
    with Client(server.port) as client:
        response = client.request("HEAD", "/head-with-length")
        assert response.header("Content-Length") == "12345"
        # In step afterwards.
        assert client.get("/ok").status == 200


@pytest.mark.parametrize("code", [204, 304])
def test_responses_without_body_leave_the_connection_in_step(server, code):
    with Client(server.port) as client:
        response = client.get(f"/status?code={code}")
        assert (response.status, response.body) == (code, b"")
        assert response.header("ETag") == '"x"'
        assert client.get("/ok").status == 200


@pytest.mark.parametrize("code", [201, 301, 400, 401, 404, 409, 500, 503])
def test_status_and_body_of_the_backend_pass(server, code):
    response = get(server.port, f"/status?code={code}")
    assert (response.status, response.body) == (code, b"said by the backend")


def test_expect_continue_is_answered_before_the_body(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/ok/expect", {"Expect": "100-continue", "Content-Length": "9"}))
        interim = client.receive_some()
        assert interim.startswith(b"HTTP/1.1 100 ")
        client.send("continued")
        # The 100 may have come with nothing else: only the final response is left.
        assert client.read().status == 200
    assert backend.seen("/ok/expect")[0].body == b"continued"


def test_interim_responses_of_the_backend_are_not_taken_for_the_final_one(server):
    response = get(server.port, "/early-hints")
    assert (response.status, response.body) == (200, b"after the hints")


def test_pipelined_requests_are_answered_in_order(server):
    with Client(server.port) as client:
        client.send(b"".join(request_bytes("GET", f"/echo/pipe{number}") for number in range(10)))
        for number in range(10):
            assert f"/echo/pipe{number} ".encode() in client.read().body


def test_pipelined_posts_keep_their_bodies(server):
    with Client(server.port) as client:
        client.send(b"".join(request_bytes("POST", "/echo", body=f"body {number}") for number in range(5)))
        for number in range(5):
            assert client.read().body.endswith(f"body {number}".encode())


def test_blank_lines_between_requests_are_skipped(server):
    with Client(server.port) as client:
        assert client.get("/ok").status == 200
        client.send(b"\r\n\r\n" + request_bytes("GET", "/ok"))
        assert client.read().status == 200


def test_request_in_single_bytes_is_served(server):
    with Client(server.port) as client:
        for byte in request_bytes("GET", "/ok"):
            client.send(bytes([byte]))
        assert client.read().status == 200


def test_backend_connections_are_reused(server, backend):
    before = backend.connections
    with Client(server.port) as client:
        for _ in range(20):
            assert client.get("/ok").status == 200
    assert backend.connections - before <= 2


def test_stale_pooled_connection_is_replaced_without_an_error(server, backend):
    """The backend closes kept connections whenever it likes; a GET never suffers from it."""
    with Client(server.port) as client:
        for _ in range(10):
            response = client.get("/close-idle")
            assert (response.status, response.body) == (200, b"and gone")
        for _ in range(4):
            response = client.get("/close-reused")
            assert (response.status, response.body) == (200, b"fresh")


def test_query_and_escapes_reach_the_backend_as_sent(server, backend):
    get(server.port, "/echo/a%20b;c=1?q=%2F&r=a+b&utf=%C3%A9")
    assert backend.seen("/echo/")[0].target == "/echo/a%20b;c=1?q=%2F&r=a+b&utf=%C3%A9"


def test_response_to_an_early_refusal_reaches_the_client(server):
    """The backend answers while the client still sends; its answer counts, not a broken pipe."""
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/early-answer", {"Content-Length": "400000"}))
        try:
            client.send(filler(400_000))
        except (BrokenPipeError, ConnectionResetError):
            pass
        response = client.read()
    assert (response.status, response.body) == (413, b"too much")
    server.expect_log(r"NVJ12\d\d", required=False)
