"""Bodies larger than memory and than 32 bits, both ways, at constant memory. NAVAJO_TEST_LONG=1: 4.2 GB each."""
import os
import threading
import time

import pytest

from harness import processes
from harness.client import Client, request_bytes
from harness.site import proxy

SIZE = 4_200_000_000 if os.environ.get("NAVAJO_TEST_LONG") == "1" else 300_000_000
GROWTH = 20_000_000


@pytest.fixture(scope="module")
def server(make_server, backend):
    server = make_server([proxy(backend.port)], server={"LimitRequestBody": "0"})
    with Client(server.port) as client:  # what a first request costs is not the body's
        client.get("/stream?bytes=5000000")
        client.request("POST", "/stream", body=b"x" * 1_000_000)
    return server


class Watch:
    """The largest resident size of the server's children, over what it was."""

    def __init__(self, server):
        self._server, self._end = server, threading.Event()
        self._before, self.growth = self._total(), 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *ignored):
        self._end.set()
        self._thread.join()
        assert self.growth < GROWTH, f"{self.growth} bytes more for a body of {SIZE}"

    def _total(self):
        return sum(processes.resident_bytes(pid) for pid in self._server.children())

    def _run(self):
        while not self._end.wait(0.05):
            self.growth = max(self.growth, self._total() - self._before)


def test_download(server):
    with Client(server.port, timeout=60) as client, Watch(server):
        client.send(request_bytes("GET", f"/stream/down?bytes={SIZE}"))
        head = bytearray()
        while b"\r\n\r\n" not in head:
            head += client.receive_some()
        head, _, rest = bytes(head).partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % SIZE in head
        left, into = SIZE - len(rest), bytearray(1 << 20)
        while left > 0 and (size := client.socket.recv_into(into, min(left, len(into)))):
            left -= size
        assert left == 0
        assert client.get("/ok").status == 200, "the connection is not in step"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_upload(server, backend, framing):
    piece = bytes(1 << 20)
    with Client(server.port, timeout=60) as client, Watch(server):
        if framing == "length":
            client.send(request_bytes("POST", f"/stream/{framing}", {"Content-Length": str(SIZE)}))
            for _ in range(SIZE // len(piece)):
                client.socket.sendall(piece)
            client.socket.sendall(piece[:SIZE % len(piece)])
            assert client.read().status == 200
            arrived, = backend.seen(f"/stream/{framing}")
            assert arrived.header("Content-Length") == str(SIZE) and arrived.body_bytes == SIZE
        else:
            client.send(request_bytes("POST", "/discard/chunked", {"Transfer-Encoding": "chunked"}))
            for _ in range(SIZE // len(piece)):
                client.socket.sendall(b"%x\r\n" % len(piece) + piece + b"\r\n")
            client.send(b"0\r\n\r\n")
            assert client.read().body == b"%d" % (SIZE // len(piece) * len(piece))


def test_length_over_32_bits_is_announced_right(server, backend):
    """Both ways; the rest of the bodies need not come."""
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/answer-after/large", {"Content-Length": "5000000000"}) + b"xx")
        backend.wait_for("/answer-after/large")
        assert backend.seen("/answer-after/large")[0].header("Content-Length") == "5000000000"
        assert client.read().status == 403
    server.expect_log("NVJ1211", required=False)
    with Client(server.port) as client:
        assert client.request("HEAD", "/announce?bytes=5000000000").header("Content-Length") == "5000000000"
    time.sleep(0.1)
