"""A client that sends exactly the bytes it is told to."""
import socket
import struct

from .response import Incomplete, ResponseReader


class Client:
    """One connection. `tls` is a context of harness.tls, or None for plaintext."""

    def __init__(self, port, tls=None, server_name="localhost", timeout=15, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(("127.0.0.1", port))
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        self._reader = ResponseReader(self._receive)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def read(self, method="GET"):
        return self._reader.read(method)

    def request(self, method, target, headers=None, body=b"", host="localhost"):
        return self.send(request_bytes(method, target, headers, body, host)).read(method)

    def get(self, target, headers=None, host="localhost"):
        return self.request("GET", target, headers, host=host)

    def receive_some(self, size=65536):
        """Raw bytes, also those the response reader has read too far."""
        if self._reader.buffer:
            data = bytes(self._reader.buffer)
            self._reader.buffer.clear()
            return data
        return self._receive(size)

    def rest(self):
        """All bytes until the server closes."""
        data = bytearray()
        while piece := self.receive_some():
            data += piece
        return bytes(data)

    def closed_by_server(self, within=5):
        """True when the server ends the connection without another byte."""
        self.socket.settimeout(within)
        try:
            return self._receive() == b""
        except TimeoutError:
            return False

    def silent(self, seconds):
        """True when nothing, not even an end, comes for a while."""
        before = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            self._reader.buffer += self._receive()
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(before)

    def shut_write(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def _receive(self, size=65536):
        try:
            return self.socket.recv(size)
        except ConnectionResetError:
            return b""


def request_bytes(method, target, headers=None, body=b"", host="localhost"):
    """A well-formed request; Content-Length is added for a body unless the caller frames it."""
    fields = [("Host", host)] + _pairs(headers)
    names = {name.lower() for name, _ in fields}
    if body and not names & {"content-length", "transfer-encoding"}:
        fields.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
    return head.encode("latin-1") + (body.encode() if isinstance(body, str) else body)


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def get(port, target, headers=None, tls=None, host="localhost", timeout=15):
    """One GET on a connection of its own."""
    with Client(port, tls, host if tls else "localhost", timeout) as client:
        return client.get(target, [*_pairs(headers), ("Connection", "close")], host=host)


def exchange(port, data, method="GET", timeout=10):
    """Sends raw bytes; returns the first response, or None when the server closed without one."""
    with Client(port, timeout=timeout) as client:
        try:
            return client.send(data).read(method)
        except (Incomplete, BrokenPipeError, ConnectionResetError) as ended:
            if isinstance(ended, Incomplete) and ended.raw:
                raise
            return None


def _pairs(headers):
    if not headers:
        return []
    return list(headers.items()) if isinstance(headers, dict) else list(headers)
