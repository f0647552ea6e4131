"""A backend that does as the path says: /SCRIPT?option=value runs the function of that name in backend_scripts."""
import dataclasses
import queue
import socket
import struct
import threading
import time
import urllib.parse

from . import backend_scripts, websocket_scripts  # noqa: F401 (registers its scripts)
from .waiting import wait_until


@dataclasses.dataclass
class Arrived:
    """One request as it reached the backend, byte by byte."""
    raw: bytes         # the header block
    connection: int    # number of the connection it came on
    at: float
    body: bytes = b""
    framing: str = "none"  # "length", "chunked", "none"
    trailers: list = dataclasses.field(default_factory=list)
    body_bytes: int = 0  # of a body that was counted, not kept
    complete: bool = False
    frames: list = dataclasses.field(default_factory=list)  # of a WebSocket: (opcode, payload, final)
    gone_after: float = None  # seconds until the proxy closed the connection, for scripts that watch

    @property
    def request_line(self):
        return self.raw.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def method(self):
        return self.request_line.split(" ")[0]

    @property
    def target(self):
        return self.request_line.split(" ")[1]

    @property
    def headers(self):
        lines = self.raw[:-4].decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default


class Exchange:
    """What a script works with: the request and the raw connection."""

    def __init__(self, backend, sock, arrived, buffered):
        self.backend = backend
        self.socket = sock
        self.request = arrived
        self._buffer = buffered
        url = urllib.parse.urlsplit(arrived.target)
        self.path = url.path
        self.options = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.close_after = False

    def option(self, name, default):
        """An option of the query, converted to the type of its default."""
        value = self.options.get(name)
        return default if value is None else type(default)(value)

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def respond(self, body=b"", status="200 OK", headers=(), length=None):
        """A complete response with Content-Length."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        self.send(head.encode("latin-1") + body)

    def read_body(self):
        """The body, without its framing; remembers how it was framed."""
        arrived = self.request
        coding = arrived.header("Transfer-Encoding")
        if coding and "chunked" in coding.lower():
            arrived.framing = "chunked"
            while size := int(self._line().split(b";")[0], 16):
                arrived.body += self._exactly(size)
                self._exactly(2)
            while line := self._line():
                arrived.trailers.append(line.decode("latin-1"))
        elif length := arrived.header("Content-Length"):
            arrived.framing = "length"
            arrived.body = self._exactly(int(length))
        arrived.complete = True
        return arrived.body

    def count_body(self):
        """Reads a body of declared length without keeping it."""
        arrived = self.request
        left = int(arrived.header("Content-Length"))
        arrived.body_bytes = min(len(self._buffer), left)
        del self._buffer[:arrived.body_bytes]
        into = bytearray(1 << 20)
        while arrived.body_bytes < left:
            size = self.socket.recv_into(into, min(len(into), left - arrived.body_bytes))
            if not size:
                raise ConnectionResetError("the proxy broke off in the request body")
            arrived.body_bytes += size
        arrived.complete = True

    def peek_body(self, size):
        """Waits for so many bytes behind the header, framing and all."""
        while len(self._buffer) < size:
            self._more()
        return bytes(self._buffer)

    def take_buffer(self):
        """What was read behind the request."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def wait_until_gone(self, limit=30.0):
        """Blocks until the proxy closes the connection; notes when."""
        self.socket.settimeout(limit)
        started = time.monotonic()
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return
        self.request.gone_after = time.monotonic() - started

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_after = True

    def _line(self):
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, rest = bytes(self._buffer).partition(b"\r\n")
        self._buffer[:] = rest
        return line

    def _exactly(self, size):
        while len(self._buffer) < size:
            self._more()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError("the proxy broke off in the request body")
        self._buffer += data


@dataclasses.dataclass
class Shaken:
    """One TLS handshake as the backend saw it."""
    version: str
    cipher: str
    resumed: bool
    client: dict  # the client's certificate, as ssl.SSLSocket.getpeercert() tells it; empty without one


class ScriptedBackend:
    """
    Listens on a port of the kernel's choice unless told; a thread per connection. tls: an ssl.SSLContext of a server;
    polite: connections end with close_notify.
    """

    def __init__(self, receive_buffer=None, port=0, tls=None, polite=True):
        self._tls, self.polite = tls, polite
        self.handshakes = []  # those that succeeded
        self.refusals = []    # why the others did not
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(1024)
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open = set()
        self.requests = []
        self.handed_over = queue.Queue()  # (socket, bytes, event that ends the script), from scripts that give it away
        self.connections = 0
        self.release = threading.Event()  # scripts that wait for the test wait for this
        threading.Thread(target=self._accept, daemon=True).start()

    def clear(self):
        with self._lock:
            self.requests = []
            self.handed_over = queue.Queue()
            self.release = threading.Event()

    def close(self):
        """Stops listening and cuts every connection."""
        self.release.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_connections()

    def drop_connections(self):
        with self._lock:
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def hand_over(self, sock, data):
        done = threading.Event()
        self.handed_over.put((sock, data, done))
        return done

    def open_connections(self):
        with self._lock:
            return len(self._open)

    def seen(self, text):
        """Requests whose target contains the text, in order of arrival."""
        with self._lock:
            return [arrived for arrived in self.requests if text in arrived.target]

    def wait_for(self, text, count=1, seconds=10):
        return wait_until(lambda: len(self.seen(text)) >= count and self.seen(text), seconds,
                          f"{count} request(s) for {text} at the backend")

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        buffer = bytearray()
        plain = sock
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock = self._shake_hands(sock)
            while self._serve_one(sock, number, buffer):
                pass
            if self._tls and self.polite:
                sock.settimeout(5)
                sock.unwrap()
        except (OSError, ValueError):
            pass  # the proxy broke off; the tests look at what arrived
        finally:
            with self._lock:
                self._open.discard(plain)
                self._open.discard(sock)
            sock.close()

    def _shake_hands(self, sock):
        sock.settimeout(30)
        try:
            # Not ragged: the end of what the proxy sends must be told apart as well.
            tls = self._tls.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)
        except OSError as error:
            with self._lock:
                self.refusals.append(str(error))
            raise
        tls.settimeout(None)
        with self._lock:
            self._open.discard(sock)
            self._open.add(tls)
            self.handshakes.append(Shaken(tls.version(), tls.cipher()[0], tls.session_reused, tls.getpeercert() or {}))
        return tls

    def _serve_one(self, sock, number, buffer):
        while b"\r\n\r\n" not in buffer:
            data = sock.recv(65536)
            if not data:
                return False
            buffer += data
        head, _, rest = bytes(buffer).partition(b"\r\n\r\n")
        buffer[:] = rest
        arrived = Arrived(head + b"\r\n\r\n", number, time.monotonic())
        with self._lock:
            self.requests.append(arrived)
        exchange = Exchange(self, sock, arrived, buffer)
        script = backend_scripts.find(exchange.path)
        script(exchange)
        return not exchange.close_after
