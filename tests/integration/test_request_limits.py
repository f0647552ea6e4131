"""LimitRequest* on the fiber: 414, 431, 413, and never more of a body than its limit."""
import pytest

from harness.client import Client, chunked, exchange, request_bytes
from harness.site import proxy


@pytest.fixture(scope="module")
def server(make_server, backend):
    return make_server([proxy(backend.port)], server={
        "LimitRequestLine": 2000, "LimitRequestFieldSize": 1000, "LimitRequestFields": 20, "LimitRequestBody": 100_000})


@pytest.fixture(autouse=True)
def httpd_may_tell(server):
    server.expect_log(r"AH\d+|NVJ11\d\d|NVJ12\d\d|NVJ14\d\d", required=False)


def test_request_line_at_the_limit_passes_and_one_over_is_414(server):
    def line(size):
        return request_bytes("GET", "/ok/" + "a" * (size - len("GET /ok/ HTTP/1.1")))
    assert exchange(server.port, line(1990)).status == 200
    assert exchange(server.port, line(2010)).status == 414


def test_endless_request_line_is_cut(server):
    response = exchange(server.port, b"GET /" + b"a" * 500_000)
    assert response.status == 414


def test_long_field_is_refused(server, backend):
    assert exchange(server.port, request_bytes("GET", "/ok/long", {"X-Long": "a" * 1200})).status in (400, 431)
    assert not backend.seen("/ok/long")


def test_many_fields_are_refused(server, backend):
    fields = [(f"X-{number}", "y") for number in range(30)]
    assert exchange(server.port, request_bytes("GET", "/ok/many", fields)).status in (400, 431)
    assert not backend.seen("/ok/many")


def test_declared_body_over_the_limit_is_413_before_it_is_read(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/ok/declared", {"Content-Length": "100001"}))
        assert client.read().status == 413
    assert not [arrived for arrived in backend.seen("/ok/declared") if arrived.complete]


def test_body_at_the_limit_passes(server, backend):
    with Client(server.port) as client:
        assert client.request("POST", "/ok/limit", body=b"b" * 100_000).status == 200
    assert len(backend.seen("/ok/limit")[0].body) == 100_000


def test_chunked_body_over_the_limit_is_413(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/ok/grown", {"Transfer-Encoding": "chunked"}))
        try:
            client.send(chunked(*[b"c" * 10_000] * 20))
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert client.read().status == 413
    assert not [arrived for arrived in backend.seen("/ok/grown") if arrived.complete]
