"""An HTTP/2 client that sends exactly the frames it is told to. HPACK: literals without index or Huffman code."""
import dataclasses
import socket
import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADER_TABLE_SIZE = 1
_STATIC_STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


@dataclasses.dataclass
class Outcome:
    """How a stream ended: "status", "reset", "goaway" or "closed" (the connection, without a word)."""
    kind: str
    code: int = None

    @property
    def refused(self):
        return self.kind != "status" or 400 <= self.code < 500


class H2Client:
    def __init__(self, port, tls=None, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._buffer = bytearray()
        self._next = 1
        self.ended = None  # Outcome of the connection
        self._streams = {}
        self.send(PREFACE + frame(SETTINGS, payload=struct.pack(">HI", _HEADER_TABLE_SIZE, 0)))

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def new_stream(self):
        self._next += 2
        return self._next - 2

    def request(self, fields, body=None):
        """Sends header fields (bytes pairs, pseudo fields first) and perhaps a body; returns the stream."""
        stream = self.new_stream()
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if body is None else 0), stream, literals(fields)))
        if body is not None:
            self.send(frame(DATA, END_STREAM, stream, body))
        return stream

    def outcome(self, stream):
        """Waits for the first thing the server says about the stream."""
        while stream not in self._streams and not self.ended:
            self._read_frame()
        return self._streams.get(stream) or self.ended

    def wait_until_ended(self):
        while not self.ended:
            self._read_frame()
        return self.ended

    def _read_frame(self):
        try:
            head = self._exactly(9)
            size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            stream = int.from_bytes(head[5:9], "big") & 0x7fffffff
            payload = self._exactly(size)
        except (ConnectionError, EOFError):
            self.ended = self.ended or Outcome("closed")
            return
        if kind == SETTINGS and not flags & ACK:
            self._answer(frame(SETTINGS, ACK))
        elif kind == PING and not flags & ACK:
            self._answer(frame(PING, ACK, 0, payload))
        elif kind == HEADERS and (status := _status(payload)) >= 200:
            self._streams.setdefault(stream, Outcome("status", status))
        elif kind == RST_STREAM:
            self._streams.setdefault(stream, Outcome("reset", int.from_bytes(payload[:4], "big")))
        elif kind == GOAWAY and (code := int.from_bytes(payload[4:8], "big")):
            self.ended = Outcome("goaway", code)

    def _answer(self, data):
        try:
            self.send(data)
        except OSError:
            pass

    def _exactly(self, size):
        while len(self._buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literals(fields):
    return b"".join(b"\0" + _string(name) + _string(value) for name, value in fields)


def get_fields(path=b"/ok", authority=b"localhost", method=b"GET", more=(), scheme=b"http"):
    return [(b":method", method), (b":scheme", scheme), (b":authority", authority), (b":path", path), *more]


def _string(text):
    size = len(text)
    if size < 127:
        return bytes([size]) + text
    size -= 127
    prefix = b"\x7f"
    while size >= 128:
        prefix += bytes([size % 128 + 128])
        size //= 128
    return prefix + bytes([size]) + text


def _status(block):
    """:status is the first field of a response; our table size of 0 keeps it out of the dynamic table."""
    at = 0
    while block[at] & 0xe0 == 0x20:
        at += 1
    if block[at] & 0x80:
        return _STATIC_STATUS[block[at] & 0x7f]
    size = block[at + 1]
    text = block[at + 2:at + 2 + (size & 0x7f)]
    return int(_digits(text) if size & 0x80 else text)


def _digits(text):
    """Huffman code of RFC 7541, digits only: 0 to 2 have five bits, the others six."""
    bits, found = "".join(f"{byte:08b}" for byte in text), ""
    while len(found) < 3:
        five = int(bits[:5], 2)
        width = 5 if five < 3 else 6
        found += str(five if five < 3 else int(bits[:6], 2) - 0b011001 + 3)
        bits = bits[width:]
    return found
