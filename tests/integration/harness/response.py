"""An HTTP/1 response read byte by byte off a socket: strict, and honest about what did not come."""
import dataclasses


class Incomplete(Exception):
    """The connection ended, or the response makes no sense, before the response was complete."""

    def __init__(self, why, raw=b""):
        super().__init__(f"{why}; got {bytes(raw[:200])!r}")
        self.why = why
        self.raw = bytes(raw)


@dataclasses.dataclass
class Response:
    status: int
    reason: str
    protocol: str
    headers: list        # (name, value) in the order they came
    body: bytes
    interim: list        # statuses of 1xx responses before it
    head: bytes          # the raw header block
    framing: str         # "length", "chunked", "close", "none"
    interim_heads: list = dataclasses.field(default_factory=list)
    trailers: list = dataclasses.field(default_factory=list)  # lines behind the last chunk

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    @property
    def keeps_connection(self):
        said = ",".join(self.all("Connection")).lower()
        if self.framing == "close":
            return False
        return "close" not in said if self.protocol == "HTTP/1.1" else "keep-alive" in said


class ResponseReader:
    """Reads responses from a function that returns the next bytes (b"" at the end of the connection)."""

    def __init__(self, receive):
        self._receive = receive
        self.buffer = bytearray()

    def read(self, method="GET"):
        interim, heads = [], []
        while True:
            head = self._until(b"\r\n\r\n", "the header block")
            response = self._parse(head, interim)
            if 100 <= response.status < 200 and response.status != 101:
                interim.append(response.status)
                heads.append(head)
                continue
            break
        response.interim_heads = heads
        self._read_body(response, method)
        return response

    def _parse(self, head, interim):
        lines = head[:-4].decode("latin-1").split("\r\n")
        parts = lines[0].split(" ", 2)
        if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
            raise Incomplete("not a status line", head)
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise Incomplete(f"not a header field: {line!r}", head)
            headers.append((name, value.strip(" \t")))
        return Response(int(parts[1]), parts[2] if len(parts) > 2 else "", parts[0], headers, b"", interim, head,
                        "none")

    def _read_body(self, response, method):
        granted = method == "CONNECT" and 200 <= response.status < 300  # RFC 9110 9.3.6
        if method == "HEAD" or granted or response.status in (101, 204, 304):
            return
        lengths = response.all("Content-Length")
        coding = response.header("Transfer-Encoding")
        if coding and lengths:
            raise Incomplete("both Content-Length and Transfer-Encoding", response.head)
        if len(lengths) > 1:
            raise Incomplete("several Content-Length", response.head)
        if coding:
            response.framing = "chunked"
            response.body = self._chunks(response.trailers)
        elif lengths:
            response.framing = "length"
            response.body = self._exactly(int(lengths[0]), "the body")
        else:
            response.framing = "close"
            while data := self._receive():
                self.buffer += data
            response.body = bytes(self.buffer)
            self.buffer.clear()

    def _chunks(self, trailers):
        body = bytearray()
        while True:
            line = self._until(b"\r\n", "a chunk size")
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while (trailer := self._until(b"\r\n", "the trailer")) != b"\r\n":
                    trailers.append(trailer[:-2].decode("latin-1"))
                return bytes(body)
            body += self._exactly(size, "a chunk")
            if self._exactly(2, "the end of a chunk") != b"\r\n":
                raise Incomplete("a chunk without its line end", body)

    def _until(self, mark, what):
        while (at := self.buffer.find(mark)) < 0:
            data = self._receive()
            if not data:
                raise Incomplete(f"connection closed before the end of {what}", self.buffer)
            self.buffer += data
        found = bytes(self.buffer[:at + len(mark)])
        del self.buffer[:at + len(mark)]
        return found

    def _exactly(self, size, what):
        while len(self.buffer) < size:
            data = self._receive()
            if not data:
                raise Incomplete(f"connection closed {size - len(self.buffer)} bytes before the end of {what}",
                                 self.buffer)
            self.buffer += data
        found = bytes(self.buffer[:size])
        del self.buffer[:size]
        return found
