"""A list of backends: the first takes all, the next ones stand in, and the first returns."""
import socket
import struct
import time

import pytest

from harness.backend import ScriptedBackend
from harness.client import Client, get
from harness.ports import free_port
from harness.site import proxy
from harness.waiting import wait_until


@pytest.fixture(scope="module")
def second():
    made = ScriptedBackend()
    yield made
    made.close()


def test_first_backend_takes_everything_while_it_works(make_server, backend, second):
    server = make_server([proxy(backend.port, second.port)])
    for _ in range(10):
        assert get(server.port, "/ok").status == 200
    assert len(backend.seen("/ok")) == 10
    assert not second.seen("/ok")
    server.stop()


def test_refused_first_backend_costs_no_request(make_server, second):
    server = make_server([proxy(free_port(), second.port)])
    server.expect_log(r"NVJ12\d\d")
    for _ in range(20):
        assert get(server.port, "/ok/refused").status == 200
    assert len(second.seen("/ok/refused")) == 20
    server.stop()


def test_get_is_tried_again_on_the_next_when_the_first_resets(make_server, second):
    """Nothing of a response was seen, and GET may be repeated."""
    class Resetting(ScriptedBackend):
        def _serve_one(self, sock, number, buffer):
            sock.recv(65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.resets += 1
            return False
    first = Resetting()
    first.resets = 0
    server = make_server([proxy(first.port, second.port)])
    server.expect_log(r"NVJ12\d\d")
    assert get(server.port, "/ok/again").status == 200
    assert first.resets >= 1
    assert len(second.seen("/ok/again")) == 1
    first.close()
    server.stop()


def test_failed_backend_is_left_alone_and_returns_by_itself(make_server, second):
    first = ScriptedBackend()
    port = first.port
    server = make_server([proxy(port, second.port, **{"ResourceManager.RetryTimeout": 1})])
    assert get(server.port, "/ok/one").status == 200
    assert first.seen("/ok/one")

    first.close()
    server.expect_log(r"NVJ12\d\d")
    for _ in range(5):
        assert get(server.port, "/ok/two").status == 200
    assert len(second.seen("/ok/two")) == 5

    returned = ScriptedBackend(port=port)

    def asked_again():
        assert get(server.port, "/ok/three").status == 200
        return returned.seen("/ok/three")
    wait_until(asked_again, 10, "the first backend to be used again", interval=0.2)
    returned.close()
    server.stop()


def test_all_backends_down_is_refused_quickly(make_server):
    server = make_server([proxy(free_port(), free_port(), free_port())])
    server.expect_log(r"NVJ12\d\d")
    started = time.monotonic()
    for _ in range(5):
        assert get(server.port, "/ok").status in (502, 503)
    assert time.monotonic() - started < 3
    server.stop()


def test_post_is_tried_again_only_when_nothing_was_sent(make_server, second):
    server = make_server([proxy(free_port(), second.port)])
    server.expect_log(r"NVJ12\d\d")
    with Client(server.port) as client:
        assert client.request("POST", "/echo/post", body=b"once").status == 200
    arrived, = second.seen("/echo/post")
    assert arrived.body == b"once"
    server.stop()
