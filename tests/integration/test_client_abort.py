"""A client that goes away cancels the backend call: no work for nobody."""
import time

import pytest

from harness.client import Client, request_bytes
from harness.site import proxy
from harness.waiting import wait_until


@pytest.fixture(autouse=True)
def may_be_told(server):
    server.expect_log(r"NVJ12\d\d|AH\d+", required=False)


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("path", ["/never", "/half-then-silence", "/endless"])
def test_leaving_client_ends_the_backend_call(server, backend, path, how):
    client = Client(server.port)
    client.send(request_bytes("GET", path))
    arrived, = backend.wait_for(path)
    time.sleep(0.2)  # the exchange is now where the script leaves it
    getattr(client, how)()
    wait_until(lambda: arrived.gone_after is not None, 5, "the backend connection to be closed")
    assert arrived.gone_after < 4


def test_client_that_leaves_in_its_upload_ends_the_backend_call(server, backend):
    client = Client(server.port)
    client.send(request_bytes("POST", "/echo/upload", {"Content-Length": "1000000"}) + b"x" * 100_000)
    arrived, = backend.wait_for("/echo/upload")
    client.close()
    wait_until(lambda: backend.open_connections() == 0 or not arrived.complete, 5)
    time.sleep(0.3)
    assert not arrived.complete, "a cut upload reached the backend as a complete one"


def test_aborts_are_counted(server, backend):
    before = server.number("client_aborts")
    for number in range(5):
        client = Client(server.port)
        client.send(request_bytes("GET", f"/never/{number}"))
        backend.wait_for(f"/never/{number}")
        client.reset()
    wait_until(lambda: server.number("client_aborts") >= before + 5, 5, "five counted aborts")


def test_half_closed_client_is_served_when_configured(make_server, backend):
    server = make_server([proxy(backend.port)], reactor={"clientHalfClose": "serve"})
    with Client(server.port) as client:
        client.send(request_bytes("GET", "/slow?delay=0.5&bytes=1000"))
        client.shut_write()
        assert len(client.read().body) == 1000
    server.stop()
