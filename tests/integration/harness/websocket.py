"""WebSockets byte by byte (RFC 6455): frames, a client, and what a backend's script needs for its side."""
import base64
import hashlib
import os
import struct

from .client import Client, request_bytes

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def accept_of(key):
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return base64.b64encode(digest).decode()


def frame(opcode, payload=b"", *, final=True, mask=None):
    """mask: four bytes, as clients must use; None: a server's."""
    size = len(payload)
    bit = 0x80 if mask else 0
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    return head + (mask + masked(payload, mask) if mask else payload)


def masked(payload, mask):
    size = len(payload)
    pad = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big") if size else b""


def close_payload(code, reason=b""):
    return struct.pack("!H", code) + reason


class Ended(Exception):
    """The connection ended between two frames."""


class Frames:
    """Reads frames from a function that returns the next bytes (b"" at the end)."""

    def __init__(self, receive, buffered=b""):
        self._receive = receive
        self._buffer = bytearray(buffered)

    def read(self):
        """(opcode, payload, final), unmasked."""
        first, second = self._exactly(2, may_end=True)
        size = second & 0x7f
        if size == 126:
            size, = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            size, = struct.unpack("!Q", self._exactly(8))
        mask = self._exactly(4) if second & 0x80 else None
        payload = self._exactly(size)
        return first & 0x0f, masked(payload, mask) if mask else payload, bool(first & 0x80)

    def _exactly(self, size, may_end=False):
        while len(self._buffer) < size:
            data = self._receive()
            if not data:
                if may_end and not self._buffer:
                    raise Ended
                raise ConnectionError(f"the connection ended within a frame, after {bytes(self._buffer[:40])!r}")
            self._buffer += data
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


def handshake(target="/ws", headers=None, key=None, host="localhost"):
    key = key or base64.b64encode(os.urandom(16)).decode()
    fields = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key,
              **(headers or {})}
    return request_bytes("GET", target, fields, host=host)


class WebSocket(Client):
    """A client. early: bytes that are sent together with the request. Without a 101, `answer` is the response."""

    def __init__(self, port, target="/ws", headers=None, early=b"", tls=None, host="localhost", **options):
        super().__init__(port, tls, **options)
        self.send(handshake(target, headers, host=host) + early)
        self.answer = self.read()
        self.opened = self.answer.status == 101
        self.frames = Frames(self.receive_some)

    def send_frame(self, opcode, payload=b"", final=True):
        self.send(frame(opcode, payload, final=final, mask=os.urandom(4)))

    def receive_frame(self):
        return self.frames.read()

    def ask(self, payload, opcode=BINARY):
        """A message and its echo."""
        self.send_frame(opcode, payload)
        return self.receive_frame()

    def ended(self, within=5):
        """The connection ends in order, between two frames."""
        self.socket.settimeout(within)
        try:
            self.receive_frame()
        except Ended:
            return True
        except OSError:
            return False
        return False
